import Diagnostics
import Execution
import Inventories
import Measurement
import Reporting
import TOMLReading
import Transport

/// `planetbed latency show`
enum LatencyShowVerb: Verb {
  static let sites = ParameterDeclaration(
    "sites", arity: .optionalRest, "Two sites, to see the path between them alone.")

  static let asked = OptionDeclaration(
    "asked", "Show what the inventory asks and why, without connecting to anything.")

  static let declaration = CommandDeclaration(
    "show", "Show what delays are asked, in force, installed, natural, and measured now.",
    discussion: """
      Every router pings the others through the tunnels, all at once, as often as it takes to judge \
      the delays. The mean of a path must be within 2 ms or 3 % of what is asked, whichever is more; \
      jitter and loss within what chance allows. What an experiment put there, by 'latency set' or \
      'latency run', is what is asked as long as it lasts. Exit status 3 when a path is off.
      """,
    parameters: [CommonParameters.inventory, sites], options: [asked] + ConnectionOptions.all,
    examples: [
      "planetbed latency show inventory/lab.toml",
      "planetbed latency show inventory/lab.toml vlan10 vlan20",
      "planetbed latency show inventory/ten-cities.toml --asked --output jsonl",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func connects(_ arguments: ParsedArguments) -> Bool { !arguments.has(asked) }

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let pair = try pair(invocation, setup.inventory)
    if invocation.arguments.has(asked) {
      showAsked(AskedPathsView(inventory: setup.inventory, only: pair), invocation)
      return .success
    }
    let connector = try setup.connector()
    let clock = invocation.surroundings.clock
    let delays = try await invocation.stoppable {
      let delays = await LatencyMeasurement(connector: connector, now: clock.now)
        .measure(setup.inventory, between: pair.isEmpty ? nil : Set(pair))
      await connector.close()
      try Task.checkCancellation()
      return delays ?? MeasuredDelays(paths: [], problems: [], time: clock.now())
    }
    invocation.report(LatencyShowView(delays))
    invocation.tell(delays.diagnostics)
    return delays.isWell ? .success : .gate
  }

  private static func showAsked(_ view: AskedPathsView, _ invocation: Invocation) {
    let output = invocation.console.output
    switch invocation.format {
    case .text: output.write(view.text(output.layout))
    case .json: view.write(lines: false, output.write)
    case .jsonLines: view.write(lines: true, output.write)
    }
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
