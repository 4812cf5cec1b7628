import Execution
import Reporting

extension Invocation {
  /// Does something that ends early, and in good order, when the user asks to stop.
  func stoppable<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let work = Task { try await body() }
    return try await surroundings.interrupts.handling {
      work.cancel()
    } while: {
      try await work.value
    }
  }

  /// Does something during which a request to stop is passed on to the run rather than ending the
  /// program, and which is shown until it ends.
  func showing<Result: Sendable>(
    _ progress: RunProgress, _ interruption: Interruption,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await ticking({ progress.tick() }, atEnd: { progress.pause() }, interruption, body)
  }

  /// The same for what is shown in another way: `tick` is called as seconds pass, and `atEnd` takes away
  /// what was drawn.
  func ticking<Result: Sendable>(
    _ tick: @escaping @Sendable () -> Void, atEnd: @escaping @Sendable () -> Void,
    _ interruption: Interruption, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let clock = surroundings.clock
    let restorer = surroundings.interrupts.remember(atEnd)
    defer {
      atEnd()
      surroundings.interrupts.forget(restorer)
    }
    return try await surroundings.interrupts.handling {
      interruption.request()
    } while: {
      try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        // So that seconds are seen to pass while nothing happens.
        group.addTask {
          while true {
            do { try await clock.wait(.milliseconds(500)) } catch { return nil }
            tick()
          }
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
          if let result { return result }
        }
        throw CancellationError()
      }
    }
  }
}
