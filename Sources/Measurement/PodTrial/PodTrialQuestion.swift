import Inventories

/// What is to be tried with pods of a cluster.
package struct PodTrialQuestion: Sendable, Hashable {
  /// The workers that are to run a pod each, in the order of the file.
  package var workers: [Worker]
  /// The nodes that must be ready first.
  package var nodes: [String]
  /// The pods' image; it has `sh`, `httpd`, `wget` and `timeout`, as busybox has.
  package var image: String
  /// Whether the cluster answers questions for names.
  package var asksNames: Bool
  /// The greatest round-trip time between two sites that is asked for, in milliseconds.
  package var roundTripMilliseconds: Double

  /// A worker.
  package struct Worker: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
  }

  /// What there is to try in a testbed; nil without a cluster or without workers.
  package init?(_ inventory: Inventory) {
    let workers = inventory.hosts.filter { $0.host.role == .worker }
    guard inventory.kubernetes.installs, !workers.isEmpty, !inventory.hosts(.master).isEmpty else {
      return nil
    }
    self.workers = workers.map { Worker(name: $0.host.name, site: $0.site.name) }
    nodes = inventory.hosts.map(\.host).filter { $0.role != .loadBalancer }.map(\.name)
    image = inventory.kubernetes.trialImage
    asksNames = inventory.kubernetes.dns != .none
    roundTripMilliseconds = inventory.longestAskedRoundTrip
  }

  /// How long a short answer may take, in seconds: a handshake, the question and its answer are two
  /// round trips, and a lost packet is sent again after a second and more.
  var shortPatience: Int { 4 + Int(roundTripMilliseconds / 1000 * 8) }
  /// How long a long answer may take, in seconds: TCP begins with ten packets and doubles.
  var longPatience: Int { 10 + Int(roundTripMilliseconds / 1000 * 20) }
  /// How often the service is asked at most. Each backend is as likely to answer as any, so that of
  /// a few none is missed in 16 turns of all but once in millions of trials.
  var mostTries: Int { min(16 * workers.count, 96) }
  /// Whether so many tries must have met every backend.
  var meetsEveryBackend: Bool { mostTries >= 16 * workers.count }
}
