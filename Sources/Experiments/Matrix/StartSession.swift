import Diagnostics
import Execution
import Measurement

/// The work on an experiment from its beginning, or from where it was left, to its end.
struct StartSession {
  private let runner: StartExperimentRunner
  private let request: StartRequest
  private let matrix: StartMatrix
  private let journal: Journal
  private let archive: StartArchive
  private var experiment: StartExperiment
  private var remarks: [Diagnostic] = []
  private var problems: [Diagnostic] = []
  /// Whether the experiment is in the journal.
  private var isEntered = false
  /// Whether what was there before is known, so that it can be put back.
  private var isNoted = false
  /// Whether the starter may have made something in the cluster.
  private var hasStarter = false
  /// Runs that were done in this session: all, and those that were not completed.
  private var done = (all: 0, incomplete: 0)

  init(
    _ runner: StartExperimentRunner, _ request: StartRequest, _ matrix: StartMatrix,
    _ experiment: StartExperiment, _ journal: Journal
  ) {
    self.runner = runner
    self.request = request
    self.matrix = matrix
    self.experiment = experiment
    self.journal = journal
    archive = StartArchive(journal, now: runner.clock.now)
  }

  /// How many runs are to be done still.
  var missing: Int {
    experiment.cells.reduce(0) { $0 + numbers(missingOf: $1).count }
  }

  /// Does what is missing, and puts back what was there before.
  /// - Parameter isNew: whether nothing of it is in the journal yet.
  /// - Throws: `Problem` when it could not begin.
  mutating func perform(isNew: Bool) async throws(Problem) -> StartExperimentResult {
    let begun = runner.clock.uptime()
    isEntered = !isNew
    if experiment.manifest.operatorLoad.isEmpty, let load = runner.load() {
      experiment.manifest.operatorLoad = [load]
    }
    runner.onEvent(
      .began(run: experiment.run, missing: missing, of: experiment.cells.count * request.runs))
    var failure: Problem?
    do throws(Problem) {
      try await prepare()
      try await instrument()
      for turn in matrix.turns { try await take(turn) }
    } catch {
      failure = error
    }
    let interrupted = failure != nil && runner.interruption.level > .none
    runner.onEvent(interrupted ? .interrupted : .restoring)
    await restore()
    experiment.seconds += runner.clock.uptime() - begun
    if let first = experiment.manifest.operatorLoad.first, let last = runner.load() {
      experiment.manifest.operatorLoad = [first, last]
    }
    await end(interrupted ? .interrupted : failure == nil ? .success : .failure)
    if !isEntered, let failure {
      // Nothing was measured: there is nothing but the reason.
      throw Problem(
        failure.diagnostics + remarks + problems,
        exitStatus: interrupted ? .interrupted : failure.exitStatus)
    }
    return StartExperimentResult(
      experiment: experiment, interrupted: interrupted, missing: missing,
      failure: interrupted ? nil : failure, remarks: remarks, problems: problems)
  }

  // MARK: - Its parts

  /// Looks at the delays and the cluster, and enters the experiment in the journal, so that it can be
  /// taken up again before anything is changed.
  private mutating func prepare() async throws(Problem) {
    let known = isEntered ? try await archive.delaysBefore(run: experiment.run) : nil
    let before = try await runner.delays.remember(request.delays, known: known)
    isNoted = true
    if request.delays.contains(where: { $0 != nil }) { remarks += runner.delays.remarks }
    let (starter, request) = (runner.starter, request)
    try checkInterruption()
    hasStarter = true
    let ground = try await interruptibly { try await starter.prepare(request) }
    experiment.manifest.kubernetes = ground.kubernetes
    experiment.manifest.image = ground.image
    experiment.manifest.machines = ground.machines
    try await archive.enter(request, experiment)
    isEntered = true
    try await archive.enter(delaysBefore: before, of: experiment.run)
    runner.onEvent(.prepared(ground))
  }

  /// Measures what the instrument itself takes: the mean of as many starts of no containers as a cell has
  /// runs.
  private mutating func instrument() async throws(Problem) {
    guard request.measuresInstrument, experiment.manifest.instrumentSeconds == nil else { return }
    var seconds: [Double] = []
    for number in 1...request.runs {
      runner.onEvent(.instrument(run: number, of: request.runs))
      let run = try await start(containers: 0, number: number)
      if run.isComplete { seconds.append(run.seconds) }
    }
    experiment.manifest.instrumentSeconds = SampleSummary(seconds)?.mean
    try await archive.update(experiment)
  }

  /// Runs the cells of a delay that are not done.
  private mutating func take(_ turn: StartMatrix.Turn) async throws(Problem) {
    let places = turn.places.filter { !numbers(missingOf: experiment.cells[$0]).isEmpty }
    guard !places.isEmpty else { return }
    try checkInterruption()
    let rtt = turn.rttMilliseconds
    runner.onEvent(.switching(rttMilliseconds: rtt))
    let delay = try await runner.delays.change(to: rtt, for: longest)
    remarks += delay.diagnostics
    try await enter(delay, of: rtt)
    runner.onEvent(.switched(rttMilliseconds: rtt, delay))
    for place in places {
      experiment.cells[place].measuredRTTMilliseconds = delay.rttMilliseconds
      // What was off in an earlier part of the experiment was off.
      if experiment.cells[place].isAsAsked != false {
        experiment.cells[place].isAsAsked = delay.isAsAsked
      }
    }
    let smallest = request.containers.min() ?? 1
    runner.onEvent(.warmUp(rttMilliseconds: rtt, containers: smallest))
    _ = try await start(containers: smallest, number: 0)
    // What the warm-up made the queues drop is no cell's.
    var isSteady = try await runner.delays.look().isSteady
    for place in places {
      try await take(cell: place, isSteady: isSteady)
      isSteady = true
    }
  }

