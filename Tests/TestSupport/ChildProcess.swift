import CPlatform
import Dispatch
import Foundation
import Synchronization

/// A program that a test started, of whose end and output nothing is lost.
///
/// Foundation's `Process` is not used: it passes on blocked signals, and now and then misses a
/// child's end when many start at once.
package final class ChildProcess: Sendable {
  /// How a program ended and what it wrote.
  package struct Outcome: Sendable {
    /// Its exit status, or 128 + the signal that ended it.
    package var status: Int32
    /// All of its standard output.
    package var output: String
    /// All of its standard error.
    package var errors: String

    /// Both, for a test's message.
    package var everything: String { "exit status \(status)\n\(output)\n\(errors)" }
  }

  /// The process id.
  package let id: Int32
  private struct State {
    var output: [UInt8] = []
    var errors: [UInt8] = []
    var status: Int32?
    var openStreams = 2
    var endWaiters: [CheckedContinuation<Void, Never>] = []
    var lineWaiters: [(text: String, resume: CheckedContinuation<Bool, Never>)] = []

    var ended: Bool { status != nil && openStreams == 0 }
  }
  private let state = Mutex(State())

  /// Starts a program with an empty standard input.
  /// - Throws: `POSIXError` when it cannot be started.
  package init(
    _ path: String, _ arguments: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment,
    input: Int32 = -1
  ) throws {
    var outputEnds: [Int32] = [-1, -1]
    var errorEnds: [Int32] = [-1, -1]
    guard planetbed_pipe(&outputEnds) == 0, planetbed_pipe(&errorEnds) == 0 else {
      throw POSIXError(.EMFILE)
    }
    let argv = ([path] + arguments).map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    id = planetbed_spawn(path, argv, envp, [input, outputEnds[1], errorEnds[1]], 1, 0)
    let reason = errno
    close(outputEnds[1])
    close(errorEnds[1])
    guard id > 0 else {
      close(outputEnds[0])
      close(errorEnds[0])
      throw POSIXError(POSIXErrorCode(rawValue: reason) ?? .EIO)
    }
    read(outputEnds[0], into: \.output)
    read(errorEnds[0], into: \.errors)
    Thread.detachNewThread { [self] in awaitEnd() }
  }

  private func read(_ descriptor: Int32, into bytes: any WritableKeyPath<State, [UInt8]> & Sendable)
  {
    Thread.detachNewThread { [self] in
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        change { $0[keyPath: bytes] += buffer[..<count] }
      }
      close(descriptor)
      change { $0.openStreams -= 1 }
    }
  }

  private func awaitEnd() {
    var raw: Int32 = 0
    while waitpid(id, &raw, 0) < 0 && errno == EINTR {}
    let status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
    change { $0.status = status }
  }

  /// Changes the state, and wakes whoever waited for what it is now.
  private func change(_ body: (inout State) -> Void) {
    let (ended, seen) = state.withLock { state in
      body(&state)
      var ended: [CheckedContinuation<Void, Never>] = []
      if state.ended { swap(&ended, &state.endWaiters) }
      let text =
        String(decoding: state.output, as: UTF8.self)
        + String(decoding: state.errors, as: UTF8.self)
      let over = state.ended
      let seen = state.lineWaiters.compactMap {
        waiter -> (CheckedContinuation<Bool, Never>, Bool)? in
        if text.contains(waiter.text) { return (waiter.resume, true) }
        return over ? (waiter.resume, false) : nil
      }
      state.lineWaiters.removeAll { over || text.contains($0.text) }
      return (ended, seen)
    }
    ended.forEach { $0.resume() }
    seen.forEach { $0.0.resume(returning: $0.1) }
  }

  /// Waits until it has ended and all it wrote is read.
  package func outcome() async -> Outcome {
    await withCheckedContinuation { continuation in
      let now = state.withLock { state in
        if !state.ended { state.endWaiters.append(continuation) }
        return state.ended
      }
      if now { continuation.resume() }
    }
    return state.withLock {
      Outcome(
        status: $0.status ?? -1, output: String(decoding: $0.output, as: UTF8.self),
        errors: String(decoding: $0.errors, as: UTF8.self))
    }
  }

  /// Waits until it has written the text; false when it ended without.
  package func writes(_ text: String) async -> Bool {
    await withCheckedContinuation { continuation in
      state.withLock { $0.lineWaiters.append((text, continuation)) }
      change { _ in }
    }
  }

  /// Sends it a signal, unless it has ended.
  package func signal(_ number: Int32) {
    if state.withLock({ $0.status == nil }) { kill(id, number) }
  }

  /// Runs a program to its end.
  package static func run(
    _ path: String, _ arguments: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> Outcome {
    try await ChildProcess(path, arguments, environment: environment).outcome()
  }
}
