/// Measured round trips between the sites of an inventory, as a file has them.
package struct RoundTripMatrix: Sendable, Hashable {
  /// What was measured between two sites.
  package struct Measurement: Sendable, Hashable {
    /// The mean round-trip time in milliseconds.
    package var roundTripMilliseconds: Double
    /// How far it varied, in milliseconds; 0 when the file does not tell, or the rule says it.
    package var jitterMilliseconds: Double
    /// The share of packets that was lost; 0 when the file does not tell, or the rule says it.
    package var loss: Double
    /// The first line of the file that is about the two.
    package var line: Int
  }

  /// The file's path as the inventory has it.
  package let file: String
  /// How the jitter that the file tells is spread.
  package let distribution: Jitter.Distribution
  /// How much a packet's delay depends on the one before, 0 to 1, where the file tells a jitter.
  package let correlation: Double
  /// The numbers of the sites that the file knows.
  private let numbers: [String: Int]
  /// By `SitePair.index`; what was not measured has line 0.
  private let measurements: [Measurement]

  /// What was measured between two sites; nil when nothing was.
  package func measurement(_ left: String, _ right: String) -> Measurement? {
    guard let left = numbers[left], let right = numbers[right], left != right else { return nil }
    let measurement = measurements[SitePair.index(left, right)]
    return measurement.line == 0 ? nil : measurement
  }

  /// Whether anything was measured between a site and another.
  func knows(_ site: String) -> Bool {
    guard let number = numbers[site] else { return false }
    return numbers.values.contains { other in
      other != number && measurements[SitePair.index(number, other)].line > 0
    }
  }

  /// Whether the file tells how far any round trip varied.
  var hasJitter: Bool { measurements.contains { $0.jitterMilliseconds > 0 } }

  /// The means of what was gathered between these sites.
  init(
    file: String, sites: [String], gathered: [MeasurementSums],
    distribution: Jitter.Distribution, correlation: Double
  ) {
    self.file = file
    self.distribution = distribution
    self.correlation = correlation
    numbers = Dictionary(
      zip(sites, sites.indices).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    measurements = gathered.map(\.mean)
  }
}

/// The place of a pair in a list of all pairs: each once, none of a thing with itself.
enum SitePair {
  /// How many pairs so many things make.
  static func count(of things: Int) -> Int { things * (things - 1) / 2 }

  /// The place of two different ones, in whatever order.
  static func index(_ left: Int, _ right: Int) -> Int {
    let (low, high) = (min(left, right), max(left, right))
    return high * (high - 1) / 2 + low
  }
}

/// What several lines of a file say about one pair.
struct MeasurementSums {
  private var roundTrips = 0.0
  private var jitters = 0.0
  private var losses = 0.0
  private var count = 0
  private var jitterCount = 0
  private var lossCount = 0
  /// The first line that is about the pair; 0 for none.
  private(set) var line = 0
  /// The lines that are about the way from the one with the smaller number, and about the other way.
  private var lines: (Int32, Int32) = (0, 0)

  /// One more line.
  mutating func add(
    _ roundTrip: Double, jitter: Double? = nil, loss: Double? = nil, line: Int
  ) {
    roundTrips += roundTrip
    count += 1
    if let jitter {
      jitters += jitter
      jitterCount += 1
    }
    if let loss {
      losses += loss
      lossCount += 1
    }
    if self.line == 0 { self.line = line }
  }

  /// Notes a line about one way; the earlier one when there is one.
  mutating func claim(upwards: Bool, line: Int) -> Int? {
    let earlier = Int(upwards ? lines.0 : lines.1)
    if earlier != 0 { return earlier }
    if upwards { lines.0 = Int32(clamping: line) } else { lines.1 = Int32(clamping: line) }
    return nil
  }

  /// The means; each of the lines that tell the quantity.
  var mean: RoundTripMatrix.Measurement {
    RoundTripMatrix.Measurement(
      roundTripMilliseconds: roundTrips / Double(max(count, 1)),
      jitterMilliseconds: jitters / Double(max(jitterCount, 1)),
      loss: losses / Double(max(lossCount, 1)), line: line)
  }
}
