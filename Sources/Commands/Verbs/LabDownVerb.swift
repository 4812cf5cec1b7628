import Execution
import Diagnostics
import Lab
import Reporting

/// `planetbed lab down`
enum LabDownVerb: Verb {
  static let declaration = CommandDeclaration(
    "down", "Take the lab down: nothing is left but what is cached for the next.",
    parameters: [CommonParameters.inventory], examples: ["planetbed lab down inventory/lab.toml"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    try await setup.showing { show in try await setup.lab.down(progress: show) }
    invocation.report(
      LabView(
        verb: invocation.verbName, lab: setup.lab.name, machines: [],
        seconds: clock.uptime() - begun))
    return .success
  }
}
