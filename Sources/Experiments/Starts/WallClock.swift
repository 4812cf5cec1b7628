import Clocks

/// How far a machine's time of day is ahead of the clock that it counts from its start, in
/// milliseconds.
///
/// The time of day is told by a process (`date`), so the other clock is read before and after it; each
/// reading bounds the difference on both sides.
struct WallClock: Sendable, Hashable {
  /// A reading: the clock before, the time of day, the clock after; milliseconds.
  struct Reading: Sendable, Hashable {
    /// The clock from the machine's start, before the time of day was read.
    var before: Double
    /// The time of day, since 1970.
    var day: Double
    /// The clock from the machine's start, after it.
    var after: Double
  }

  /// The step in which /proc/uptime is shown (proc_uptime(5)).
  static let step = 10.0

  /// The time of day minus the clock from the start.
  var milliseconds: Double
  /// How far the truth may be from that on each side.
  var uncertainty: Double

  /// The difference that all readings agree with; nil when there is none, since a clock was set
  /// meanwhile, or when there are no readings.
  init?(_ readings: [Reading]) {
    guard let lower = readings.map({ $0.day - $0.after - Self.step }).max(),
      let upper = readings.map({ $0.day - $0.before }).min(), lower <= upper
    else { return nil }
    milliseconds = (lower + upper) / 2
    uncertainty = (upper - lower) / 2
  }

  /// Reads `BEFORE DAY AFTER`, all in seconds with a fraction.
  static func reading(_ line: some StringProtocol) -> Reading? {
    let words = line.split(separator: " ")
    guard words.count == 3, let before = seconds(words[0]), let day = seconds(words[1]),
      let after = seconds(words[2])
    else { return nil }
    return Reading(before: before, day: day, after: after)
  }

  /// Seconds with at most nine digits behind the point, in milliseconds.
  static func seconds(_ text: some StringProtocol) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...12).contains(parts[0].utf8.count),
      parts.count == 1 || (1...9).contains(parts[1].utf8.count),
      parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let number = Double(String(text))
    else { return nil }
    return number * 1000
  }
}

/// Brings what a worker's clock says to the master's clock from its start, by way of the operator's.
struct ClockBridge: Sendable, Hashable {
  /// The worker's time of day minus the master's clock from its start, in milliseconds.
  var offset: Double
  /// How far that may be off on each side; the uncertainties of all readings add up.
  var uncertainty: Double

  /// By a worker's and the master's clock from their starts against the operator's, and the worker's time
  /// of day.
  init(worker: ClockOffset, day: WallClock, master: ClockOffset) {
    offset = day.milliseconds + worker.milliseconds - master.milliseconds
    uncertainty = day.uncertainty + worker.uncertainty + master.uncertainty
  }

  /// What the master's clock showed when the worker's time of day was this; milliseconds.
  func masterTime(at day: Double) -> Double { day - offset }

  /// The worker's time of day minus the master's, and how far that may be off; milliseconds.
  func difference(to master: WallClock) -> (offset: Double, uncertainty: Double) {
    (offset - master.milliseconds, uncertainty + master.uncertainty)
  }
}
