import Diagnostics
import Foundation
import ShellPrograms
import Synchronization
import Transport

@testable import Execution

/// Routers with the program for delays, as far as its calls and answers go. Each one's clock is ahead of
/// the test's by an amount of its own.
final class ScriptedRouters: Connector {
  struct Held: Equatable {
    var until: Int
    var text: String
  }

  /// A router.
  struct Router {
    /// How far its clock is ahead, in milliseconds; a multiple of the clock's step.
    var ahead: Int
    var peers: [String]
    /// How many milliseconds late it switches.
    var late = 0
    var hasProgram = true
    var hasModule = true
    var hasBaselines = true
    /// A device that somebody else has put something on.
    var foreign: String?
    var own: [String: String] = [:]
    var held: [String: Held] = [:]
    /// The run's name, beginning and end.
    var run: (name: String, start: Int, until: Int)?
    var fired: [(offset: Int, late: Int)] = []
    /// What is answered to a call, by its name, in the program's stead.
    var answers: [String: ProgramResult] = [:]
    /// How often a call fails with this text and status 1.
    var refusals: [String: String] = [:]
    /// Calls during which the connection breaks.
    var breaks: Set<String> = []
    var isReachable = true
    /// What is said in a conversation in the clock's stead.
    var clockSays: String?
  }

  /// A call, as it reached a router.
  struct Call: Equatable {
    var router: String
    var words: [String]
    var lines: [String]

    init(_ router: String, _ words: [String], _ lines: [String] = []) {
      self.router = router
      self.words = words
      self.lines = lines
    }
  }

  private struct State {
    var routers: [String: Router]
    var calls: [Call] = []
    var open = 0
    var onCall: (@Sendable (Call) async -> Void)?
  }

  let hand = HandClock()
  private let state: Mutex<State>

  init(_ routers: [String: Router]) { state = Mutex(State(routers: routers)) }

  /// Three of them, whose sites are those of `Inventory.threeSites`.
  static func three() -> ScriptedRouters {
    ScriptedRouters([
      "router1": Router(ahead: 1_000_000, peers: ["kyutech", "nitech"]),
      "router2": Router(ahead: 2_000_010, peers: ["keio", "nitech"]),
      "router3": Router(ahead: 500_000, peers: ["keio", "kyutech"]),
    ])
  }

  func change(_ router: String, _ body: (inout Router) -> Void) {
    state.withLock { state in
      guard var changed = state.routers[router] else { return }
      body(&changed)
      state.routers[router] = changed
    }
  }

  /// Is told of every call before it is answered.
  func onCall(_ body: @escaping @Sendable (Call) async -> Void) {
    state.withLock { $0.onCall = body }
  }

  func router(_ name: String) -> Router? { state.withLock { $0.routers[name] } }
  var calls: [Call] { state.withLock { $0.calls } }
  var openConnections: Int { state.withLock { $0.open } }

  /// The calls that change something.
  var changes: [Call] {
    calls.filter { ["hold", "run", "stop", "clear"].contains($0.words[0]) }
  }

  /// A router's clock now, in milliseconds.
  func time(_ router: String) -> Int {
    Int((hand.clock.uptime() * 1000).rounded()) + (self.router(router)?.ahead ?? 0)
  }

  // MARK: - Connector

  func connect(to machine: String) async throws -> any Connection {
    guard router(machine)?.isReachable == true else {
      throw Problem("\(machine) cannot be reached", host: machine, exitStatus: .failure)
    }
    state.withLock { $0.open += 1 }
    return Line(routers: self, machine: machine)
  }

  func close() async {}

  private final class Line: Connection {
    let connectDuration = Duration.milliseconds(5)
    private let routers: ScriptedRouters
    private let machine: String

    init(routers: ScriptedRouters, machine: String) {
      self.routers = routers
      self.machine = machine
    }

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult { try await routers.run(program.text, on: machine) }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      await routers.note(Call(machine, ["clock"]))
      let (lines, continuation) = AsyncStream.makeStream(of: Bool.self)
      conversation.open(
        Conversation.Input { _ in
          continuation.yield(true)
        } finish: {
          continuation.finish()
        })
      for await _ in lines {
        let time = routers.time(machine)
        let text = "\(time / 1000).\(String(100 + time % 1000 / 10).dropFirst())"
        conversation.take(Array((routers.router(machine)?.clockSays ?? text).utf8) + [10])
      }
      return ProgramResult(ending: .exited(0), output: [], errors: [])
    }

