import Foundation
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct InterruptionTests {
  @Test func risesTwice() async {
    let interruption = Interruption()
    #expect(interruption.level == .none)
    var early = interruption.levels().makeAsyncIterator()
    interruption.request()
    #expect(interruption.level == .finishing)
    #expect(await early.next() == .finishing)
    var late = interruption.levels().makeAsyncIterator()
    #expect(await late.next() == .finishing)
    interruption.request()
    interruption.request()
    #expect(interruption.level == .givingUp)
    #expect(await late.next() == .givingUp)
  }

  @Test func cancelsWhatIsLessUrgent() async throws {
    let interruption = Interruption()
    #expect(try await interruption.cancelling(at: .finishing) { 7 } == 7)
    await #expect(throws: CancellationError.self) {
      try await interruption.cancelling(at: .finishing) {
        interruption.request()
        try await HandClock().clock.wait(.seconds(1))
      }
    }
    // One that waits for the second wish is not touched by the first.
    #expect(try await interruption.cancelling(at: .givingUp) { Task.isCancelled } == false)
    await #expect(throws: CancellationError.self) {
      try await interruption.cancelling(at: .finishing) {
        try await HandClock().clock.wait(.seconds(1))
      }
    }
  }

  @Test func cancellingFromOutsideReachesTheBody() async {
    let clock = HandClock()
    let task = Task {
      try await Interruption().cancelling(at: .finishing) {
        try await clock.clock.wait(.seconds(1))
      }
    }
    await clock.someoneWaits()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
