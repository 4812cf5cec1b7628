import ShellPrograms
import Synchronization

/// The operator's side of a program that is talked with while it runs: a line goes to the program's
/// standard input, and its next line of output is the answer.
///
/// A connection that runs such a program (`Connection.run(_:in:)`) calls `open` once the program can
/// be talked to, `take` with what it writes, and `end` when it has ended.
package final class Conversation: Sendable {
  /// How a connection gets lines to the program.
  package struct Input: Sendable {
    /// Sends bytes to its standard input.
    package var send: @Sendable ([UInt8]) -> Void
    /// Ends its standard input.
    package var finish: @Sendable () -> Void

    /// How a connection gets lines to the program.
    package init(
      send: @escaping @Sendable ([UInt8]) -> Void, finish: @escaping @Sendable () -> Void
    ) {
      self.send = send
      self.finish = finish
    }
  }

  /// Why no answer will come.
  package enum Silence: Error, Sendable, Hashable {
    /// The program ended, in this way.
    case ended(ProgramResult)
    /// It wrote a line that is longer than any answer.
    case tooMuch
    /// The connection is gone, or the conversation was given up.
    case givenUp
  }

  /// The longest line in bytes that is an answer.
  package static let longestLine = 4096
  /// How many lines may have come that nobody asked for yet.
  private static let mostLines = 64

  private struct State {
    var input: Input?
    /// What was asked before the program was there.
    var unsent: [UInt8] = []
    var finished = false
    var partial: [UInt8] = []
    var lines: [[UInt8]] = []
    var waiters: [(number: Int, answer: CheckedContinuation<[UInt8], any Error>)] = []
    var lastNumber = 0
    var end: Silence?
  }

  private let state = Mutex(State())

  /// A conversation that has not begun.
  package init() {}

  // MARK: - The one who asks

  /// Sends a line (its line end is added) and waits for the next line of the program's output,
  /// which is returned without its line end. Answers come in the order of the questions.
  /// - Throws: `Silence` when no answer will come; `CancellationError`, after which nothing more can
  ///   be asked.
  package func ask(_ line: String) async throws -> [UInt8] {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let now: Result<[UInt8], any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if let end = state.end { return .failure(end) }
          let bytes = Array((line + "\n").utf8)
          if let input = state.input { input.send(bytes) } else { state.unsent += bytes }
          guard state.waiters.isEmpty, !state.lines.isEmpty else {
            state.waiters.append((number, continuation))
            return nil
          }
          return .success(state.lines.removeFirst())
        }
        if let now { continuation.resume(with: now) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let place = state.waiters.firstIndex { $0.number == number }
        return place.map { state.waiters.remove(at: $0).answer }
      }
      waiter?.resume(throwing: CancellationError())
      end(.givenUp)
    }
  }

  /// Nothing more is asked: the program's standard input ends.
  package func finish() {
    state.withLock { state in
      if state.finished { return }
      state.finished = true
      state.input?.finish()
    }
  }

  // MARK: - The connection

  /// The program can be talked to.
  package func open(_ input: Input) {
    state.withLock { state in
      state.input = input
      if !state.unsent.isEmpty { input.send(state.unsent) }
      state.unsent = []
      if state.finished { input.finish() }
    }
  }

  /// What the program wrote to its standard output, in pieces of any size.
  package func take(_ bytes: [UInt8]) {
    var answered: [(CheckedContinuation<[UInt8], any Error>, [UInt8])] = []
    var isTooMuch = false
    state.withLock { state in
      if state.end != nil { return }
      for byte in bytes {
        guard byte == UInt8(ascii: "\n") else {
          state.partial.append(byte)
          continue
        }
        if state.waiters.isEmpty {
          state.lines.append(state.partial)
        } else {
          answered.append((state.waiters.removeFirst().answer, state.partial))
        }
        state.partial.removeAll(keepingCapacity: true)
      }
      isTooMuch = state.partial.count > Self.longestLine || state.lines.count > Self.mostLines
    }
    for (waiter, line) in answered { waiter.resume(returning: line) }
    if isTooMuch { end(.tooMuch) }
  }

  /// No more answers will come. Nothing happens the second time.
  package func end(_ why: Silence) {
    let waiters = state.withLock { state in
      if state.end == nil { state.end = why }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.answer.resume(throwing: why) }
  }
}

extension Connection {
  /// Runs a program and talks with it; its standard input ends when `body` does, and its end is waited
  /// for. When `body` throws, the program is given up.
  /// - Throws: what `body` throws, unless the connection has a `Problem` that tells more.
  package func converse<Value: Sendable>(
    _ program: RemoteProgram,
    _ body: @escaping @Sendable (Conversation) async throws -> Value
  ) async throws -> Value {
    let conversation = Conversation()
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        do {
          conversation.end(.ended(try await self.run(program, in: conversation)))
          return nil
        } catch {
          conversation.end(.givenUp)
          throw error
        }
      }
      group.addTask {
        do {
          let value = try await body(conversation)
          conversation.finish()
          return value
        } catch Conversation.Silence.givenUp {
          // The connection tells why.
          return nil
        }
      }
      defer { group.cancelAll() }
      var value: Value?
      while let part = try await group.next() { value = part ?? value }
      guard let value else { throw Conversation.Silence.givenUp }
      return value
    }
  }
}
