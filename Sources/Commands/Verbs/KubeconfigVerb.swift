import Diagnostics
import Execution
import Inventories
import Reporting

/// `planetbed kubeconfig`
enum KubeconfigVerb: Verb {
  static let out = OptionDeclaration(
    "out", value: .init("file"),
    "Where to write it; '-' is standard output. TESTBED.kubeconfig unless said otherwise.")
  static let force = OptionDeclaration("force", "Overwrite a file that planetbed did not write.")

  static let declaration = CommandDeclaration(
    "kubeconfig", "Write a kubeconfig of the cluster's administrator.",
    discussion: """
      Cluster, user and context have the testbed's name, and the API is where the load balancer is. \
      The file is readable by you alone. Where the load balancer cannot be reached from here, \
      'planetbed kubectl' works all the same.
      """,
    parameters: [CommonParameters.inventory],
    options: [out, force] + ConnectionOptions.all,
    examples: [
      "planetbed kubeconfig inventory/lab.toml",
      "planetbed kubeconfig inventory/lab.toml --out ~/.kube/lab.kubeconfig",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let testbed = setup.inventory.testbed.name
    let path = invocation.arguments.value(out) ?? "\(testbed).kubeconfig"
    if path == "-", invocation.format != .text {
      throw Problem(
        "standard output cannot have both the kubeconfig and JSON",
        detail: "Leave out --output, or write the file with --out FILE.", exitStatus: .usage)
    }
    let isOurs = PrivateFile.beginning(of: path, count: 200)?
      .hasPrefix(Kubeconfig.firstLine(of: testbed) + "\n")
    let replaces = isOurs == true || invocation.arguments.has(force)
    if path != "-", isOurs == false, !replaces { throw exists(path) }
    let access = try await Kubeconfig.fetch(setup.inventory, try setup.connector())
    if path == "-" {
      invocation.console.output.write(access.text)
    } else if try !PrivateFile.write(Array(access.text.utf8), to: path, replacing: replaces) {
      throw exists(path)
    }
    // What this process reaches in the lab's network, the user's kubectl does not.
    let isReachable =
      setup.inventory.lab == nil
      ? await invocation.surroundings.reaches(access.endpoint.host, access.endpoint.port) : false
    if path != "-" {
      invocation.report(
        KubeconfigView(
          file: path, context: access.name, server: access.server, master: access.master,
          isReachable: isReachable))
    }
    if !isReachable {
      invocation.tell([
        Diagnostic(
          .warning,
          "the API at \(access.endpoint.host):\(access.endpoint.port) is not reached from here",
          detail: "kubectl works on \(access.master), over SSH: planetbed kubectl "
            + "\(setup.inventory.file) -- get nodes")
      ])
    }
    return .success
  }

  private static func exists(_ path: String) -> Problem {
    Problem(
      "\(path) is there already, and planetbed did not write it for this testbed",
      detail: "Give another file with --out, or --force to overwrite it.", exitStatus: .usage)
  }
}
