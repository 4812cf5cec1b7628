import Diagnostics
import ShellPrograms
import Synchronization
import Transport

/// The lock on a router as a run holds it: taken, renewed, given back.
final class HeldLock: Sendable {
  private let lock: RouterLock
  private let connection: any Connection
  private let closesConnection: Bool
  private let clock: OperatorClock
  private let onProgram: @Sendable () async -> Void
  private let validUntil = Mutex(0.0)

  /// - Parameters:
  ///   - closesConnection: whether the connection was made for the lock alone.
  ///   - onProgram: called for every program that is run on the router.
  init(
    lock: RouterLock, connection: any Connection, closesConnection: Bool, clock: OperatorClock,
    onProgram: @escaping @Sendable () async -> Void
  ) {
    self.lock = lock
    self.connection = connection
    self.closesConnection = closesConnection
    self.clock = clock
    self.onProgram = onProgram
  }

  /// Takes the lock.
  /// - Parameter expecting: who had it when the plan was made: nil when nobody looked, and nil
  ///   within when nobody had it.
  /// - Throws: `Problem` when another has it, or had it since the plan was made.
  func take(expecting: RouterLock.Holder??) async throws(Problem) {
    let answer: RouterLock.Answer
    do {
      answer = try await ask(lock.takingProgram)
    } catch {
      await abandon()
      throw error
    }
    switch answer {
    case .held(let holder):
      await abandon()
      throw lock.conflict(with: holder)
    case .taken(let before):
      // The expiry is compared too: a holder that the probe met at work has given it back since.
      if let expecting, let before, before != expecting {
        await release(removing: false)
        throw lock.change(by: before)
      }
    }
  }

  /// Renews the lock until the task is cancelled. A renewal that fails is made good by the next,
  /// as long as the lock is valid.
  /// - Returns: why the run must not go on; nil when it was cancelled.
  func keep() async -> Problem? {
    while !Task.isCancelled {
      do { try await clock.wait(RouterLock.renewal) } catch { return nil }
      do {
        if case .held(let holder) = try await ask(lock.renewingProgram) {
          return lock.loss(to: holder)
        }
      } catch {
        if clock.uptime() >= validUntil.withLock({ $0 }) { return error }
      }
    }
    return nil
  }

  /// Gives the lock back; one that cannot be given back expires.
  func release(removing: Bool) async {
    await onProgram()
    _ = try? await connection.run(lock.releasingProgram(removing: removing))
    await abandon()
  }

  /// Leaves the lock to its expiry.
  func abandon() async {
    if closesConnection { await connection.close() }
  }

  private func ask(_ program: RemoteProgram) async throws(Problem) -> RouterLock.Answer {
    let asked = clock.uptime()
    await onProgram()
    do {
      let answer = try lock.answer(from: try await connection.run(program))
      if case .taken = answer {
        validUntil.withLock { $0 = asked + RouterLock.validity.seconds }
      }
      return answer
    } catch {
      throw Problem.of(error, host: lock.router, doing: "the testbed's lock was asked for")
    }
  }
}
