import Diagnostics
import Execution
import Inventories
import Reporting
import Transport

/// `planetbed status --watch`: looks again and again, until the user asks to stop.
struct StatusWatch: Sendable {
  private let setup: RunSetup
  private let invocation: Invocation
  /// How long to wait after each look, in milliseconds.
  private let interval: Double

  /// - Throws: `Problem` (usage) when the text is no time that there can be between looks.
  init(_ setup: RunSetup, every text: String, _ invocation: Invocation) throws(Problem) {
    guard let interval = Notation.milliseconds(text), (1000...86_400_000).contains(interval) else {
      throw Problem(
        "'\(VisibleText.line(text, limit: 60))' is no value for option '--interval'",
        detail: "It is a time from 1s to 24h, such as 2s or 1min.", exitStatus: .usage)
    }
    self.setup = setup
    self.interval = interval
    self.invocation = invocation
  }

  /// Looks until it is cancelled; ends by throwing.
  func run() async throws {
    // With connections that last from look to look: a far machine's login takes longer than the look.
    let connector = HoldingConnector(try setup.connector())
    do {
      try await look(over: connector)
    } catch {
      await connector.close()
      throw error
    }
  }

  private func look(over connector: any Connector) async throws {
    let clock = invocation.surroundings.clock
    while true {
      let look = await TestbedStatus.look(setup.inventory, over: connector, invocation)
      // What a cancelled look saw is not how the testbed is.
      try Task.checkCancellation()
      show(look.view, at: clock.now())
      try await clock.wait(.milliseconds(interval))
    }
  }

  private func show(_ view: StatusView, at time: Int64) {
    let output = invocation.console.output
    guard invocation.format == .text else {
      invocation.report(view)
      return
    }
    let heading =
      "\(OperatorClock.text(time))  every \(Counted.span(interval / 1000)), until Ctrl-C"
    let block =
      output.layout.style(heading, .faint) + "\n\n" + view.text(output.layout)
    // To the first line, and all below it cleared (ECMA-48, CUP and ED).
    output.write(output.isTerminal ? "\u{1B}[H\u{1B}[J" + block : block + "\n")
    invocation.tell(view.remarks)
  }
}
