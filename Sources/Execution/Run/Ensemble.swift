import Diagnostics
import Inventories
import Planning
import Roles
import Synchronization
import Transport

/// All machines of a run at work: starts each program as soon as it may run, and stops when asked.
struct Ensemble: Sendable {
  let runner: Runner
  let run: String
  let probes: Probes
  let ledger: Ledger
  let lock: HeldLock?

  /// What the parts of a run tell the one that directs it.
  private enum Message: Sendable {
    /// A batch has ended.
    case ended(BatchOutcome)
    /// Begin nothing new, and why, when it is not the user's wish.
    case stop(Problem?)
    /// A part ended that has nothing to tell.
    case nothing
  }

  /// Runs until every step is done or lost, or the run is stopped. The user's second interruption
  /// gives up the programs that run.
  func carryOut(_ schedule: Schedule, facts: Facts) async {
    // The body throws nothing, and ends by itself when it is cancelled.
    _ = try? await runner.interruption.cancelling(at: .givingUp) {
      await direct(schedule, facts: facts)
    }
  }

  private func direct(_ initial: Schedule, facts initialFacts: Facts) async {
    var schedule = initial
    var facts = initialFacts
    var running: Set<String> = []
    var isStopping = false
    let stop = StopSwitch()
    await withTaskGroup(of: Message.self) { group in
      let levels = runner.interruption.levels()
      group.addTask {
        for await level in levels where level >= .finishing { return .stop(nil) }
        return .nothing
      }
      if let lock {
        group.addTask { await lock.keep().map { .stop($0) } ?? .nothing }
      }
      while true {
        if !isStopping && runner.interruption.level == .none {
          for batch in schedule.next() {
            running.insert(batch.host)
            let worker = BatchWorker(
              ensemble: self, batch: batch, facts: facts, stop: stop,
              isFirst: !schedule.hasRun(batch.host), failed: schedule.lostHosts,
              providers: schedule.providers)
            group.addTask { .ended(await worker.work()) }
          }
          for (host, culprit) in schedule.skips.sorted(by: { $0.key < $1.key }) {
            await ledger.skipped(host, because: culprit)
          }
        }
        guard !running.isEmpty, let message = await group.next() else { break }
        switch message {
        case .ended(let outcome):
          running.remove(outcome.host)
          await settle(outcome, in: &schedule, facts: &facts)
        case .stop(let problem):
          if let problem { await ledger.note(problem) } else { await ledger.interrupted() }
          guard !isStopping else { continue }
          isStopping = true
          stop.pull()
          for host in running {
            group.addTask {
              await self.askToStop(host)
              return .nothing
            }
          }
        case .nothing: continue
        }
      }
      group.cancelAll()
    }
  }

  private func settle(
    _ outcome: BatchOutcome, in schedule: inout Schedule, facts: inout Facts
  ) async {
    for (name, value) in outcome.facts {
      facts.hosts[outcome.host]?.registered[name] = value
    }
    for id in outcome.done { schedule.done(id) }
    for (step, culprit) in outcome.lost { schedule.lose(step, because: culprit) }
    if let problem = outcome.problem {
      schedule.failed(outcome.host)
      await ledger.failed(outcome.host, problem)
    } else {
      schedule.ended(on: outcome.host, ran: outcome.ran)
    }
  }

  /// Tells the change program of this run on the machine to end after the task that it is at.
  func askToStop(_ host: String) async {
    guard let connection = probes.connections[host] else { return }
    await ledger.ranProgram(on: host)
    // A machine that cannot be told is lost anyhow, and its program's end says so.
    _ = try? await connection.run(StopSwitch.program(testbed: testbed, run: run))
  }

  /// The testbed's name.
  var testbed: String { runner.planner.inventory.testbed.name }
}

/// Whether the machines were asked to end after their current task.
final class StopSwitch: Sendable {
  private let pulled = Mutex(false)

  /// Whether it was pulled.
  var isPulled: Bool { pulled.withLock { $0 } }

  /// Asks the machines to end.
  func pull() { pulled.withLock { $0 = true } }
}

/// What a batch came to.
struct BatchOutcome: Sendable {
  var host: String
  /// The steps that are so now.
  var done: [RoleApplication.ID] = []
  /// The steps that could not be tried, and the machine that failed first.
  var lost: [(step: PlanStep, culprit: String)] = []
  /// The facts that were reported, by name.
  var facts: [String: String] = [:]
  /// Whether a program ran.
  var ran = false
  /// Why the machine failed.
  var problem: Problem?

  init(host: String) { self.host = host }
}
