import Diagnostics
import Planning
import Roles
import ShellPrograms
import Transport

/// Makes some steps of one machine so, with one program at most.
struct BatchWorker: Sendable {
  let ensemble: Ensemble
  let batch: Schedule.Batch
  /// What is known now.
  let facts: Facts
  let stop: StopSwitch
  /// Whether no program of this run has run on the machine.
  let isFirst: Bool
  /// The machines that have failed.
  let failed: Set<String>
  /// Which application reports a fact.
  let providers: [FactReference: RoleApplication.ID]

  /// Does the work.
  func work() async -> BatchOutcome {
    var outcome = BatchOutcome(host: batch.host)
    var done: [RoleApplication.ID] = []
    do {
      let tasks = try await tasks(&outcome, &done)
      guard !tasks.isEmpty else {
        outcome.done = done
        return outcome
      }
      outcome.ran = true
      try await run(tasks, done, &outcome)
    } catch {
      outcome.problem = Problem.of(error, host: batch.host, doing: "it was being changed")
    }
    return outcome
  }

  /// The tasks to be run, rendered with what is known now; `done` are the steps that are so
  /// already or will be when these tasks are.
  private func tasks(
    _ outcome: inout BatchOutcome, _ done: inout [RoleApplication.ID]
  ) async throws(Problem) -> [RoleTask] {
    let library = ensemble.runner.library
    let atFirst = Facts(hosts: ensemble.probes.answers.mapValues(\.facts))
    var chosen: [RoleTask] = []
    for step in batch.steps {
      let id = step.application.id
      let needed = step.needed(providers)
      if let lost = outcome.lost.first(where: { needed.contains($0.step.application.id) }) {
        outcome.lost.append((step, lost.culprit))
        continue
      }
      let tasks = try library.tasks(of: step.application, facts: facts)
      let missing = Set(tasks.flatMap(\.missingFacts)).sorted()
      if let culprit = missing.first(where: { failed.contains($0.host) }) {
        outcome.lost.append((step, culprit.host))
        continue
      }
      if let fact = missing.first { throw unknown(fact, in: tasks) }
      done.append(id)
      // What was satisfied is looked at again when it may be so no longer: something before it on
      // the machine has run, or it is made from other facts than when the machine was asked.
      let asProbed = try library.tasks(of: step.application, facts: atFirst)
      if step.changeCount > 0 || !isFirst || !chosen.isEmpty || tasks != asProbed {
        chosen += tasks
      } else {
        await ensemble.ledger.satisfied(step)
      }
    }
    return chosen
  }

  private func unknown(_ fact: FactReference, in tasks: [RoleTask]) -> Problem {
    let task = tasks.first { $0.missingFacts.contains(fact) }
    return Problem(
      "the fact \(fact.name) of \(fact.host) is not known",
      detail: "It is reported when \(fact.host) gets its roles; that has not happened in this run. "
        + "Apply to \(fact.host) too: without --limit, or with --limit host=\(fact.host).",
      host: batch.host, task: task.map { "\($0.id.application.role): \($0.name)" },
      exitStatus: .failure)
  }

  private func run(
    _ tasks: [RoleTask], _ done: [RoleApplication.ID], _ outcome: inout BatchOutcome
  ) async throws {
    guard let connection = ensemble.probes.connections[batch.host] else { return }
    let ledger = ensemble.ledger
    var program = ChangeCompiler.program(for: tasks, testbed: ensemble.testbed)
    program.text =
      StopSwitch.preamble(testbed: ensemble.testbed, run: ensemble.run) + program.text
    await ledger.starting(tasks)
    await ledger.ranProgram(on: batch.host)
    var names: [TaskID: String] = [:]
    for task in tasks { names[task.id] = task.name }
    var decoder = ChangeDecoder(tasks: tasks, host: batch.host)
    var failure: Problem?
    var unfinished = Set(tasks.map(\.id))
    var mayMissStop = true
    let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    async let ending = {
      defer { continuation.finish() }
      return try await connection.run(program) { chunk in
        if case .output(let bytes) = chunk { continuation.yield(bytes) }
      }
    }()
    var decodingProblem: Problem?
    for await piece in pieces where decodingProblem == nil {
      do {
        let events = try decoder.consume(piece)
        for case .finished(let task, let report) in events {
          // What waits for a task that failed must not go on.
          if report.status != .failed { unfinished.remove(task) }
          if let fact = report.registered { outcome.facts[fact.name] = fact.value }
          if report.status == .failed { failure = failure ?? report.failure }
        }
        await ledger.tell(events, host: batch.host, names: names)
      } catch {
        decodingProblem = error
      }
      // The stop may have been asked for before the program was there to hear it.
      if mayMissStop && stop.isPulled { await ensemble.askToStop(batch.host) }
      mayMissStop = false
    }
    let result = try await ending
    await ledger.heard(from: batch.host)
    outcome.done = done.filter { id in !unfinished.contains { $0.application == id } }
    if let failure { throw failure }
    if let decodingProblem { throw decodingProblem }
    try decoder.finish(result)
  }
}
