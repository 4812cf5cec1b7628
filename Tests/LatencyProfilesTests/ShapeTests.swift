import Foundation
import Inventories
import LatencyProfiles
import Testing

/// The values of shapes against those that the formulas of `docs/profiles.md` give.
@Suite struct ShapeTests {
  /// The round trips, by time, from the first site of the lab to the second.
  private func roundTrips(_ profile: String) throws -> [Int: Double] {
    let timetable = try LatencyProfile.read(Array(profile.utf8), file: "shape")
      .timetable(for: try FixtureTests.lab())
    var values: [Int: Double] = [:]
    for event in timetable.events where event.from == "vlan10" {
      if case .total(let milliseconds)? = event.conditions?.delay {
        values[event.milliseconds] = 2 * milliseconds
      }
    }
    return values
  }

  private func profile(_ shape: String) -> String {
    """
    duration = "30s"
    [[event]]
    at = "5s"
    until = "25s"
    between = ["vlan10", "vlan20"]
    \(shape)
    """
  }

  @Test func rampGoesEvenly() throws {
    let values = try roundTrips(profile("shape = \"ramp\"\nrtt = [\"10ms\", \"200ms\"]"))
    #expect(values.count == 80)
    for step in 0..<80 {
      let wanted = 10 + 190 * Double(step) / 80
      let value = try #require(values[5000 + 250 * step])
      #expect(abs(value - wanted) <= 0.0005 + 1e-9)
    }
  }

  @Test func rampBeginsAnewAfterItsPeriod() throws {
    let values = try roundTrips(
      profile("shape = \"ramp\"\nrtt = [\"200ms\", \"100ms\"]\nperiod = \"10s\""))
    #expect(values[5000] == 200)
    #expect(values[10_000] == 150)
    #expect(values[15_000] == 200)
    #expect(values[20_000] == 150)
  }

  @Test func sineGoesThereAndBack() throws {
    let values = try roundTrips(
      profile("shape = \"sine\"\nrtt = [\"50ms\", \"150ms\"]\nperiod = \"20s\""))
    #expect(values.count == 80)
    for step in 0..<80 {
      let wanted = 100 - 50 * Foundation.cos(2 * Double.pi * Double(step) / 80)
      let value = try #require(values[5000 + 250 * step])
      #expect(abs(value - wanted) <= 0.0005 + 1e-9)
    }
    #expect(values[5000] == 50)
    #expect(values[15_000] == 150)
  }

  @Test func stepHoldsEachValueForItsPart() throws {
    let values = try roundTrips(
      profile("shape = \"step\"\nrtt = [\"1ms\", \"2ms\", \"3ms\"]\nperiod = \"10s\""))
    #expect(
      values == [
        5000: 1, 8333: 2, 11_666: 3, 15_000: 1, 18_333: 2, 21_666: 3,
      ])
  }
}
