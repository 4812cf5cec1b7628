import Diagnostics
import Testing

@testable import Execution

/// What is held on paths is noted, and put back later.
@Suite(.timeLimit(.minutes(5))) struct HeldDelaysTests {
  let world = LatencyWorld()
  private var routers: ScriptedRouters { world.routers }
  private static let path = PathEnds(from: "keio", to: "kyutech")
  private static let own = "added 5000 0 0 normal 1000"
  private static let held = "total 20000 0 0 normal 2500"

  private func readings() async throws -> [WayReading] {
    try await world.control().readings(of: [Self.path])
  }

  @Test func bothWaysOfAPathAreTold() async throws {
    routers.hand.advance(10)
    routers.change("router1") { router in
      router.own["kyutech"] = Self.own
      router.held["kyutech"] = .init(until: 1_000_000 + 70_000, text: Self.held)
    }
    routers.change("router2") { $0.held["keio"] = .init(until: 0, text: Self.held) }
    let readings = try await readings()
    #expect(
      readings == [
        WayReading(
          // The router's clock is another one: it ends a minute from now.
          held: .init(
            from: "keio", to: "kyutech", text: Self.held, until: HandClock.beginning + 70_000),
          now: Self.held, dropped: 0, run: nil),
        WayReading(
          held: .init(from: "kyutech", to: "keio", text: Self.held), now: Self.held, dropped: 0,
          run: nil),
      ])
    #expect(routers.changes.isEmpty && routers.openConnections == 0)
    #expect(try await world.control().readings(of: []) == [])
  }

  @Test func aRunThatIsUnderWayIsTold() async throws {
    routers.change("router2") { $0.run = ("moving", 1, 2) }
    #expect(try await readings().map(\.run) == [nil, "moving"])
  }

  @Test func whoCannotBeAskedIsNamed() async throws {
    routers.change("router2") { $0.isReachable = false }
    let problem = try await #require(throws: Problem.self) { try await readings() }
    #expect(problem.description.contains("router2 cannot be reached"))
    #expect(routers.openConnections == 0)
  }

  @Test func aPathThatARouterDoesNotKnow() async throws {
    routers.change("router2") { $0.peers = ["nitech"] }
    let problem = try await #require(throws: Problem.self) { try await readings() }
    #expect(
      problem.description.hasPrefix("the router of kyutech does not know the way to keio"))
    #expect(problem.description.contains("planetbed apply three.toml"))
  }

  /// What was held for a time comes back for the rest of it, what was not held is taken away.
  @Test func whatWasHeldIsPutBack() async throws {
    routers.change("router1") { router in
      router.held["kyutech"] = .init(until: 1_000_000 + 600_000, text: Self.held)
      router.held["nitech"] = .init(until: 0, text: Self.held)
    }
    let before = HeldDelays(try await readings().map(\.held))
    let changed = try await world.control().set([LatencyWorld.change], hold: 3600)
    #expect(changed.isDone)
    routers.hand.advance(60)
    let result = try await world.control().putBack(before)
    #expect(result.isDone && result.failed == 0 && result.problems.isEmpty)
    #expect(
      routers.router("router1")?.held == [
        "kyutech": .init(until: 1_000_000 + 600_000, text: Self.held),
        "nitech": .init(until: 0, text: Self.held),
      ])
    #expect(routers.router("router2")?.held == [:])
    #expect(
      result.ways == [
        .init(from: "keio", to: "kyutech", now: Self.held, own: nil),
        .init(from: "kyutech", to: "keio", now: nil, own: nil),
      ])
    #expect(routers.openConnections == 0)
    let runs = try await world.journal()
    #expect(runs.map(\.outcome) == [.success, .success])
  }

  @Test func whatIsOverByThenIsNot() async throws {
    let before = HeldDelays([
      .init(
        from: "keio", to: "kyutech", text: Self.held, until: HandClock.beginning + 30_000),
      .init(from: "kyutech", to: "keio", text: Self.held),
    ])
    routers.hand.advance(30)
    routers.change("router1") { $0.own["kyutech"] = Self.own }
    let result = try await world.control().putBack(before)
    #expect(routers.router("router1")?.held == [:])
    #expect(routers.router("router2")?.held == ["keio": .init(until: 0, text: Self.held)])
    #expect(result.ways.first == .init(from: "keio", to: "kyutech", now: Self.own, own: Self.own))
  }

  @Test func oneThatCannotBeReachedKeepsNoOther() async throws {
    let before = HeldDelays([
      .init(from: "keio", to: "kyutech", text: Self.held),
      .init(from: "kyutech", to: "keio", text: Self.held),
    ])
    routers.change("router1") { $0.isReachable = false }
    let result = try await world.control().putBack(before)
    #expect(!result.isDone && result.failed == 1)
    #expect(result.routers.first?.problem?.description.contains("cannot be reached") == true)
    #expect(routers.router("router2")?.held == ["keio": .init(until: 0, text: Self.held)])
    #expect(try await world.journal().map(\.outcome) == [.failure])
  }

  @Test func whileAnotherRunIsAtWorkNothingIsPutBack() async throws {
    try world.state.prepare()
    let lock = try LocalLock(
      in: world.state, holder: "bert@desk", verb: "apply", since: 0)
    let before = HeldDelays([.init(from: "keio", to: "kyutech", text: Self.held)])
    let problem = try await #require(throws: Problem.self) {
      try await world.control().putBack(before)
    }
    #expect(problem.description.contains("apply by bert@desk"))
    lock.release()
    // A lock of another name keeps nobody from it.
    let other = try LocalLock(
      in: world.state, holder: "bert@desk", verb: "measure", since: 0, name: "measure.lock")
    #expect(try await world.control().putBack(before).isDone)
    other.release()
  }
}
