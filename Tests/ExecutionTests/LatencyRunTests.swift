import Diagnostics
import Inventories
import LatencyProfiles
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct LatencyRunTests {
  let world = LatencyWorld()
  private var routers: ScriptedRouters { world.routers }

  /// One path for a minute: slow from the beginning, as before after half a minute.
  private static func timetable(repetitions: Int? = 1) -> Timetable {
    let slow = OneWayConditions(delay: .added(milliseconds: 50))
    return Timetable(
      events: [
        .init(milliseconds: 0, from: "keio", to: "kyutech", conditions: slow),
        .init(milliseconds: 0, from: "kyutech", to: "keio", conditions: slow),
        .init(milliseconds: 30_000, from: "keio", to: "kyutech", conditions: nil),
      ], periodMilliseconds: 60_000, repetitions: repetitions,
      announcements: [
        .init(milliseconds: 0, text: "keio ↔ kyutech: slow"),
        .init(milliseconds: 30_000, text: "keio ↔ kyutech: as before"),
      ])
  }

  private func run(
    _ timetable: Timetable = timetable(), hold: Double = 3600, detached: Bool = false,
    onEvent: @escaping @Sendable (LatencyProgress) -> Void = { _ in }
  ) async throws -> LatencyRunResult {
    try await world.control(onEvent: onEvent).run(
      timetable, name: "my profile", hold: hold, detached: detached)
  }

  private func problems(_ result: LatencyRunResult) -> String {
    (result.routers.compactMap(\.problem).map(\.description) + result.problems.map { "\($0)" })
      .joined(separator: "\n")
  }

  /// Turns the clock to the moment that is waited for, until the run is over.
  private func whileTimePasses<Result: Sendable>(
    _ seconds: [Double], _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    async let result = body()
    for step in seconds {
      await routers.hand.someoneWaits()
      routers.hand.advance(step)
    }
    return try await result
  }

  private var announced: [String] {
    world.events.all.compactMap {
      if case .announced(let repetition, let announcement) = $0 {
        "\(repetition) \(announcement.text)"
      } else {
        nil
      }
    }
  }

  @Test func beginsEverywhereAtOneInstantAndWaitsForTheEnd() async throws {
    routers.change("router1") { $0.fired = [(0, 3), (30_000, 12)] }
    routers.change("router2") { $0.fired = [(0, 4)] }
    routers.onCall { [routers] call in
      // Its time is over.
      guard call.words[0] == "show", routers.hand.clock.uptime() > 60 else { return }
      routers.change(call.router) { $0.run = nil }
    }
    let result = try await whileTimePasses([1, 30, 30]) { try await run() }
    #expect(problems(result) == "" && result.isBegun && !result.interrupted)
    let name = "my-profile.\(result.run)"
    #expect(result.name == name)
    let calls = routers.changes.sorted { $0.router < $1.router }
    #expect(
      calls.map(\.words) == [
        ["run", name, "1001000", "4601000", "60000", "1"],
        ["run", name, "2001010", "5601010", "60000", "1"],
      ])
    #expect(
      calls.map(\.lines) == [
        ["0 kyutech added 50000 0 0 normal 6250", "30000 kyutech -"],
        ["0 keio added 50000 0 0 normal 6250"],
      ])
    #expect(announced == ["1 keio ↔ kyutech: slow", "1 keio ↔ kyutech: as before"])
    #expect(
      result.firings == [
        .init(router: "router1", planned: 2, told: 2, last: 12, worst: 12),
        .init(router: "router2", planned: 1, told: 1, last: 4, worst: 4),
      ])
    #expect(result.start == HandClock.beginning + 1000)
    #expect(result.until == HandClock.beginning + 61_000)
    #expect(routers.openConnections == 0)
    #expect(try await world.journal().map(\.verb) == ["latency run"])
    #expect(try await world.journal().map(\.outcome) == [.success])
    let late = try await Journal(in: world.state).samples(of: result.run, kind: "late")
    #expect(late.map(\.value) == [3, 12, 4])
  }

  /// While it runs, others may do what they like: `apply`, or look.
  @Test func letsOthersBeginWhileItRuns() async throws {
    let taken = Record<Bool>()
    let result = try await whileTimePasses([1, 30, 30]) { [world, routers] in
      try await run { event in
        guard case .announced = event else { return }
        let lock = try? LocalLock(in: world.state, holder: "bob", verb: "apply", since: 0)
        taken.add(lock != nil)
        lock?.release()
        for name in ["router1", "router2"] { routers.change(name) { $0.run = nil } }
      }
    }
    #expect(result.isBegun && taken.all == [true, true])
  }

  /// Two and a half repetitions fit in.
  @Test func anEndlessOneEndsWithItsLease() async throws {
    routers.onCall { [routers] call in
      guard call.words[0] == "show", routers.hand.clock.uptime() > 140 else { return }
      routers.change(call.router) { $0.run = nil }
    }
    let result = try await whileTimePasses([1, 30, 30, 30, 30, 20]) {
      try await run(Self.timetable(repetitions: nil), hold: 140)
    }
    #expect(result.isBegun)
    #expect(announced.map { $0.prefix(1) } == ["1", "1", "2", "2", "3"])
    #expect(routers.changes.allSatisfy { $0.words.last == "0" })
    #expect(result.firings.map(\.planned) == [5, 3])
  }

  @Test func detachedItIsLeftToTheRouters() async throws {
    let result = try await run(detached: true)
    #expect(result.isBegun && result.isDetached && result.firings.isEmpty)
    #expect(routers.calls.last?.words == ["unlock"])
    #expect(routers.openConnections == 0)
  }

  @Test func anInterruptionEndsItOnTheRouters() async throws {
    let result = try await whileTimePasses([1]) { [world] in
      try await run { event in
        if case .announced = event { world.interruption.request() }
      }
    }
    #expect(result.interrupted && result.isBegun && problems(result) == "")
    #expect(routers.changes.suffix(2).map { $0.words } == [["stop"], ["stop"]])
    #expect(routers.router("router1")?.run == nil && routers.router("router2")?.run == nil)
    #expect(try await world.journal().map(\.outcome) == [.interrupted])
    #expect(routers.openConnections == 0)
  }

  /// The second one: nobody knows what became of it, and that is said.
  @Test func aSecondInterruptionGivesUpWaiting() async throws {
    routers.onCall { [world] call in
      guard call.words[0] == "stop" else { return }
      world.interruption.request()
      // It answers when it is given up, not before.
      let (never, keeper) = AsyncStream.makeStream(of: Void.self)
      for await _ in never {}
      keeper.finish()
    }
    let result = try await whileTimePasses([1]) { [world] in
      try await run { event in
        if case .announced = event { world.interruption.request() }
      }
    }
    #expect(result.interrupted && result.failed > 0)
    #expect(problems(result).contains("was given up while ending the run"))
  }

  @Test func nothingBeginsWithoutTheTestbedsLock() async throws {
    for name in ["router1", "router2", "router3"] {
      routers.change(name) { $0.isReachable = false }
    }
    let nothing = Timetable(events: [], periodMilliseconds: 1000, repetitions: 1)
    let problem = try await #require(throws: Problem.self) { try await run(nothing) }
    #expect(
      problem.description.contains("cannot take the testbed's lock: no router can be reached"))
    #expect(problem.description.contains("router3 cannot be reached"))
    #expect(try await world.journal().map(\.outcome) == [.failure])
  }

  @Test func oneThatRefusesKeepsItFromBeginning() async throws {
    routers.change("router2") { $0.run = ("another", 1, 2) }
    let result = try await run()
    #expect(!result.isBegun && routers.changes.isEmpty)
    #expect(problems(result).contains("a profile's run is under way on router2: another"))
  }

  /// What began is ended, and another's run is left alone.
  @Test func whereItBeganItIsEndedWhenOneFails() async throws {
    routers.change("router2") { $0.refusals["run"] = "a run is under way" }
    routers.onCall { [routers] call in
      if call.router == "router2", call.words[0] == "run" {
        routers.change("router2") { $0.run = ("another", 1, 2) }
      }
    }
    let result = try await run()
    #expect(!result.isBegun && result.failed == 1)
    #expect(problems(result).contains("beginning the run failed on router2: a run is under way"))
    #expect(routers.changes.filter { $0.words == ["stop"] }.map(\.router) == ["router1"])
    #expect(routers.router("router1")?.run == nil)
    #expect(routers.router("router2")?.run?.name == "another")
  }

  @Test func whatCannotBeEndedIsTold() async throws {
    routers.change("router2") { $0.refusals["run"] = "no" }
    routers.change("router1") { $0.refusals["stop"] = "no" }
    let result = try await run()
    #expect(!result.isBegun)
    #expect(problems(result).contains("the run may have begun on router1, and could not be ended"))
  }

  /// A router that does not come to the end.
  @Test func aRunThatDoesNotEndIsTold() async throws {
    let seconds = [1, 30, 30] + [Double](repeating: 1, count: 20)
    routers.change("router2") { $0.peers = ["keio"] }
    routers.onCall { [routers] call in
      guard call.words[0] == "show", routers.hand.clock.uptime() > 60 else { return }
      routers.change("router2") { $0.run = nil }
    }
    let result = try await whileTimePasses(Array(seconds.prefix(13))) { try await run() }
    #expect(problems(result).contains("the run has not ended on router1"))
    #expect(result.failed == 0)
  }
}
