import Inventories
import Testing

@testable import LatencyProfiles

/// Random things follow from the seed, and from nothing else.
@Suite struct SeedTests {
  /// The first numbers of the reference implementation (Vigna, splitmix64.c) for the seed 1234567.
  @Test func numbersAreThoseOfTheReference() {
    var random = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in random.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  private func flaps(seed: Int, between: String = "\"all\"", spread: String = "50%") throws
    -> Timetable
  {
    let text = """
      duration = "10min"
      seed = \(seed)
      [[event]]
      at = "0s"
      between = \(between)
      flap = { up = "10s", down = "2s", spread = "\(spread)" }
      """
    return try LatencyProfile.read(Array(text.utf8), file: "flaps")
      .timetable(for: try FixtureTests.lab())
  }

  private func times(_ timetable: Timetable, _ from: String, _ to: String) -> [Int] {
    timetable.events.filter { $0.from == from && $0.to == to }.map(\.milliseconds)
  }

  @Test func sameSeedSameTimetable() throws {
    #expect(try flaps(seed: 4) == flaps(seed: 4))
    #expect(try flaps(seed: 4) != flaps(seed: 5))
  }

  @Test func pathsDifferAndWaysDoNot() throws {
    let timetable = try flaps(seed: 4)
    #expect(times(timetable, "vlan10", "vlan20") == times(timetable, "vlan20", "vlan10"))
    #expect(times(timetable, "vlan10", "vlan20") != times(timetable, "vlan10", "vlan30"))
  }

  /// A path does the same whatever other paths the event names, and in whatever order.
  @Test func pathsDoNotDependOnEachOther() throws {
    let all = try flaps(seed: 4)
    let one = try flaps(seed: 4, between: "[\"vlan30\", \"vlan10\"]")
    #expect(times(all, "vlan10", "vlan30") == times(one, "vlan10", "vlan30"))
  }

  @Test func lengthsStayWithinTheSpread() throws {
    let times = times(try flaps(seed: 9, spread: "20%"), "vlan10", "vlan20")
    #expect(times.count > 80)
    // The first is the end of the first time up: while it is up, nothing is asked.
    for (number, (begin, end)) in zip([0] + times, times).enumerated() {
      let range = number.isMultiple(of: 2) ? 8000...12_000 : 1600...2400
      #expect(range.contains(end - begin))
    }
  }
}
