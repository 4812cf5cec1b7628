import Diagnostics
import Experiments
import Inventories
import Reporting

/// `planetbed history list`
enum HistoryListVerb: Verb {
  static let limit = OptionDeclaration(
    "limit", letter: "n", value: .init("number", standard: "20"), "Show as many runs at most.")

  static let declaration = CommandDeclaration(
    "list", "List the runs of a testbed, the newest first.",
    discussion: "'planetbed history inventory.toml' is the same.",
    parameters: [CommonParameters.inventory], options: [limit],
    examples: ["planetbed history inventory/lab.toml", "planetbed history list my.toml -n 100"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let text = invocation.arguments.value(limit) ?? ""
    guard let most = Int(text), (1...1_000_000).contains(most) else {
      throw Problem(
        "'\(VisibleText.line(text, limit: 60))' is no value for option '--limit'",
        detail: "It is a number of runs, such as 20.", exitStatus: .usage)
    }
    let setup = try RunSetup(invocation)
    let history = try await RunHistory(of: setup)
    invocation.report(
      HistoryListView(
        testbed: setup.inventory.testbed.name, runs: Array(history.runs.prefix(most)),
        total: history.runs.count))
    return .success
  }
}

/// `planetbed history show`
enum HistoryShowVerb: Verb {
  static let declaration = CommandDeclaration(
    "show", "Show a run: what changed, what failed, what was measured.",
    discussion: "With -v, everything that happened in it.",
    parameters: [CommonParameters.inventory, RunHistory.reference],
    examples: [
      "planetbed history show inventory/lab.toml last",
      "planetbed history show inventory/lab.toml 20261121T15 -v",
    ])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let history = try await RunHistory(of: try RunSetup(invocation))
    let run = try await history.run(invocation.arguments.word(RunHistory.reference))
    invocation.report(HistoryShowView(run, showsAll: invocation.verbosity > 0))
    return .success
  }
}

/// `planetbed history compare`
enum HistoryCompareVerb: Verb {
  static let first = ParameterDeclaration(
    "a", "The run from which differences are counted, named as for 'history show'.")
  static let second = ParameterDeclaration("b", "The run that is compared with it.")

  static let declaration = CommandDeclaration(
    "compare", "Compare what two runs measured, with confidence intervals.",
    discussion: """
      Container start times of the cells that both have, and round-trip times of the paths that both \
      have: the difference of the means with the interval that has it with 95 % confidence, by Welch's \
      t test. 'last' and 'last-1' count the runs that measured something.
      """,
    parameters: [CommonParameters.inventory, first, second],
    examples: ["planetbed history compare inventory/lab.toml last-1 last"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let history = try await RunHistory(of: try RunSetup(invocation))
    let runs = try await history.measured([first, second].map { invocation.arguments.word($0) })
    let comparison = RunComparison(runs[0], runs[1])
    if comparison.isEmpty {
      throw Problem(
        "the two runs measured nothing in common",
        detail: "Only the same delays with the same numbers of containers, and the same paths, can "
          + "be compared.", exitStatus: .usage)
    }
    invocation.report(HistoryCompareView(comparison))
    return .success
  }
}
