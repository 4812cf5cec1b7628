import Diagnostics
import Planning
import Roles

/// The account of a run as it goes: it tells the events, keeps the journal, and sums up.
actor Ledger {
  private let run: String
  private let journal: Journal
  private let clock: OperatorClock
  private let onEvent: @Sendable (RunEvent) -> Void
  private let begun: Double
  private let probeSeconds: Double
  private var hosts: [RunResult.HostResult]
  private var places: [String: Int] = [:]
  private var stages: [StageAccount] = []
  private var stagePlaces: [String: Int] = [:]
  private var lastSteps: [HostStage: RoleApplication.ID] = [:]
  private var openStages: [HostStage: OpenStage] = [:]
  private var lastTasks: Set<TaskID> = []
  private var problems: [Diagnostic] = []
  private var journalFailed = false

  private struct HostStage: Hashable {
    var host: String
    var stage: String
  }
  private struct OpenStage {
    var begun: Double
    var changed = 0
  }
  private struct StageAccount {
    var name: String
    var begun: Double?
    var ended: Double?
    var changed = 0
  }

  init(
    run: String, plan: Plan, probes: Probes, journal: Journal, clock: OperatorClock,
    onEvent: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.run = run
    self.journal = journal
    self.clock = clock
    self.onEvent = onEvent
    begun = clock.uptime()
    probeSeconds = probes.seconds
    hosts = probes.hosts
    for (place, host) in hosts.enumerated() { places[host.name] = place }
    for host in plan.hosts {
      for step in host.steps {
        let id = step.application.id
        if stagePlaces[id.stage] == nil {
          stagePlaces[id.stage] = stages.count
          stages.append(StageAccount(name: id.stage))
        }
        lastSteps[HostStage(host: id.host, stage: id.stage)] = id
      }
    }
  }

  /// Enters the machines that the probe did not reach, and those in whose way something stands.
  func begin(_ plan: Plan) async {
    for host in hosts {
      if let problem = host.problem { await journalFailure(host.name, problem) }
    }
    for host in plan.hosts where !host.problems.isEmpty {
      await failed(host.host, Problem(host.problems, exitStatus: .failure))
    }
  }

  /// A program is run on the machine.
  func ranProgram(on host: String) { update(host) { $0.roundTrips += 1 } }

  /// The machine has answered; its time ends here for now.
  func heard(from host: String) {
    let sinceBeginning = clock.uptime() - begun
    let probe = probeSeconds
    update(host) { $0.seconds = max($0.seconds, probe + sinceBeginning) }
  }

  /// A step needs no program.
  func satisfied(_ step: PlanStep) {
    update(step.application.id.host) { $0.ok += step.differences.count }
  }

  /// These tasks are about to be run in one program.
  func starting(_ tasks: [RoleTask]) {
    var last: [RoleApplication.ID: TaskID] = [:]
    for task in tasks { last[task.id.application] = task.id }
    for (application, task) in last {
      let stage = HostStage(host: application.host, stage: application.stage)
      if lastSteps[stage] == application { lastTasks.insert(task) }
    }
  }

  /// What a program told.
  func tell(_ events: [ChangeEvent], host: String, names: [TaskID: String]) async {
    var records: [EventRecord] = []
    for event in events {
      switch event {
      case .started(let task):
        open(task, on: host)
        onEvent(.taskStarted(host: host, task: task, name: names[task] ?? ""))
      case .output(let task, let line):
        onEvent(.taskOutput(host: host, task: task, line: line))
      case .finished(let task, let report):
        let name = names[task] ?? ""
        finished(task, report, host: host, name: name)
        records.append(
          EventRecord(
            time: clock.now(), kind: "task", host: host, stage: task.application.stage, task: name,
            status: report.status.rawValue, seconds: report.seconds,
            detail: report.failure.map(\.description)))
      }
    }
    if !records.isEmpty { await enter(records) }
  }

  private func open(_ task: TaskID, on host: String) {
    let stage = task.application.stage
    let key = HostStage(host: host, stage: stage)
    guard openStages[key] == nil else { return }
    let now = clock.uptime()
    openStages[key] = OpenStage(begun: now)
    if let place = stagePlaces[stage], stages[place].begun == nil { stages[place].begun = now }
    onEvent(.stageStarted(host: host, stage: stage))
  }

  private func finished(_ task: TaskID, _ report: TaskReport, host: String, name: String) {
    let stage = task.application.stage
    let key = HostStage(host: host, stage: stage)
    // A task that is so already is told of by its end alone.
    open(task, on: host)
    let status: TaskStatus
    switch report.status {
    case .ok:
      status = .ok
      update(host) { $0.ok += 1 }
    case .changed:
      status = .changed
      update(host) { $0.changed += 1 }
      openStages[key]?.changed += 1
      if let place = stagePlaces[stage] { stages[place].changed += 1 }
    case .failed:
      status = .failed
      update(host) { $0.failed += 1 }
    case .skipped:
      status = .skipped
    }
    onEvent(
      .taskFinished(host: host, task: task, name: name, status: status, seconds: report.seconds))
    let now = clock.uptime()
    if let place = stagePlaces[stage] { stages[place].ended = now }
    if lastTasks.remove(task) != nil, status != .failed, let open = openStages[key] {
      onEvent(
        .stageFinished(
          host: host, stage: stage, changed: open.changed, seconds: now - open.begun))
    }
  }

  /// A machine failed; nothing more is done to it.
  func failed(_ host: String, _ problem: Problem) async {
    update(host) {
      $0.problem = problem
      // A failed task is counted already; a lost connection is a failure of its own.
      if $0.failed == 0 { $0.failed = 1 }
    }
    onEvent(.hostFailed(host: host, problem: problem))
    await journalFailure(host, problem)
  }

  /// A machine was left alone, wholly or in part.
  func skipped(_ host: String, because culprit: String) async {
    var isNews = false
    update(host) {
      isNews = $0.skippedBecause == nil && $0.problem == nil
      if isNews { $0.skippedBecause = culprit }
    }
    guard isNews else { return }
    onEvent(.hostSkipped(host: host, because: culprit))
    await enter([EventRecord(time: clock.now(), kind: "skipped", host: host, detail: culprit)])
  }

  /// The user asked to stop.
  func interrupted() { onEvent(.interrupted) }

  /// Something went wrong beside the machines.
  func note(_ problem: Problem) { problems += problem.diagnostics }

  /// Sums up and enters the run's end.
  func finish(interrupted: Bool) async -> RunResult {
    let failed = hosts.reduce(0) { $0 + $1.failed }
    let outcome: RunRecord.Outcome =
      interrupted ? .interrupted : failed > 0 || !problems.isEmpty ? .failure : .success
    await end(outcome)
    return RunResult(
      run: run, changed: hosts.reduce(0) { $0 + $1.changed },
      ok: hosts.reduce(0) { $0 + $1.ok }, failed: failed,
      seconds: probeSeconds + clock.uptime() - begun,
      stages: stages.map { stage in
        .init(
          name: stage.name, seconds: (stage.ended ?? 0) - (stage.begun ?? stage.ended ?? 0),
          changed: stage.changed)
      }, hosts: hosts, interrupted: interrupted, problems: problems)
  }

  /// Enters the run's end in the journal.
  func end(_ outcome: RunRecord.Outcome) async {
    do {
      try await journal.end(
        run, outcome: outcome, changed: hosts.reduce(0) { $0 + $1.changed },
        ok: hosts.reduce(0) { $0 + $1.ok }, failed: hosts.reduce(0) { $0 + $1.failed },
        time: clock.now())
    } catch {
      noteJournal(error)
    }
  }

  private func update(_ host: String, _ change: (inout RunResult.HostResult) -> Void) {
    // A router outside the scope that only keeps the lock is no part of the result.
    guard let place = places[host] else { return }
    change(&hosts[place])
  }

  private func journalFailure(_ host: String, _ problem: Problem) async {
    await enter([
      EventRecord(time: clock.now(), kind: "failed", host: host, detail: problem.description)
    ])
  }

  private func enter(_ records: [EventRecord]) async {
    guard !journalFailed else { return }
    do {
      try await journal.add(records, to: run)
    } catch {
      noteJournal(error)
    }
  }

  /// The machines matter more than their record: the run goes on, and its result tells.
  private func noteJournal(_ problem: Problem) {
    if !journalFailed { problems += problem.diagnostics }
    journalFailed = true
  }
}
