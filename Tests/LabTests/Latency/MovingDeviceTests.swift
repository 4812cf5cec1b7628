import Foundation
import TestSupport
import Testing

/// The profile of the moving device that ships with planetbed, while it runs in a lab of its own. It
/// takes five minutes, most of which it waits, so that the other tests of delays run meanwhile.
struct MovingDeviceRun: Sendable {
  /// The run that goes on beside the running suite.
  @TaskLocal static var underWay: MovingDeviceRun?

  /// planetbed, which stays until the profile's end.
  let planetbed: ChildProcess
  /// The round trips in milliseconds between the device and each edge, one every two seconds.
  let samples: [Task<[Double?], any Error>]

  /// Every two seconds, for five minutes less what it takes to begin and to end.
  static let count = 145

  /// Starts it in the lab of the running test.
  static func start() async throws -> MovingDeviceRun {
    let testbed = try Testbed.current()
    // How exact the delays are, other tests see to.
    let applied = try await testbed.planetbed("apply", testbed.inventory, "--yes", "--no-verify")
    try #require(applied.status == 0, "\(applied.everything)")
    let run = try testbed.start([
      "latency", "run", testbed.inventory,
      Testbed.repository + "/inventory/profiles/moving-device.toml",
      "--site", "device=one", "--site", "edge-1=two", "--site", "edge-2=three",
    ])
    try await testbed.reaches(60, within: 15)
    return MovingDeviceRun(
      planetbed: run,
      samples: ["h2", "h3"].map { edge in
        Task { try await testbed.pings("h1", edge, count: count, interval: 2) }
      })
  }
}

/// Brings up the lab in which the device moves, then that of the other tests, one after the other: the
/// delays are measured when nobody installs anything.
struct DelayLabsTrait: SuiteTrait, TestScoping {
  var isRecursive: Bool { false }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await Testbed.withLab("pbmoving", .delays) {
      let run = try await MovingDeviceRun.start()
      try await MovingDeviceRun.$underWay.withValue(run) {
        try await Testbed.withLab("pbdelays", .delays) { try await function() }
      }
      run.planetbed.signal(SIGINT)
      _ = await run.planetbed.outcome()
    }
  }
}

extension Trait where Self == DelayLabsTrait {
  /// The lab with delays that all tests of the suite share, and one in which a profile runs meanwhile.
  static var delayLabs: Self { DelayLabsTrait() }
}

/// All tests that need real delays: one after the other, in one lab.
@Suite(.serialized, .delayLabs) enum WithDelays {}

extension WithDelays {
  @Suite struct MovingDeviceTests {
    @Test func keepsToItsTimetable() async throws {
      let run = try #require(MovingDeviceRun.underWay)
      let outcome = await run.planetbed.outcome()
      #expect(outcome.status == 0, "\(outcome.everything)")
      for (task, near) in zip(run.samples, [60...120, 180...240]) {
        let times = try await task.value
        #expect(times.count { $0 == nil } <= 3, "\(times)")
        // Spans between changes, less eight seconds at each end: when the run began is known to a few.
        for begin in stride(from: 0, to: 300, by: 60) {
          let span = (begin / 2 + 4..<min(begin / 2 + 26, times.count))
            .compactMap { times[$0] }.sorted()
          try #require(span.count > 15, "\(times)")
          // A busy computer makes answers late, many of them now and then, and none early.
          let (quick, early) = (span[span.count / 10], span[span.count / 4])
          if near.contains(begin + 1) {
            #expect(early < 30, "from \(begin) s: \(span)")
          } else {
            // 60 ms, each way ± 7.1 ms.
            #expect(quick > 44 && early < 90, "from \(begin) s: \(span)")
          }
        }
      }
    }
  }
}
