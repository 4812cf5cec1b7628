import Synchronization

/// The user's wish to stop. The first SIGINT lets every machine finish the task that it is at; the
/// second gives up at once.
package final class Interruption: Sendable {
  /// How urgent the wish is.
  package enum Level: Int, Sendable, Comparable {
    /// There is none.
    case none
    /// Finish what is begun, begin nothing new.
    case finishing
    /// Give up at once.
    case givingUp

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  private struct State {
    var level = Level.none
    var listeners: [Int: AsyncStream<Level>.Continuation] = [:]
    var nextListener = 0
  }

  private let state = Mutex(State())

  /// No wish yet.
  package init() {}

  /// How urgent the wish is now.
  package var level: Level { state.withLock { $0.level } }

  /// What a SIGINT does: the first call asks to finish, the second to give up.
  package func request() {
    let (level, listeners) = state.withLock { state in
      state.level = state.level == .none ? .finishing : .givingUp
      return (state.level, Array(state.listeners.values))
    }
    for listener in listeners { listener.yield(level) }
  }

  /// The level as it rises, the present one first when there is a wish already.
  package func levels() -> AsyncStream<Level> {
    let (stream, continuation) = AsyncStream.makeStream(of: Level.self)
    let (key, level) = state.withLock { state in
      let key = state.nextListener
      state.nextListener += 1
      state.listeners[key] = continuation
      return (key, state.level)
    }
    if level > .none { continuation.yield(level) }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: key) }
    }
    return stream
  }

  /// Runs `body` in a task of its own and cancels it when the level reaches `limit`.
  /// - Throws: what `body` throws; `CancellationError` from it when it was cancelled.
  package func cancelling<Value: Sendable>(
    at limit: Level, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await level in self.levels() where level >= limit { return nil }
        // The stream ends only by the cancellation below, when the body is done.
        throw CancellationError()
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
        group.cancelAll()
      }
      throw CancellationError()
    }
  }
}