  /// Runs a cell as often as it is missing.
  private mutating func take(cell place: Int, isSteady wasSteady: Bool) async throws(Problem) {
    let cell = experiment.cells[place]
    try await runner.delays.keep(for: longest)
    for number in numbers(missingOf: cell) {
      let step = StartStep(
        cell: (matrix.turns.flatMap(\.places).firstIndex(of: place) ?? 0) + 1,
        cells: experiment.cells.count, rttMilliseconds: cell.rttMilliseconds,
        containers: cell.containers, run: number, runs: request.runs)
      runner.onEvent(.started(step))
      let run = try await start(containers: cell.containers, number: number)
      let index = experiment.cells[place].runs.firstIndex { $0.number > number }
      experiment.cells[place].runs.insert(
        run, at: index ?? experiment.cells[place].runs.endIndex)
      done.all += 1
      if !run.isComplete { done.incomplete += 1 }
      try await archive.enter(run, ofCell: place, in: experiment)
      runner.onEvent(.finished(step, run))
    }
    let (drops, isSteady) = try await runner.delays.look()
    experiment.cells[place].drops += drops
    if !isSteady || !wasSteady {
      if cell.rttMilliseconds != nil { experiment.cells[place].isAsAsked = false }
      remarks.append(
        Diagnostic(
          .warning,
          "the delays were changed while \(cell.containers) containers were started at a time",
          detail:
            "Somebody changed them, or what had been set for a time was over. What was measured "
            + "under \(cell.rttMilliseconds.map(ConditionsText.milliseconds) ?? "the testbed's own delays") "
            + "is not to be relied on."))
    }
    try await archive.update(experiment)
  }

  /// Puts the delays back first: what is to be deleted is deleted sooner then.
  private mutating func restore() async {
    let failures = await runner.delays.restore()
    problems += failures
    if isEntered, isNoted, failures.isEmpty {
      let (archive, run) = (archive, experiment.run)
      problems += await Self.diagnostics { () throws(Problem) in
        try await archive.enter(delaysBefore: nil, of: run)
      }
    }
    guard hasStarter else { return }
    let starter = runner.starter
    do {
      try await runner.interruption.cancelling(at: .givingUp) { try await starter.finish() }
    } catch let problem as Problem {
      problems += problem.diagnostics
    } catch {
      problems.append(
        Diagnostic(
          .error, "what the experiment made in the cluster may be there still",
          detail: "The user interrupted its deletion."))
    }
  }

  /// Enters the end in the journal.
  private mutating func end(_ outcome: RunRecord.Outcome) async {
    let (journal, archive) = (journal, archive)
    let (experiment, done, isEntered) = (experiment, done, isEntered)
    let time = runner.clock.now()
    problems += await Self.diagnostics { () throws(Problem) in
      if isEntered { try await archive.update(experiment) }
      try await journal.end(
        experiment.run, outcome: outcome, changed: 0, ok: done.all - done.incomplete,
        failed: done.incomplete + (outcome == .failure ? 1 : 0), time: time)
    }
  }

  // MARK: - What they share

  /// The numbers of the runs that a cell does not have yet.
  private func numbers(missingOf cell: StartCell) -> [Int] {
    (1...request.runs).filter { number in !cell.runs.contains { $0.number == number } }
  }

  /// How long a cell and the warm-up before it take at most, in seconds: each start until the deadline, and
  /// its deletion as long again; some minutes for the rest.
  private var longest: Double { Double(request.runs + 1) * 2 * request.deadlineSeconds + 300 }

  private func start(containers: Int, number: Int) async throws(Problem) -> StartRun {
    try checkInterruption()
    let starter = runner.starter
    return try await interruptibly {
      try await starter.start(containers: containers, number: number)
    }
  }

  private static let interrupted = Problem(
    "the experiment was interrupted", detail: "To go on with it: planetbed measure … --resume",
    exitStatus: .interrupted)

  private func checkInterruption() throws(Problem) {
    if runner.interruption.level > .none { throw Self.interrupted }
  }

  /// Does something that the user's first interruption cancels.
  private func interruptibly<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws(Problem) -> Value {
    do {
      return try await runner.interruption.cancelling(at: .finishing, body)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Self.interrupted
    }
  }

  /// Does something whose failure is told beside the result.
  private static func diagnostics(
    of body: () async throws(Problem) -> Void
  ) async -> [Diagnostic] {
    do throws(Problem) {
      try await body()
      return []
    } catch {
      return error.diagnostics
    }
  }

  /// Enters the measured round trips: samples of the kind `rtt-own` or `rtt-300ms`.
  private func enter(_ delay: DelayInForce, of rtt: Double?) async throws(Problem) {
    let kind =
      "rtt-" + (rtt.map { "\(ConditionsText.decimal($0, places: 3))ms" } ?? "own")
    let time = runner.clock.now()
    let samples = delay.paths.flatMap { path in
      (path.statistics?.times ?? []).map { value in
        SampleRecord(
          kind: kind, source: path.from, target: path.to, value: value, unit: "ms", time: time)
      }
    }
    if !samples.isEmpty { try await journal.add(samples, to: experiment.run) }
  }
}
