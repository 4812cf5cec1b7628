import Diagnostics
import Execution
import Experiments
import Inventories
import Measurement
import Report
import Reporting
import Transport

/// `planetbed report`
enum ReportVerb: Verb {
  static let out = OptionDeclaration(
    "out", value: .init("file", standard: "report.html"), "Where the page goes.")
  static let run = OptionDeclaration(
    "run", value: .init("run"),
    "Show the container starts of this run of 'measure', and not the newest ones: its name, the beginning of it, or last-1 and so on."
  )
  static let offline = OptionDeclaration(
    "offline", "Connect to nothing: show what the journal has.")

  static let declaration = CommandDeclaration(
    "report",
    "Write what is known of the testbed as one HTML page that needs nothing beside itself.",
    discussion: """
      Measures the tunnels, who reaches whom, and all delays, and takes the newest container start times \
      that 'measure' recorded on this computer. The exit status says whether the page was written; \
      whether the testbed is as it should be, the page says, and 'status' does.
      """,
    parameters: [CommonParameters.inventory], options: [out, run, offline] + ConnectionOptions.all,
    examples: [
      "planetbed report inventory/lab.toml",
      "planetbed report inventory/lab.toml --offline --run last --out yesterday.html",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func connects(_ arguments: ParsedArguments) -> Bool { !arguments.has(offline) }

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let history = try await RunHistory(of: setup)
    let starts = try await experiment(history, invocation)
    let inventory = setup.inventory
    let made = invocation.surroundings.clock.now()
    let contents: ReportContents
    if invocation.arguments.has(offline) {
      contents = ReportMaking.contents(
        of: inventory, starts: starts,
        delaysOf: try await history.newest { !$0.paths.isEmpty }, made: made)
    } else {
      let connector = try setup.connector()
      invocation.remark("Measuring the tunnels, who reaches whom, and the delays …")
      let look = try await invocation.stoppable {
        let look = await TestbedStatus.look(
          inventory, over: connector, invocation, measuresAllDelays: true)
        await connector.close()
        // A page with half of what there is would tell of faults that are none.
        try Task.checkCancellation()
        return look
      }
      invocation.tell(look.view.remarks)
      contents = ReportMaking.contents(of: inventory, starts: starts, look: look, made: made)
    }
    let file = invocation.arguments.value(out) ?? ""
    let page = Array(try ReportPage(contents).html.utf8)
    try PrivateFile.write(page, to: file, permissions: 0o644)
    invocation.report(
      ReportView(
        file: file, bytes: page.count, testbed: contents.testbed,
        tunnels: contents.tunnels.count, paths: contents.delays.count, run: starts?.run,
        isOffline: invocation.arguments.has(offline)))
    return .success
  }

  /// The container starts to be shown; nil when none were ever measured.
  private static func experiment(
    _ history: RunHistory, _ invocation: Invocation
  ) async throws(Problem) -> StartExperiment? {
    guard let word = invocation.arguments.value(run) else {
      return try await history.newest { $0.starts != nil }?.starts
    }
    let run = try await history.run(word, of: "measure")
    guard let starts = run.starts else {
      throw Problem(
        "the run \(VisibleText.line(run.record.name)) has no container starts",
        detail: "It ended before there were any. 'planetbed history' lists the other runs.",
        exitStatus: .usage)
    }
    return starts
  }
}
