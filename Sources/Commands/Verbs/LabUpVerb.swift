import Lab
import Execution
import Diagnostics
import Reporting

/// `planetbed lab up`
enum LabUpVerb: Verb {
  static let declaration = CommandDeclaration(
    "up", "Bring up the lab's machines that are not up.",
    discussion: """
      The first time, a Debian image is made from the mirror that this computer's apt is set up \
      with, which takes some minutes; from then on it is there.
      """,
    parameters: [CommonParameters.inventory], examples: ["planetbed lab up inventory/lab.toml"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    let status = try await invocation.stoppable {
      try await setup.lab.up { setup.show($0) }
    }
    let view = setup.view(of: status, seconds: clock.uptime() - begun)
    invocation.report(view)
    return view.isUp ? .success : .failure
  }
}
