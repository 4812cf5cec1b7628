import Diagnostics
import Execution
import Inventories
import Reporting

/// `planetbed latency clear`
enum LatencyClearVerb: Verb {
  static let sites = ParameterDeclaration(
    "sites", arity: .optionalRest, "Two sites, to clear the path between them alone.")

  static let declaration = CommandDeclaration(
    "clear", "Take away what 'set' and 'run' put there: the inventory's own delays are back.",
    discussion: """
      Works on what is there, whoever put it there, and when nothing is. A router that cannot be reached \
      keeps no other from being cleared.
      """,
    parameters: [CommonParameters.inventory, sites], options: ConnectionOptions.all,
    examples: [
      "planetbed latency clear inventory/lab.toml",
      "planetbed latency clear inventory/lab.toml vlan10 vlan20",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let named = invocation.arguments.words(sites)
    guard named.isEmpty || named.count == 2 else {
      throw Problem(
        "a path is between two sites", detail: "Name two, or none for all paths.",
        exitStatus: .usage)
    }
    var path: (from: String, to: String)?
    if let first = named.first, let second = named.last,
      named != [LatencyArguments.all, LatencyArguments.all]
    {
      let paths = try LatencyArguments.paths(from: first, to: second, in: setup.inventory)
      guard paths.count == 1 || setup.inventory.sites.count == 2 else {
        throw Problem(
          "a path is between two sites, and 'all' is none",
          detail: "Name two sites, or none to clear all paths.", exitStatus: .usage)
      }
      path = paths.first
    }
    let chosen = path
    let result = try await LatencyChange.perform(setup, invocation) { control in
      try await control.clear(chosen)
    }
    let view = LatencySwitchView(
      verb: invocation.verbName, result: result, inventory: setup.inventory.file)
    invocation.report(view)
    invocation.tell(view.diagnostics)
    return LatencyChange.exitStatus(result)
  }
}
