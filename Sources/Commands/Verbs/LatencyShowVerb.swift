import Diagnostics
import Inventories
import Reporting
import TOMLReading

/// `planetbed latency show`
enum LatencyShowVerb: Verb {
  static let sites = ParameterDeclaration(
    "sites", arity: .optionalRest, "Two sites, to see the path between them alone.")

  static let declaration = CommandDeclaration(
    "show", "Show what the inventory asks of the path between every two sites, and why.",
    parameters: [CommonParameters.inventory, sites],
    examples: [
      "planetbed latency show inventory/lab.toml",
      "planetbed latency show inventory/lab.toml vlan10 vlan20",
    ])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let pair = try pair(invocation, setup.inventory)
    let view = AskedPathsView(inventory: setup.inventory, only: pair)
    let output = invocation.console.output
    switch invocation.format {
    case .text: output.write(view.text(output.layout))
    case .json: view.write(lines: false, output.write)
    case .jsonLines: view.write(lines: true, output.write)
    }
    return .success
  }

  /// The two sites that the command line names; empty when it names none.
  private static func pair(
    _ invocation: Invocation, _ inventory: Inventory
  ) throws(Problem) -> [String] {
    let named = invocation.arguments.words(sites)
    if named.isEmpty { return [] }
    let known = inventory.sites.map(\.name)
    for name in named where !known.contains(name) {
      let suggestion = Suggestion.closest(to: name, among: known)
      throw Problem(
        "there is no site \(name)", detail: suggestion.map { "Did you mean \($0)?" } ?? "",
        exitStatus: .usage)
    }
    guard named.count == 2, named[0] != named[1] else {
      throw Problem(
        "a path is between two sites", detail: "Name two different ones, or none for all paths.",
        exitStatus: .usage)
    }
    return named
  }
}
