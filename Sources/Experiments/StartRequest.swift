/// What `planetbed measure` was asked for.
package struct StartRequest: Sendable, Hashable, Codable {
  /// The round-trip times between the masters' site and the workers' sites, in milliseconds; nil for the
  /// testbed's own, to which nothing is added.
  package var delays: [Double?]
  /// How many containers are started at once.
  package var containers: [Int]
  /// How often each cell is run; a warm-up before them is not counted.
  package var runs: Int
  /// The containers' image; nil for the one that clusters have anyway, kubeadm's pause image.
  package var image: String?
  /// What the cells' order comes from; nil for the order of the delays and numbers.
  package var seed: UInt64?
  /// When a start is given up, in seconds.
  package var deadlineSeconds: Double
  /// Whether pods have service-account tokens mounted.
  package var mountsTokens: Bool
  /// Whether the instrument itself is measured, by starts of no containers.
  package var measuresInstrument: Bool

  /// What was asked for.
  package init(
    delays: [Double?], containers: [Int], runs: Int, image: String? = nil, seed: UInt64? = nil,
    deadlineSeconds: Double, mountsTokens: Bool = false, measuresInstrument: Bool = false
  ) {
    self.delays = delays
    self.containers = containers
    self.runs = runs
    self.image = image
    self.seed = seed
    self.deadlineSeconds = deadlineSeconds
    self.mountsTokens = mountsTokens
    self.measuresInstrument = measuresInstrument
  }
}
