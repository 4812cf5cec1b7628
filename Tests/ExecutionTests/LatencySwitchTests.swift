import Clocks
import Diagnostics
import Inventories
import ShellPrograms
import Testing
import Transport

@testable import Execution

/// What the tests of changes of delays share.
struct LatencyWorld: Sendable {
  let routers = ScriptedRouters.three()
  let scratch = ScratchFolder()
  let interruption = Interruption()
  let events = Record<LatencyProgress>()

  var state: StateFolder { StateFolder(path: scratch.path + "/state") }

  func control(onEvent: @escaping @Sendable (LatencyProgress) -> Void = { _ in }) -> LatencyControl
  {
    LatencyControl(
      inventory: .threeSites(), connector: routers, state: state, operatorName: "anna@laptop",
      version: "0.1.0", interruption: interruption, clock: routers.hand.clock
    ) { [events] event in
      events.add(event)
      onEvent(event)
    }
  }

  /// The path between keio and kyutech, of 300 ms and more there than back.
  static let change = LatencyControl.PathChange(
    from: "keio", to: "kyutech", conditions: PathConditions(delay: .oneWay(from: 200, to: 100)))
  /// What the packets of keio meet then, and those of kyutech.
  static let there = "total 200000 0 0 normal 25000"
  static let back = "total 100000 0 0 normal 12500"

  func journal() async throws -> [RunRecord] { try await Journal(in: state).runs() }
}

