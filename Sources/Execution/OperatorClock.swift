import Glibc

/// The operator's clocks, handed in so that a test can turn them by hand.
package struct OperatorClock: Sendable {
  /// The time of day, in milliseconds since 1970.
  package var now: @Sendable () -> Int64
  /// A clock that only goes forward, in seconds from an arbitrary beginning.
  package var uptime: @Sendable () -> Double
  /// Waits; ends early, by throwing, when the task is cancelled.
  package var wait: @Sendable (Duration) async throws -> Void

  /// Clocks.
  package init(
    now: @escaping @Sendable () -> Int64, uptime: @escaping @Sendable () -> Double,
    wait: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.uptime = uptime
    self.wait = wait
  }

  /// This computer's clocks.
  package static let system = OperatorClock(
    now: {
      let (seconds, nanoseconds) = read(CLOCK_REALTIME)
      return seconds * 1000 + nanoseconds / 1_000_000
    },
    uptime: {
      let (seconds, nanoseconds) = read(CLOCK_MONOTONIC)
      return Double(seconds) + Double(nanoseconds) / 1e9
    },
    wait: { try await ContinuousClock().sleep(for: $0) })

  private static func read(_ clock: clockid_t) -> (seconds: Int64, nanoseconds: Int64) {
    var time = timespec()
    clock_gettime(clock, &time)
    return (Int64(time.tv_sec), Int64(time.tv_nsec))
  }

  /// A time of day as people read it, `2026-11-21 15:24:00 UTC`; `milliseconds` since 1970.
  package static func text(_ milliseconds: Int64) -> String {
    format(milliseconds, "%Y-%m-%d %H:%M:%S UTC")
  }

  /// A new run's name: it sorts by time, and no other run has it. `milliseconds` since 1970.
  package static func runName(at milliseconds: Int64) -> String {
    var generator = SystemRandomNumberGenerator()
    let random = String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 16)
    let padding = String(repeating: "0", count: 8 - random.count)
    return format(milliseconds, "%Y%m%dT%H%M%SZ") + "-" + padding + random
  }

  private static func format(_ milliseconds: Int64, _ pattern: String) -> String {
    // A host's answer may hold any number: the years that strftime can tell are enough.
    var seconds = time_t(min(max(milliseconds / 1000, 0), 253_402_300_799))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let length = strftime(&text, text.count, pattern, &parts)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
