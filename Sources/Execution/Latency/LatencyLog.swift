import Clocks
import Diagnostics
import LatencyInjection

/// A change of delays in the journal, under the testbed's lock of this computer.
struct LatencyLog: Sendable {
  /// The change's name.
  let run: String
  private let journal: Journal
  private let clock: OperatorClock
  private let lock: LocalLock

  init(run: String, journal: Journal, clock: OperatorClock, lock: LocalLock) {
    self.run = run
    self.journal = journal
    self.clock = clock
    self.lock = lock
  }

  /// Enters what each router is told, and its clock, before it is told.
  func ships(_ routers: [LatencyRouter], _ what: String) async throws(Problem) {
    let time = clock.now()
    try await journal.add(
      routers.map { router in
        EventRecord(
          time: time, kind: "latency", host: router.router, task: what,
          detail: router.changes.map { "\($0.peer) \($0.text ?? "-")" }.joined(separator: "\n"))
      }, to: run)
    try await journal.add(
      routers.flatMap { router in
        guard let clock = router.result.clock else { return [SampleRecord]() }
        return [
          ("clock-offset", clock.milliseconds), ("clock-uncertainty", clock.uncertainty),
          ("clock-rtt", clock.roundTrip),
        ].map {
          SampleRecord(kind: $0.0, source: router.router, value: $0.1, unit: "ms", time: time)
        }
      }, to: run)
  }

  /// Enters how late changes were made, in milliseconds after they were due.
  func made(_ router: String, late: [Int]) async throws(Problem) {
    let time = clock.now()
    try await journal.add(
      late.map {
        SampleRecord(kind: "late", source: router, value: Double($0), unit: "ms", time: time)
      }, to: run)
  }

  /// Lets other runs of this computer begin; what is still to be recorded can be.
  func unlock() { lock.release() }

  /// Enters the end, and lets other runs begin.
  /// - Returns: why it could not be entered.
  func end(
    _ outcome: RunRecord.Outcome, changed: Int, routers: [LatencyRouterResult]
  ) async -> [Diagnostic] {
    defer { lock.release() }
    let time = clock.now()
    let failures = routers.compactMap { router in
      router.problem.map {
        EventRecord(time: time, kind: "failed", host: router.router, detail: $0.description)
      }
    }
    do {
      try await journal.add(failures, to: run)
      try await journal.end(
        run, outcome: outcome, changed: changed, ok: 0, failed: failures.count, time: time)
      return []
    } catch {
      return error.diagnostics
    }
  }
}
