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
      with, and Kubernetes is built from Debian's source package, for machines that reach no \
      registry: a minute, and a quarter of an hour on two cores. From then on both are there. When \
      the inventory names another version than the one that Debian has the source of, that one is \
      fetched from pkgs.k8s.io and its registry instead. \
      Whether a lab has Kubernetes is settled when it is first brought up, until it is taken down.

      When the inventory asks for delays and this computer's kernel has no netem, routers run under \
      user-mode Linux, which has.
      """,
    parameters: [CommonParameters.inventory], options: [withoutKubernetes],
    examples: [
      "planetbed lab up inventory/lab.toml",
      "planetbed lab up inventory/lab.toml --without-kubernetes",
    ])

  static let withoutKubernetes = OptionDeclaration(
    "without-kubernetes",
    "Machines for the network alone: Kubernetes is neither made ready nor given to them.")

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let clock = invocation.surroundings.clock
    let begun = clock.uptime()
    let environment = invocation.surroundings.environment
    let status = try await setup.showing { show in
      try await setup.lab.up(
        kubernetesRecipe: ShareFolders.kubernetesRecipe(environment: environment),
        routerKernelRecipe: ShareFolders.routerKernelRecipe(environment: environment),
        withoutKubernetes: invocation.arguments.has(withoutKubernetes), progress: show)
    }
    let view = setup.view(of: status, seconds: clock.uptime() - begun)
    invocation.report(view)
    return view.isUp ? .success : .failure
  }
}
