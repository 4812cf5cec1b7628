import Inventories
import Diagnostics
import Execution
import Reporting

/// `planetbed reset`
enum ResetVerb: Verb {
  static let declaration = CommandDeclaration(
    "reset", "Take back everything that planetbed put on the machines, and nothing else.",
    discussion: """
      Each machine keeps a list of what was put there and of what that replaced. Works twice, and \
      on a testbed that was applied by half.
      """,
    parameters: [CommonParameters.inventory],
    options: [CommonParameters.limit, CommonParameters.yes] + ConnectionOptions.all,
    examples: ["planetbed reset inventory/lab.toml"])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let asks = !invocation.arguments.has(CommonParameters.yes)
    if asks { try Consent.mustBePossible(invocation) }
    let setup = try RunSetup(invocation)
    let machines = try setup.machinesInScope()
    if asks {
      let question =
        "Take back everything that planetbed put on \(Counted.text(machines.count, "machine")) of "
        + "\(setup.inventory.testbed.name)?"
      guard try await invocation.surroundings.terminal.agrees(question) else {
        invocation.remark("Nothing was changed.")
        return .success
      }
    }
    let interruption = Interruption()
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    let runner = ResetRunner(
      inventory: setup.inventory, machines: machines, connector: try setup.connector(),
      state: try setup.stateFolder(), operatorName: setup.operatorName, version: programVersion,
      interruption: interruption, clock: clock
    ) { event in
      if invocation.format == .jsonLines {
        invocation.console.output.write(
          event.json(elapsed: clock.uptime() - begun).compact + "\n")
      } else if let line = event.line(
        invocation.console.errors.layout, verbosity: invocation.verbosity), !invocation.isQuiet
      {
        invocation.console.errors.write(line)
      }
    }
    let result = try await invocation.surroundings.interrupts.handling {
      interruption.request()
    } while: {
      try await runner.reset()
    }
    let view = ResetView(result: result, listsItems: invocation.verbosity > 0)
    invocation.tell(view.diagnostics)
    invocation.report(view)
    return result.interrupted ? .interrupted : result.failed > 0 ? .failure : .success
  }
}
