import Lab
import Diagnostics
import Reporting

/// `planetbed lab status`
enum LabStatusVerb: Verb {
  static let declaration = CommandDeclaration(
    "status", "Show which of the lab's machines are up.",
    discussion: "Exit status 1 when one is not.",
    parameters: [CommonParameters.inventory],
    examples: ["planetbed lab status inventory/lab.toml"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let view = setup.view(of: try await setup.lab.status())
    invocation.report(view)
    return view.isUp ? .success : .failure
  }
}