    func close() async { routers.state.withLock { $0.open -= 1 } }
  }

  // MARK: - The program

  private func note(_ call: Call) async {
    let watcher = state.withLock { state in
      state.calls.append(call)
      return state.onCall
    }
    await watcher?(call)
  }

  private func run(_ text: String, on machine: String) async throws -> ProgramResult {
    guard let call = Self.call(text, machine) else {
      await note(Call(machine, [text.contains("my_expiry=0") ? "unlock" : "lock"]))
      return ProgramResult(
        ending: .exited(0), output: Array("taken\n0\n\n\n0\n0\n".utf8), errors: [])
    }
    await note(call)
    try Task.checkCancellation()
    let name = call.words[0]
    guard let router = router(machine), router.isReachable, !router.breaks.contains(name) else {
      throw Problem("the connection to \(machine) broke", host: machine, exitStatus: .failure)
    }
    if let answer = router.answers[name] { return answer }
    let boundary = text.firstMatch(of: #/boundary=(?<digits>[0-9a-f]{32})/#)?.output.digits ?? ""
    func answer(_ words: String, _ payload: String) -> ProgramResult {
      let output =
        "planetbed 1 \(boundary)\n\(boundary) \(payload.utf8.count) \(words)\n\(payload)\n"
      return ProgramResult(ending: .exited(0), output: Array(output.utf8), errors: [])
    }
    guard router.hasProgram else { return answer("absent", "") }
    if let refusal = router.refusals[name] { return answer("ended 1", refusal) }
    return answer("ended 0", perform(call))
  }

  private static func call(_ text: String, _ machine: String) -> Call? {
    guard let words = text.firstMatch(of: #/\| "\$agent" (?<words>.*) 2>&1\)/#)?.output.words,
      let begin = text.range(of: "lines='"),
      let end = text.range(of: "'\nsaid=", range: begin.upperBound..<text.endIndex)
    else { return nil }
    return Call(
      machine, words.split(separator: " ").map { String($0.filter { $0 != "'" }) },
      text[begin.upperBound..<end.lowerBound].split(separator: "\n").map(String.init))
  }

  private func perform(_ call: Call) -> String {
    let now = time(call.router)
    var said = ""
    change(call.router) { router in
      switch call.words[0] {
      case "hold":
        for line in call.lines {
          let words = line.split(separator: " ", maxSplits: 1).map(String.init)
          router.held[words[0]] =
            words[1] == "-" ? nil : Held(until: Int(call.words[2]) ?? -1, text: words[1])
        }
        let at = Int(call.words[1]) ?? -1
        said = "switched \(at == 0 ? now : at + router.late)"
      case "run":
        router.run = (call.words[1], Int(call.words[2]) ?? -1, Int(call.words[3]) ?? -1)
      case "stop": router.run = nil
      case "clear":
        router.run = nil
        router.held = [:]
      default: said = Self.report(router, now)
      }
    }
    return said
  }

  private static func report(_ router: Router, _ now: Int) -> String {
    var lines = ["uptime \(now)", "module \(router.hasModule ? "present" : "absent")"]
    for peer in router.peers {
      let device = "pb-\(peer)"
      lines.append("lane \(peer) \(device)")
      if router.hasBaselines { lines.append("baseline \(peer) 800") }
      if let own = router.own[peer] { lines.append("own \(peer) \(own)") }
      if let held = router.held[peer] { lines.append("held \(peer) \(held.until) \(held.text)") }
      let now =
        router.run == nil ? router.held[peer]?.text ?? router.own[peer] : "added 5 0 0 normal 9"
      if let now { lines.append("now \(peer) \(now)") }
      let isForeign = router.foreign == device
      lines.append("qdisc \(peer) \(isForeign ? "foreign 7 0 qdisc tbf 8001:" : "absent 0 0")")
    }
    if let run = router.run { lines.append("run \(run.name) \(run.start) \(run.until)") }
    lines += router.fired.map { "fired \($0.offset) \($0.late)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
