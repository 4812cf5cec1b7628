import Diagnostics
import Execution
import Inventories
import Measurement
import Reporting
import Transport

/// `planetbed latency set`
enum LatencySetVerb: Verb {
  static let hold = OptionDeclaration(
    "hold", value: .init("time", standard: "1h"),
    "After what time the routers take it away by themselves; 'none' leaves it until it is cleared or a router is restarted."
  )

  static let noVerify = OptionDeclaration(
    "no-verify", "Do not measure the paths afterwards.")

  static let declaration = CommandDeclaration(
    "set", "Give the path between two sites other delays for a time.",
    discussion: """
      All routers concerned switch at one instant; when one of them cannot, none does. What is given is \
      all that the path is like: nothing of the inventory's rule is mixed with it. It goes away by itself \
      after the time of --hold, when it is cleared, and when a router is restarted. The paths are measured \
      then; exit status 3 when one is off.
      """,
    parameters: [CommonParameters.inventory, LatencyArguments.from, LatencyArguments.to],
    options: LatencyArguments.quantities + [hold, noVerify] + ConnectionOptions.all,
    examples: [
      "planetbed latency set inventory/lab.toml vlan10 vlan20 --rtt 300ms --jitter 10ms",
      "planetbed latency set inventory/lab.toml vlan10 all --loss 100% --hold 5min",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let arguments = invocation.arguments
    let seconds = try LatencyArguments.hold(invocation, hold, allowsNone: true)
    let conditions = try LatencyArguments.conditions(arguments)
    let setup = try RunSetup(invocation)
    let (from, to) = (
      arguments.word(LatencyArguments.from), arguments.word(LatencyArguments.to)
    )
    let paths = try LatencyArguments.paths(from: from, to: to, in: setup.inventory)
    if case .oneWay(let there, let back) = conditions.delay, there != back,
      from == LatencyArguments.all, to == LatencyArguments.all
    {
      throw Problem(
        "--one-way for the paths between all sites",
        detail: "Which of two sites is the first one? Name one of them: planetbed latency set "
          + "\(setup.inventory.file) SITE all --one-way …", exitStatus: .usage)
    }
    let changes = paths.map {
      LatencyControl.PathChange(from: $0.from, to: $0.to, conditions: conditions)
    }
    let result = try await LatencyChange.perform(setup, invocation) { control in
      try await control.set(changes, hold: seconds)
    }
    var delays: MeasuredDelays?
    if result.isDone, !result.interrupted, !arguments.has(noVerify) {
      delays = try await measure(
        setup, invocation, sites: paths.count == 1 ? [from, to] : nil, run: result.run)
    }
    let view = LatencySwitchView(
      verb: invocation.verbName, result: result, inventory: setup.inventory.file,
      paths: changes, hold: seconds, delays: delays)
    invocation.report(view)
    invocation.tell(view.diagnostics)
    let status = LatencyChange.exitStatus(result)
    return status == .success && delays?.isWell == false ? .gate : status
  }

  /// Measures the paths between sites, or all, and enters what came of it in the journal.
  private static func measure(
    _ setup: RunSetup, _ invocation: Invocation, sites: Set<String>?, run: String
  ) async throws -> MeasuredDelays? {
    invocation.remark("Measuring the paths …")
    let connector = try setup.connector()
    let clock = invocation.surroundings.clock
    let delays = try await invocation.stoppable {
      let delays = await LatencyMeasurement(connector: connector, now: clock.now)
        .measure(setup.inventory, between: sites)
      await connector.close()
      try Task.checkCancellation()
      return delays
    }
    if let delays { try await DelayRecord.enter(delays, run: run, in: try setup.stateFolder()) }
    return delays
  }
}

/// What the verbs that change delays share.
enum LatencyChange {
  /// Does a change that is told line by line.
  static func perform(
    _ setup: RunSetup, _ invocation: Invocation,
    _ change: (LatencyControl) async throws -> LatencySwitchResult
  ) async throws -> LatencySwitchResult {
    let interruption = Interruption()
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    let connector = try setup.connector()
    let control = LatencyControl(
      inventory: setup.inventory, connector: connector, state: try setup.stateFolder(),
      operatorName: setup.operatorName, version: programVersion, interruption: interruption,
      clock: clock
    ) { event in
      tell(event, invocation, elapsed: clock.uptime() - begun)
    }
    return try await invocation.surroundings.interrupts.handling {
      interruption.request()
    } while: {
      do {
        let result = try await change(control)
        await connector.close()
        return result
      } catch {
        await connector.close()
        throw error
      }
    }
  }

  /// Tells an event as the command line asks for it.
  static func tell(_ event: LatencyProgress, _ invocation: Invocation, elapsed: Double) {
    if invocation.format == .jsonLines {
      invocation.console.output.write(event.json(elapsed: elapsed).compact + "\n")
    } else if !invocation.isQuiet,
      let line = event.line(invocation.console.errors.layout, verbosity: invocation.verbosity)
    {
      invocation.console.errors.write(line)
    }
  }

  /// How the program ends.
  static func exitStatus(_ result: LatencySwitchResult) -> ExitStatus {
    if result.interrupted { return .interrupted }
    return result.isDone ? .success : .failure
  }
}
