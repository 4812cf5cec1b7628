import Diagnostics
import Execution
import Glibc
import Inventories
import Measurement

/// Does experiments with container starts under delays: the cells in their order, every run in the
/// journal as soon as it is done, and at the end what was there before put back.
package struct StartExperimentRunner: Sendable {
  let inventory: Inventory
  let starter: any ContainerStarter
  let delays: any DelaySwitching
  let run: String
  let state: StateFolder
  let operatorName: String
  let version: String
  let interruption: Interruption
  let clock: OperatorClock
  let load: @Sendable () -> Double?
  let onEvent: @Sendable (StartMatrixEvent) -> Void

  /// What does an experiment.
  /// - Parameters:
  ///   - run: its name in the journal: a new one (`OperatorClock.runName`), or that of the experiment that
  ///     is to be gone on with.
  ///   - operatorName: who does it: `anna@laptop`.
  ///   - version: planetbed's version, for the journal and the manifest.
  ///   - load: the load average of the operator's machine over a minute.
  ///   - onEvent: called as things happen.
  package init(
    inventory: Inventory, starter: any ContainerStarter, delays: any DelaySwitching, run: String,
    state: StateFolder, operatorName: String, version: String, interruption: Interruption,
    clock: OperatorClock = .system, load: @escaping @Sendable () -> Double? = Self.loadAverage,
    onEvent: @escaping @Sendable (StartMatrixEvent) -> Void
  ) {
    self.inventory = inventory
    self.starter = starter
    self.delays = delays
    self.run = run
    self.state = state
    self.operatorName = operatorName
    self.version = version
    self.interruption = interruption
    self.clock = clock
    self.load = load
    self.onEvent = onEvent
  }

  /// Begins an experiment and does all of it.
  /// - Throws: `Problem` when it cannot begin: the request cannot be, the cluster or the delays are not
  ///   to be had, or another experiment with this testbed is under way on this computer. What fails
  ///   later is in the result.
  package func run(_ request: StartRequest) async throws(Problem) -> StartExperimentResult {
    let matrix = try StartMatrix(request)
    let lock = try lock()
    defer { lock.release() }
    let journal = try Journal(in: state)
    let begun = clock.now()
    try await journal.begin(
      RunRecord(
        name: run, verb: "measure", started: begun, inventory: inventory.file,
        digest: inventory.digest, operatorName: operatorName, version: version))
    let experiment = StartExperiment(
      run: run, testbed: inventory.testbed.name, begun: begun, seconds: 0,
      manifest: ExperimentManifest(
        planetbed: version, inventory: inventory.file, inventoryDigest: inventory.digest,
        kubernetes: "", image: "", seed: request.seed, runs: request.runs,
        deadlineSeconds: request.deadlineSeconds, mountsTokens: request.mountsTokens,
        instrumentSeconds: nil, operatorLoad: [], machines: []), cells: matrix.cells)
    var session = StartSession(self, request, matrix, experiment, journal)
    return try await session.perform(isNew: true)
  }

  /// Goes on with the experiment that has this run's name: does the runs that are missing, by the
  /// request that it began with.
  /// - Throws: `Problem` as `run` does; also when the journal has no such experiment, or the inventory has
  ///   been changed since.
  package func resume() async throws(Problem) -> StartExperimentResult {
    let lock = try lock()
    defer { lock.release() }
    let journal = try Journal(in: state)
    guard let known = try await StartArchive(journal, now: clock.now).load(run: run) else {
      throw Problem(
        "there is no experiment \(VisibleText.line(run, limit: 60)) to go on with",
        detail: "The journal of \(inventory.file) has none of that name.", exitStatus: .usage)
    }
    let matrix = try StartMatrix(known.request)
    let manifest = known.experiment.manifest
    guard manifest.inventoryDigest == inventory.digest else {
      throw Problem(
        "\(inventory.file) has been changed since the experiment \(run) began",
        detail:
          "What is measured now could not be compared with what was measured then. Begin anew, "
          + "without --resume, or bring back the inventory as it was.", exitStatus: .usage)
    }
    guard known.experiment.cells.count == matrix.cells.count else {
      throw Problem(
        "the experiment \(run) in the journal cannot be gone on with",
        detail: "Its cells are not those of its request: another planetbed wrote it.",
        exitStatus: .failure)
    }
    var session = StartSession(self, known.request, matrix, known.experiment, journal)
    if session.missing == 0 {
      return StartExperimentResult(
        experiment: known.experiment, interrupted: false, missing: 0)
    }
    return try await session.perform(isNew: false)
  }

  /// The load average of this computer over a minute; nil when it does not tell.
  package static let loadAverage: @Sendable () -> Double? = {
    var averages = [0.0]
    return getloadavg(&averages, 1) == 1 ? averages[0] : nil
  }

  /// A lock of its own: the changes of delays take that of all runs, each for its time.
  private func lock() throws(Problem) -> LocalLock {
    try state.prepare()
    return try LocalLock(
      in: state, holder: operatorName, verb: "measure", since: clock.now(), name: "measure.lock")
  }
}
