import Foundation
import TestSupport
import Testing

/// What needs a cluster behind real delays: a lab of its own, smaller than the reference deployment, for its
/// routers are user-mode Linux where this computer has no netem. A run of its own (`make test`).
@Suite(.serialized, .startLab) enum MeasuringStarts {}

extension MeasuringStarts {
  /// `planetbed measure`: container start times under delay, on a real cluster.
  @Suite(.serialized) struct MeasureTests {
    /// What the inventory asks of the path, and what a test sets before it measures.
    private static let own = 20.0
    private static let held = 60.0

    @Test func aMatrixIsMeasuredUnderRealDelaysAndTheyArePutBack() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyStarts()
      try await testbed.hold(Self.held)
      let process = try testbed.start(
        ["measure", testbed.inventory, "--output", "jsonl", "--rtt", "0ms,300ms"] + Self.few
          + ["--ordered", "--runs", "2", "--null"])
      try await process.reaches("\"event\":\"switching\"")
      // The first delay is the testbed's own, as it was set before; it is the second that is waited for.
      try await testbed.isDelayed(300)
      let outcome = await process.outcome()
      let result = try Self.result(outcome)
      #expect(try result.number("missing") == 0)
      let cells = try result.objects("cells")
      #expect(cells.map { $0["rttMs"] as? Double } == [nil, 300])
      for cell in cells {
        #expect(try cell.number("containers") == 4)
        let runs = try cell.objects("runs")
        #expect(runs.compactMap { $0["number"] as? Int } == [1, 2])
        for run in runs { try Self.check(run) }
      }
      // It cannot be quicker than the delay, which any busy computer only adds to.
      #expect(try cells[1].real("measuredRttMs") > 295)
      #expect(try cells[1].real("min") > 0.3)
      let environment = try #require(result["environment"] as? [String: Any])
      #expect(try environment.real("instrumentSeconds") > 0)
      let machines = try environment.objects("machines")
      #expect(
        machines.compactMap { $0["name"] as? String } == ["r1", "master01", "r2"] + Self.workers)
      for worker in machines.suffix(2) {
        // The lab's machines have one clock.
        #expect(try abs(worker.real("clockOffsetMs")) <= worker.real("clockUncertaintyMs") + 1)
      }
      try await Self.isAsBefore(testbed, Self.held, source: "held")
    }

    @Test func interruptedInItsMiddleAndGoneOnWith() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyStarts()
      let process = try testbed.start(
        ["measure", testbed.inventory, "--output", "jsonl", "--rtt", "300ms", "--runs", "2"]
          + Self.few)
      try await process.reaches("\"event\":\"startFinished\"")
      process.signal(SIGINT)
      let outcome = await process.outcome()
      #expect(outcome.status == 130, "\(outcome.everything)")
      let first = try #require(try Self.object(outcome))
      #expect(first["interrupted"] as? Bool == true)
      #expect(try first.number("missing") == 1, "\(first)")
      try await Self.isAsBefore(testbed, Self.own, source: "inventory")

      let resumed = try await testbed.start(
        ["measure", testbed.inventory, "--output", "jsonl", "--resume"]).outcome()
      let second = try Self.result(resumed)
      #expect(try second.text("run") == first.text("run"))
      #expect(try second.number("missing") == 0)
      let before = try #require(try first.objects("cells").first).objects("runs")
      let after = try #require(try second.objects("cells").first).objects("runs")
      #expect(after.compactMap { $0["number"] as? Int } == [1, 2])
      #expect(try before[0].real("seconds") == after[0].real("seconds"))
      for run in after { try Self.check(run) }
      try await Self.isAsBefore(testbed, Self.own, source: "inventory")
    }

    @Test func killedWhileTheDelayIsInForceAndGoneOnWith() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyStarts()
      try await testbed.hold(Self.held)
      let process = try testbed.start(
        ["measure", testbed.inventory, "--output", "jsonl", "--rtt", "300ms", "--runs", "1"]
          + Self.few)
      try await process.reaches("\"event\":\"startBegun\"")
      process.signal(SIGKILL)
      #expect(await process.outcome().status == 128 + SIGKILL)
      // Nobody is there to take it back before its lease is over, but who goes on with it.
      try await testbed.isDelayed(300)
      let resumed = try await testbed.start(
        ["measure", testbed.inventory, "--output", "jsonl", "--resume"]).outcome()
      #expect(try Self.result(resumed).number("missing") == 0)
      try await Self.isAsBefore(testbed, Self.held, source: "held")
    }

    // MARK: - What they share

    private static let few = ["--containers", "4", "--deadline", "3min"]
    private static let workers = ["node01", "node02"]

    /// The result of an experiment that came to its end. That a delay was measured to be off, for this
    /// computer was busy, is no failure here: `MeasurementTests` judge with the times of quiet routers.
    private static func result(_ outcome: ChildProcess.Outcome) throws -> [String: Any] {
      let result = try #require(try object(outcome), "\(outcome.everything)")
      let isOff = try result.objects("cells").contains { $0["asAsked"] as? Bool == false }
      #expect(outcome.status == (isOff ? 3 : 0), "\(outcome.everything)")
      return result
    }

    /// The last line of `jsonl`.
    private static func object(_ outcome: ChildProcess.Outcome) throws -> [String: Any]? {
      let line = outcome.output.split(separator: "\n").last ?? ""
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["schema"] as? String == "planetbed.measure/1", "\(outcome.everything)")
      return object
    }

    /// A run in which every container came to every stage, in order.
    private static func check(_ run: [String: Any]) throws {
      #expect(run["complete"] as? Bool == true, "\(run)")
      let pods = try run.objects("pods")
      #expect(pods.count == 4)
      for worker in workers {
        #expect(pods.filter { $0["node"] as? String == worker }.count == 2, "\(pods)")
      }
      for pod in pods {
        let stages = try ["createdMs", "scheduledMs", "seenMs", "readyMs"].map(pod.real)
        #expect(stages == stages.sorted() && stages[0] >= 0, "\(pod)")
        let started = try pod.real("startedMs")
        // Its clock is brought to the master's, to some milliseconds.
        #expect(started > stages[1] - 20 && started < stages[3] + 20, "\(pod)")
        #expect(try stages[3] <= run.real("seconds") * 1000 + 20, "\(run)")
      }
    }

    /// The path is as it was before, and the cluster too.
    private static func isAsBefore(
      _ testbed: Testbed, _ milliseconds: Double, source: String
    ) async throws {
      let shown = try await testbed.measuring(["latency", "show", testbed.inventory])
      for (from, to) in [("one", "two"), ("two", "one")] {
        let way = try shown.way(from, to)
        #expect(try way.text("source") == source, "\(way)")
        #expect(try way.real("askedRttMs") == milliseconds, "\(way)")
      }
      let namespaces = try await testbed.kubectl("get namespaces -o name")
      #expect(!namespaces.contains("planetbed-measure"), "\(namespaces)")
    }
  }
}

