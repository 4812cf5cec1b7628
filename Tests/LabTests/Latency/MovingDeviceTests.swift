import Foundation
import TestSupport
import Testing

/// The moving device of the profile that ships with planetbed. It takes five minutes, most of which it
/// waits: so it has a lab of its own, beside that of the other tests of delays.
@Suite(.ownDelaysLab("pbmoving")) struct WithDelaysThatMove {
  @Test func theMovingDeviceKeepsToItsTimetable() async throws {
    let testbed = try Testbed.current()
    try await testbed.apply()
    let run = try testbed.start([
      "latency", "run", testbed.inventory,
      Testbed.repository + "/inventory/profiles/moving-device.toml",
      "--site", "device=one", "--site", "edge-1=two", "--site", "edge-2=three",
    ])
    try await testbed.reaches(60, within: 15)
    // 2 s between samples; the run began up to a second before the first.
    async let first = testbed.pings("h1", "h2", count: 148, interval: 2)
    async let second = testbed.pings("h1", "h3", count: 148, interval: 2)
    let outcome = await run.outcome()
    #expect(outcome.status == 0, "\(outcome.everything)")
    for (times, near) in [(try await first, 60...120), (try await second, 180...240)] {
      for (place, time) in times.enumerated() {
        let second = place * 2
        // Six seconds around each change are not judged: when the run began is known to a second or two.
        if [60, 120, 180, 240].contains(where: { abs($0 - second) < 6 }) || second > 290 {
          continue
        }
        let time = try #require(time, "no answer at \(second) s")
        if near.contains(second) {
          #expect(time < 40, "\(second) s: \(time) ms")
        } else {
          // 60 ± 10 ms, and five standard deviations.
          #expect(time > 20 && time < 130, "\(second) s: \(time) ms")
        }
      }
    }
    #expect(try abs(await testbed.meanRoundTrip("h1", "h2") - 100) < 20)
  }
}
