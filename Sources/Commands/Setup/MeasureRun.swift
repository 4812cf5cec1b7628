import Diagnostics
import Execution
import Experiments
import Inventories
import Report
import Reporting
import Transport

/// Wires an experiment with container starts, and shows it.
struct MeasureRun: Sendable {
  /// What is to be done.
  enum Work: Sendable {
    /// A new experiment.
    case begin(StartRequest)
    /// The rest of one: the newest, or that whose name begins so.
    case resume(String)
  }

  /// What an experiment works with; a test gives others.
  struct Means: Sendable {
    /// Makes what starts containers; the text is the run's name.
    var starter:
      @Sendable (
        Inventory, any Connector, String, OperatorClock,
        @escaping @Sendable (StartProgress) -> Void
      ) -> any ContainerStarter
    /// Makes what switches delays.
    var delays:
      @Sendable (
        RunSetup, any Connector, Interruption, OperatorClock,
        @escaping @Sendable (LatencyProgress) -> Void
      ) throws(Problem) -> any DelaySwitching

    /// A cluster's masters and workers, and the routers.
    static let testbed = Means { inventory, connector, run, clock, onEvent in
      KubernetesStarter(
        inventory: inventory, connector: connector, run: run, clock: clock, onEvent: onEvent)
    } delays: { setup, connector, interruption, clock, onEvent throws(Problem) in
      LatencyDelaySwitch(
        inventory: setup.inventory, connector: connector, state: try setup.stateFolder(),
        operatorName: setup.operatorName, version: programVersion, interruption: interruption,
        clock: clock, onEvent: onEvent)
    }
  }

  let setup: RunSetup
  let invocation: Invocation
  /// Where the containers' stages are written; nil for nowhere.
  let file: String?
  var means = Means.testbed

  /// Does an experiment, shows it, and tells how the program ends.
  func perform(_ work: Work) async throws -> ExitStatus {
    let clock = invocation.surroundings.clock
    let state = try setup.stateFolder()
    let run: String
    switch work {
    case .begin: run = OperatorClock.runName(at: clock.now())
    case .resume(let name):
      let runs = try await StartArchive(try Journal(in: state)).runs()
      run = try MeasureArguments.run(named: name, among: runs)
    }
    let progress = progress()
    let interruption = Interruption()
    let connector = try setup.connector()
    let result: StartExperimentResult
    do {
      let runner = StartExperimentRunner(
        inventory: setup.inventory,
        starter: means.starter(setup.inventory, connector, run, clock) { progress.take($0) },
        delays: try means.delays(setup, connector, interruption, clock) { progress.take($0) },
        run: run, state: state, operatorName: setup.operatorName, version: programVersion,
        interruption: interruption, clock: clock
      ) { progress.take($0) }
      result = try await invocation.ticking(progress.tick, atEnd: progress.end, interruption) {
        switch work {
        case .begin(let request): try await runner.run(request)
        case .resume: try await runner.resume()
        }
      }
      await connector.close()
    } catch {
      progress.end()
      await connector.close()
      throw error
    }
    return try report(result)
  }

  private func report(_ result: StartExperimentResult) throws(Problem) -> ExitStatus {
    let view = MeasureView(
      result.experiment,
      ending: result.interrupted ? .interrupted : result.failure == nil ? .complete : .failed,
      problems: (result.failure?.diagnostics ?? []) + result.problems + result.remarks)
    invocation.report(view)
    invocation.tell(view.diagnostics)
    if let file {
      try PrivateFile.write(
        Array(StartTable.file(result.experiment).utf8), to: file, permissions: 0o644)
    }
    return result.exitStatus
  }

  private func progress() -> MeasureProgress {
    let console = invocation.console
    let manner: MeasureProgress.Manner =
      switch invocation.format {
      case .jsonLines: .jsonLines
      case .text, .json:
        invocation.isQuiet ? .none : console.errors.isTerminal ? .live : .plain
      }
    return MeasureProgress(
      manner: manner, console: console, verbosity: invocation.verbosity,
      uptime: invocation.surroundings.clock.uptime)
  }
}