extension Testbed {
  /// Applies the inventory of the lab with starts, and takes away what an earlier test held.
  fileprivate func applyStarts() async throws {
    try await measuring(["apply", inventory, "--yes"])
    let cleared = try await planetbed("latency", "clear", inventory)
    try #require(cleared.status == 0, "\(cleared.everything)")
  }

  /// Has the path hold a delay that is not the inventory's.
  fileprivate func hold(_ milliseconds: Double) async throws {
    let set = try await planetbed(
      "latency", "set", inventory, "one", "two", "--rtt", "\(Int(milliseconds))ms", "--hold", "1h",
      "--no-verify")
    try #require(set.status == 0, "\(set.everything)")
  }

  /// Waits until the round trip between the master and a worker is so many milliseconds at least.
  fileprivate func isDelayed(_ milliseconds: Double) async throws {
    try await within(300) {
      let times = try await pings("master01", "192.168.20.101", count: 3)
      return times.compactMap { $0 }.min().map { $0 > milliseconds - 5 } ?? false
    }
  }
}

extension ChildProcess {
  /// Waits until it has written a text.
  fileprivate func reaches(_ text: String) async throws {
    if await writes(text) { return }
    let outcome = await outcome()
    try #require(Bool(false), "it ended before it wrote \(text): \(outcome.everything)")
  }
}
