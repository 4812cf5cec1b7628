import Diagnostics
import Reporting

/// `planetbed status`
enum StatusVerb: Verb {
  static let declaration = CommandDeclaration(
    "status", "Measure the tunnels, and who reaches whom.",
    discussion: """
      Every host pings every other, and the routers each other through the tunnels, all at once. \
      Exit status 3 when a tunnel is down or a host is not reached.
      """,
    parameters: [CommonParameters.inventory], options: ConnectionOptions.all,
    examples: ["planetbed status inventory/lab.toml"])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let status = try await TestbedStatus.measure(setup, invocation)
    invocation.report(status)
    if let problem = status.problem { invocation.tell(problem.diagnostics) }
    return status.isWell ? .success : .gate
  }
}