@Suite(.timeLimit(.minutes(5))) struct LatencySwitchTests {
  let world = LatencyWorld()
  private var routers: ScriptedRouters { world.routers }

  private func problems(_ result: LatencySwitchResult) -> String {
    (result.routers.compactMap(\.problem).map(\.description) + result.problems.map { "\($0)" })
      .joined(separator: "\n")
  }

  private func set() async throws -> LatencySwitchResult {
    try await world.control().set([LatencyWorld.change], hold: 3600)
  }

  // MARK: set

  /// First all is looked at, then nobody else may begin, then the clocks, then all are told.
  @Test func bothEndsSwitchAtOneInstant() async throws {
    routers.change("router2") { $0.late = 10 }
    routers.hand.advance(5)
    let result = try await set()
    #expect(problems(result) == "")
    #expect(result.isDone && !result.interrupted && result.failed == 0)
    // A second from now, since all of them answer at once.
    let instant = 6000
    #expect(
      Set(routers.changes.map { "\($0.router) \($0.words) \($0.lines)" }) == [
        #"router1 ["hold", "\#(1_000_000 + instant)", "\#(4_600_000 + instant)"] ["kyutech \#(LatencyWorld.there)"]"#,
        #"router2 ["hold", "\#(2_000_010 + instant)", "\#(5_600_010 + instant)"] ["keio \#(LatencyWorld.back)"]"#,
      ])
    let order = routers.calls.map { $0.words[0] }
    #expect(Set(order[0..<2]) == ["show"] && order[2] == "lock")
    #expect(Set(order[3..<5]) == ["clock"] && Set(order[5..<7]) == ["hold"])
    #expect(order[7...] == ["unlock"])
    #expect(result.spread == 10 && result.spreadUncertainty == 0)
    #expect(result.routers.map(\.late) == [0, 10])
    #expect(result.routers.map(\.clock?.milliseconds) == [1_000_000, 2_000_010])
    #expect(result.until == HandClock.beginning + 6000 + 3_600_000)
    #expect(
      result.ways == [
        .init(from: "keio", to: "kyutech", now: LatencyWorld.there, own: nil),
        .init(from: "kyutech", to: "keio", now: LatencyWorld.back, own: nil),
      ])
    #expect(routers.openConnections == 0)
    let runs = try await world.journal()
    #expect(runs.map(\.verb) == ["latency set"] && runs.map(\.outcome) == [.success])
    #expect(runs.map(\.changed) == [2])
    let journal = try Journal(in: world.state)
    let entered = try await journal.events(of: result.run)
    #expect(entered.map(\.kind) == ["latency", "latency"])
    #expect(entered.first?.detail == "kyutech \(LatencyWorld.there)")
    #expect(try await journal.samples(of: result.run, kind: "late").map(\.value) == [0, 10])
    #expect(try await journal.samples(of: result.run, kind: "clock-offset").count == 2)
  }

  @Test func withoutALeaseItStays() async throws {
    let result = try await world.control().set([LatencyWorld.change], hold: nil)
    #expect(result.isDone && result.until == nil)
    #expect(routers.changes.allSatisfy { $0.words[2] == "0" })
  }

  @Test func oneThatCannotBeReachedKeepsAllFromBeingChanged() async throws {
    routers.change("router2") { $0.isReachable = false }
    let result = try await set()
    #expect(!result.isDone && result.failed == 1 && result.ways.isEmpty)
    #expect(problems(result).contains("router2 cannot be reached"))
    #expect(routers.changes.isEmpty && routers.openConnections == 0)
    #expect(try await world.journal().map(\.outcome) == [.failure])
  }

  @Test(arguments: [
    (0, "a profile's run is under way on router2: moving"),
    (1, "the kernel of router2 cannot delay packets"),
    (2, "router2 does not know the way to keio"),
    (3, "somebody else's queueing discipline is on pb-keio of router2"),
    (4, "router2 has no program for delays"),
    (5, "router2 does not answer as its program for delays does"),
    (6, "router2 does not tell its delays as its program does"),
    (7, "asking for the delays failed on router2"),
    (8, "router2 does not tell how long it runs"),
    (9, "router2 does not know the natural round trip to keio"),
  ]) func oneThatRefusesKeepsAllFromBeingChanged(number: Int, summary: String) async throws {
    let noise = ProgramResult(ending: .exited(0), output: Array("hello\n".utf8), errors: [])
    let report = Array(
      "planetbed 1 \(String(repeating: "a", count: 32))\n\(String(repeating: "a", count: 32)) 3 ended 0\nhm\n\n"
        .utf8)
    routers.change("router2") { router in
      switch number {
      case 0: router.run = ("moving", 1, 2)
      case 1: router.hasModule = false
      case 2: router.peers = ["nitech"]
      case 3: router.foreign = "pb-keio"
      case 4: router.hasProgram = false
      case 5: router.answers["show"] = noise
      case 6: router.answers["show"] = ProgramResult(ending: .exited(0), output: report, errors: [])
      case 7: router.refusals["show"] = "no such file"
      case 8: router.clockSays = "soon"
      default: router.hasBaselines = false
      }
    }
    let result = try await set()
    #expect(!result.isDone)
    #expect(problems(result).contains(summary))
    #expect(routers.changes.isEmpty && routers.openConnections == 0)
    let told = world.events.all.contains {
      if case .routerFailed("router2", _) = $0 { true } else { false }
    }
    #expect(told)
  }

  /// A foreign thing on another device is none of this change's business.
  @Test func anothersDeviceDoesNotMatter() async throws {
    routers.change("router2") { $0.foreign = "pb-nitech" }
    #expect(try await set().isDone)
  }

  /// It matters only where it is a part of what is asked for.
  @Test func addedDelaysNeedNoNaturalRoundTrip() async throws {
    routers.change("router2") { $0.hasBaselines = false }
    let added = PathConditions(delay: .added(roundTrip: 10))
    let change = LatencyControl.PathChange(from: "keio", to: "kyutech", conditions: added)
    #expect(try await world.control().set([change], hold: 60).isDone)
  }

  /// What was held before is held again, with its own lease; what was not is taken away.
  @Test func oneThatFailsHalfwayHasTheOthersTakenBack() async throws {
    let before = ScriptedRouters.Held(until: 4711, text: "added 7000 0 0 normal 1000")
    routers.change("router1") { $0.held["kyutech"] = before }
    routers.change("router2") { $0.refusals["hold"] = "tc says no" }
    let result = try await set()
    #expect(!result.isDone && result.until == nil && result.spread == nil)
    #expect(problems(result).contains("changing the delays failed on router2: tc says no"))
    #expect(routers.router("router1")?.held == ["kyutech": before])
    #expect(routers.router("router2")?.held == [:])
    #expect(routers.calls.filter { $0.router == "router1" && $0.words[0] == "hold" }.count == 2)
    #expect(result.routers.allSatisfy { $0.late == nil })
    // The other one's refusal is the same when it is to be taken back.
    #expect(problems(result).contains("the delays on router2 may be in force"))
    #expect(problems(result).contains("They end by themselves at 2026-11-21 01:00:01 UTC"))
    #expect(routers.openConnections == 0)
  }

  /// A connection that broke is made anew to take back what may have got there.
  @Test func oneWhoseConnectionBrokeIsTakenBackOverAnother() async throws {
    let isBroken = Record<Bool>()
    routers.change("router2") { $0.breaks = ["hold"] }
    routers.onCall { [routers] call in
      // Only the first time.
      if call.router == "router2", call.words[0] == "hold" {
        if !isBroken.all.isEmpty { routers.change("router2") { $0.breaks = [] } }
        isBroken.add(true)
      }
    }
    let result = try await set()
    #expect(!result.isDone && result.problems.isEmpty)
    #expect(problems(result).contains("the connection to router2 broke"))
    let last = routers.changes.last { $0.router == "router2" }
    #expect(last?.words == ["hold", "0", "0"] && last?.lines == ["keio -"])
    #expect(routers.openConnections == 0)
  }

  @Test func sayingNothingOfTheSwitchIsAFailure() async throws {
    let boundary = String(repeating: "b", count: 32)
    let answer = "planetbed 1 \(boundary)\n\(boundary) 4 ended 0\ndone\n"
    routers.change("router2") {
      $0.answers["hold"] = ProgramResult(ending: .exited(0), output: Array(answer.utf8), errors: [])
    }
    let result = try await set()
    #expect(!result.isDone)
    #expect(problems(result).contains("router2 does not say when it switched"))
    #expect(routers.router("router1")?.held == [:])
  }

  @Test func anInterruptionBeforeTheInstantChangesNothing() async throws {
    routers.onCall { [world] call in
      if call.words[0] == "clock", call.router == "router1" { world.interruption.request() }
    }
    let result = try await set()
    #expect(result.interrupted && !result.isDone)
    #expect(routers.changes.isEmpty && routers.openConnections == 0)
    #expect(try await world.journal().map(\.outcome) == [.interrupted])
  }

  /// All have been told: it is finished, and said that it was to be stopped.
  @Test func anInterruptionWhileTheyAreToldFinishes() async throws {
    routers.onCall { [world] call in
      if call.words[0] == "hold", call.router == "router1" { world.interruption.request() }
    }
    let result = try await set()
    #expect(result.interrupted && result.isDone)
    #expect(routers.router("router1")?.held.count == 1)
  }

  @Test func onlyOneRunAtATime() async throws {
    try world.state.prepare()
    let held = try LocalLock(in: world.state, holder: "bob", verb: "apply", since: 0)
    let problem = try await #require(throws: Problem.self) { try await set() }
    #expect(problem.description.contains("apply by bob"))
    held.release()
    #expect(try await set().isDone)
  }

  @Test func whereNoRouterIsReachedNothingIsCleared() async throws {
    for name in ["router1", "router2", "router3"] {
      routers.change(name) { $0.isReachable = false }
    }
    let nowhere = try await world.control().clear(nil)
    #expect(nowhere.failed == 3 && !nowhere.isDone && nowhere.ways.isEmpty)
  }

  // MARK: clear

  @Test func clearsWhatIsHeldAndNothingElse() async throws {
    routers.change("router1") {
      $0.own["kyutech"] = "total 20000 0 0 normal 2500"
      $0.held["kyutech"] = .init(until: 0, text: LatencyWorld.there)
    }
    routers.change("router2") { $0.held["keio"] = .init(until: 0, text: LatencyWorld.back) }
    let result = try await world.control().clear(nil)
    #expect(problems(result) == "" && result.isDone)
    #expect(
      result.ways == [
        .init(
          from: "keio", to: "kyutech", now: "total 20000 0 0 normal 2500",
          own: "total 20000 0 0 normal 2500"),
        .init(from: "kyutech", to: "keio", now: nil, own: nil),
      ])
    #expect(result.spread == 0)
    #expect(routers.changes.map(\.router).sorted() == ["router1", "router2"])
    #expect(routers.changes.allSatisfy { $0.words[0] == "hold" && $0.words[2] == "0" })
    #expect(Set(routers.changes.flatMap(\.lines)) == ["kyutech -", "keio -"])
    #expect(routers.openConnections == 0)
    let again = try await world.control().clear(nil)
    #expect(again.isDone && again.ways.isEmpty && again.endedRuns.isEmpty)
    #expect(routers.changes.count == 2)
    #expect(try await world.journal().map(\.verb) == ["latency clear", "latency clear"])
  }

  @Test func clearsOnePathAlone() async throws {
    let text = "added 5000 0 0 normal 1000"
    routers.change("router1") {
      $0.held = ["kyutech": .init(until: 0, text: text), "nitech": .init(until: 9, text: text)]
    }
    let result = try await world.control().clear(("kyutech", "keio"))
    #expect(result.isDone && result.ways.map(\.to) == ["kyutech"])
    #expect(routers.router("router1")?.held.keys.sorted() == ["nitech"])
    #expect(!routers.calls.contains { $0.router == "router3" })
  }

  /// It ends as a whole, at once.
  @Test func endsARun() async throws {
    for name in ["router1", "router2", "router3"] {
      routers.change(name) { $0.run = ("moving", 1, 2) }
    }
    let refused = try await world.control().clear(("kyutech", "keio"))
    #expect(!refused.isDone && routers.changes.isEmpty)
    #expect(problems(refused).contains("cannot be ended by itself"))
    let result = try await world.control().clear(nil)
    #expect(result.isDone && result.endedRuns == ["moving"] && result.ways.count == 6)
    #expect(routers.changes.map { $0.words } == [["clear"], ["clear"], ["clear"]])
    #expect(result.spread == nil)
  }

  @Test func clearsWhatCanBeReached() async throws {
    routers.change("router1") { $0.isReachable = false }
    routers.change("router2") {
      $0.held["keio"] = .init(until: 0, text: LatencyWorld.back)
      $0.clockSays = "soon"
    }
    let result = try await world.control().clear(nil)
    #expect(!result.isDone && result.failed == 1)
    #expect(problems(result).contains("router1 cannot be reached"))
    #expect(problems(result).contains("router2 does not tell how long it runs"))
    #expect(routers.router("router2")?.held == [:])
    #expect(routers.changes.map(\.words) == [["hold", "0", "0"]])
  }
}
