import Synchronization

/// What happens when the user asks to stop (SIGINT, SIGTERM, SIGHUP).
///
/// A verb that can stop in good order says how. Where none has, or when it is not done yet and
/// the terminal was changed, whatever was changed on the terminal is put back.
package final class Interrupts: Sendable {
  private struct State {
    var next = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
    var restorers: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Runs `body`, during which a request to stop calls `handler` rather than ending the program.
  package func handling<Result>(
    _ handler: @escaping @Sendable () -> Void, while body: () async throws -> Result
  ) async rethrows -> Result {
    let number = enter { $0.handlers[$1] = handler }
    defer { state.withLock { $0.handlers[number] = nil } }
    return try await body()
  }

  /// Notes what puts the terminal back as it was, should the program end before `forget`.
  package func remember(_ restorer: @escaping @Sendable () -> Void) -> Int {
    enter { $0.restorers[$1] = restorer }
  }

  /// The terminal is as it was.
  package func forget(_ number: Int) { state.withLock { $0.restorers[number] = nil } }

  /// The user asks to stop. Returns whether somebody sees to it; if not, the program ends.
  package func raise() -> Bool {
    let handlers = state.withLock { $0.handlers.sorted { $0.key < $1.key }.map(\.value) }
    for handler in handlers { handler() }
    return !handlers.isEmpty
  }

  /// Puts the terminal back as it was.
  package func restoreTerminal() {
    let restorers = state.withLock { $0.restorers.values.map(\.self) }
    for restorer in restorers { restorer() }
  }

  private func enter(_ change: (inout State, Int) -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      change(&state, state.next)
      return state.next
    }
  }
}
