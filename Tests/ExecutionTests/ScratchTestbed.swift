import Diagnostics
import Foundation
import Inventories
import ShellPrograms
import Synchronization
import Transport

@testable import Execution

/// The machines of a testbed as folders: programs are run by a real shell, and what they keep under
/// /run and /var/lib is kept in the machine's folder. A machine that nobody made refuses.
final class ScratchTestbed: Connector {
  /// What is done in the stead of a program, or before it.
  typealias Script =
    @Sendable (_ host: String, _ program: RemoteProgram) async throws ->
    ProgramResult?

  let folder = ScratchFolder()
  let shell: Shell
  private let machines: Set<String>
  private struct State {
    var unreachable: [String: Problem] = [:]
    var programs: [String: [String]] = [:]
    var connections: [String: Int] = [:]
    var open = 0
    var isClosed = false
    var script: Script?
  }
  private let state = Mutex(State())

  init(_ machines: [String], shell: Shell = .dash) {
    self.machines = Set(machines)
    self.shell = shell
  }

  /// Lets connections to a machine fail.
  func cut(_ machine: String) {
    state.withLock {
      $0.unreachable[machine] = Problem(
        "\(machine) cannot be reached", detail: "It was cut.", host: machine, exitStatus: .failure)
    }
  }

  func mend(_ machine: String) { state.withLock { $0.unreachable[machine] = nil } }

  /// Has every program looked at first; nil lets the shell run it.
  func intercept(_ script: @escaping Script) { state.withLock { $0.script = script } }

  /// The programs that were run on a machine, in order.
  func programs(on machine: String) -> [String] { state.withLock { $0.programs[machine] ?? [] } }

  func connections(to machine: String) -> Int { state.withLock { $0.connections[machine] ?? 0 } }

  var openConnections: Int { state.withLock { $0.open } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Forgets what was run.
  func forget() {
    state.withLock {
      $0.programs = [:]
      $0.connections = [:]
      $0.isClosed = false
    }
  }

  /// The path on this computer of a machine's folder.
  func path(of machine: String) -> String { folder.path + "/" + machine }

  func connect(to machine: String) async throws -> any Connection {
    guard machines.contains(machine) else {
      throw Problem("nobody made the machine \(machine)", exitStatus: .failure)
    }
    if let problem = state.withLock({ $0.unreachable[machine] }) { throw problem }
    state.withLock {
      $0.connections[machine, default: 0] += 1
      $0.open += 1
    }
    for name in ["run", "var/lib", "etc"] {
      try FileManager.default.createDirectory(
        atPath: path(of: machine) + "/" + name, withIntermediateDirectories: true)
    }
    return ScratchConnection(testbed: self, machine: machine)
  }

  func close() async { state.withLock { $0.isClosed = true } }

  fileprivate func disconnected() { state.withLock { $0.open -= 1 } }

  fileprivate func run(
    _ program: RemoteProgram, on machine: String,
    _ onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    let script = state.withLock { state in
      state.programs[machine, default: []].append(program.text)
      return state.script
    }
    if let result = try await script?(machine, program) {
      if !result.output.isEmpty { onOutput(.output(result.output)) }
      if !result.errors.isEmpty { onOutput(.errors(result.errors)) }
      return result
    }
    if let problem = state.withLock({ $0.unreachable[machine] }) { throw problem }
    return try await shell.run(text(of: program, on: machine), onOutput: onOutput)
  }

  /// The program's text with the machine's folder for the places that programs write to.
  func text(of program: RemoteProgram, on machine: String) -> String {
    ["/run/planetbed", "/var/lib/planetbed"].reduce(program.text) {
      $0.replacing($1, with: path(of: machine) + $1)
    }
  }
}

private final class ScratchConnection: Connection {
  let connectDuration = Duration.milliseconds(7)
  private let testbed: ScratchTestbed
  private let machine: String
  private let isOpen = Mutex(true)

  init(testbed: ScratchTestbed, machine: String) {
    self.testbed = testbed
    self.machine = machine
  }

  func run(
    _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    guard isOpen.withLock({ $0 }) else {
      throw Problem("the connection to \(machine) is closed", host: machine, exitStatus: .failure)
    }
    return try await testbed.run(program, on: machine, onOutput)
  }

  func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult {
    throw Problem("the test expected no conversation", exitStatus: .failure)
  }

  func close() async {
    let wasOpen = isOpen.withLock { open in
      defer { open = false }
      return open
    }
    if wasOpen { testbed.disconnected() }
  }
}

/// A clock that stands still until a test turns it.
final class HandClock: Sendable {
  private struct State {
    var seconds = 0.0
    var sleepers: [(until: Double, key: Int, wake: CheckedContinuation<Void, any Error>)] = []
    var next = 0
    var watchers: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  /// 2026-11-21 00:00:00 UTC.
  static let beginning: Int64 = 1_795_219_200_000

  var clock: OperatorClock {
    OperatorClock(
      now: { [self] in Self.beginning + Int64(state.withLock { $0.seconds } * 1000) },
      uptime: { [self] in state.withLock { $0.seconds } },
      wait: { [self] in try await wait($0) })
  }

  private func wait(_ duration: Duration) async throws {
    let key = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let watchers = state.withLock { state in
          state.sleepers.append((state.seconds + duration.seconds, key, continuation))
          defer { state.watchers = [] }
          return state.watchers
        }
        for watcher in watchers { watcher.resume() }
        if Task.isCancelled { cancel(key) }
      }
    } onCancel: {
      cancel(key)
    }
  }

  private func cancel(_ key: Int) {
    let sleeper = state.withLock { state in
      let place = state.sleepers.firstIndex { $0.key == key }
      return place.map { state.sleepers.remove(at: $0) }
    }
    sleeper?.wake.resume(throwing: CancellationError())
  }

  /// Waits until someone waits for the clock.
  func someoneWaits() async {
    await withCheckedContinuation { continuation in
      let waits = state.withLock { state in
        if state.sleepers.isEmpty { state.watchers.append(continuation) }
        return !state.sleepers.isEmpty
      }
      if waits { continuation.resume() }
    }
  }

  /// Turns the clock on, and wakes those whose time has come.
  func advance(_ seconds: Double) {
    let woken = state.withLock { state in
      state.seconds += seconds
      let now = state.seconds
      let woken = state.sleepers.filter { $0.until <= now }
      state.sleepers.removeAll { $0.until <= now }
      return woken
    }
    for sleeper in woken { sleeper.wake.resume() }
  }
}

/// What a test remembers of what it was told.
final class Record<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }
}
