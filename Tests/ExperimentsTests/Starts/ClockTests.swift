import Clocks
import Testing

@testable import Experiments

@Suite struct WallClockTests {
  /// A machine whose time of day is 1,700,000,000,000 ms ahead of the clock from its start, which it shows in
  /// steps of 10 ms; reading the time of day takes some milliseconds.
  private static func reading(at time: Double, before: Double, after: Double) -> WallClock.Reading {
    func shown(_ time: Double) -> Double { (time / 10).rounded(.down) * 10 }
    return WallClock.Reading(
      before: shown(time - before), day: time + 1_700_000_000_000, after: shown(time + after))
  }

  @Test func boundsTheDifferenceOnBothSides() throws {
    let readings = [
      Self.reading(at: 5003, before: 1, after: 2), Self.reading(at: 5028, before: 3, after: 1),
      Self.reading(at: 5101, before: 2, after: 7),
    ]
    let clock = try #require(WallClock(readings))
    #expect(abs(clock.milliseconds - 1_700_000_000_000) <= clock.uncertainty)
    #expect(clock.uncertainty <= 5)
  }

  @Test func aClockThatWasSetHasNone() {
    let first = Self.reading(at: 5000, before: 1, after: 1)
    var second = first
    second.day += 100
    #expect(WallClock([first, second]) == nil)
    #expect(WallClock([]) == nil)
  }

  @Test(arguments: [
    "", "1 2", "1 2 3 4", "1 -2 3", "1 2x 3", "1 nan 3", "1 1e9 3", "1 .5 3", "1 2. 3", "1 2.1.1 3",
    "1 12345678901234 3", "1 2.1234567890 3", "1 1700000000.%N 3",
  ]) func readsNothingStrange(line: String) {
    #expect(WallClock.reading(line) == nil)
  }

  @Test func readsSecondsWithAndWithoutFractions() {
    #expect(
      WallClock.reading("12.34 1700000000.123456789 12.36")
        == WallClock.Reading(before: 12340, day: 1_700_000_000_123.4568, after: 12360))
    #expect(WallClock.reading("12.34 1700000000 12.36")?.day == 1_700_000_000_000)
  }

  /// The worker's clock from its start is 400 ms ahead of the operator's and its time of day 7000 ms ahead of
  /// that; the master's clock is 1000 ms behind the operator's, and its time of day 8350 ms ahead of that.
  @Test func bringsAWorkersTimeToTheMaster() throws {
    let day = try #require(WallClock([.init(before: 0, day: 7005, after: 0)]))
    #expect(day.milliseconds == 7000 && day.uncertainty == 5)
    let bridge = ClockBridge(
      worker: ClockOffset(milliseconds: 400, uncertainty: 1, roundTrip: 2), day: day,
      master: ClockOffset(milliseconds: -1000, uncertainty: 2, roundTrip: 4))
    // At the operator's 10,000 the worker's day shows 17,400, the master's clock 9000, and its day 17,350.
    #expect(bridge.masterTime(at: 17_400) == 9000)
    #expect(bridge.uncertainty == 8)
    let own = try #require(WallClock([.init(before: 0, day: 8355, after: 0)]))
    let difference = bridge.difference(to: own)
    #expect(difference.offset == 50 && difference.uncertainty == 13)
  }
}

@Suite struct RuntimeTimeTests {
  @Test(arguments: [
    ("2026-11-22T02:04:29.123456789Z", 1_795_313_069_123.456_8),
    ("2026-11-22T11:04:29.5+09:00", 1_795_313_069_500), ("1970-01-01T00:00:01Z", 1000),
    ("2024-02-29T12:00:00-00:30", 1_709_209_800_000),
    ("1795312818960826500", 1_795_312_818_960.826_5),
  ]) func readsWhatRuntimesTell(text: String, milliseconds: Double) {
    #expect(RuntimeTime.milliseconds(text) == milliseconds)
  }

  @Test(arguments: [
    "", "0", "-5", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-11-22 02:04:29Z", "2026-11-22T25:00:00Z", "2026-11-22T02:04:29", "2026-11-22T02:04:29.Z",
    "2026-11-22T02:04:29.1234567890Z", "2026-11-22T02:04:29+9:00", "2026-11-22T02:04:29+09:99",
    "99999999999999999999", "now", "2026-11-22T02:04:29.123456789Z and more than is a time",
    "２026-11-22T02:04:29Z",
  ]) func readsNothingStrange(text: String) {
    #expect(RuntimeTime.milliseconds(text) == nil)
  }
}
