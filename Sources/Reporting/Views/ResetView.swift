import Diagnostics
import Execution

/// `planetbed reset`: what was taken back, machine by machine.
package struct ResetView: ResultView {
  private let result: ResetResult
  private let listsItems: Bool

  /// What a reset did; `listsItems` names each thing that was taken back.
  package init(result: ResetResult, listsItems: Bool = false) {
    self.result = result
    self.listsItems = listsItems
  }

  package var verb: String { "reset" }

  /// What is to be said of the machines that were not reset wholly.
  package var diagnostics: [Diagnostic] {
    result.problems + result.hosts.flatMap { $0.problem?.diagnostics ?? [] }
  }

  package func text(_ layout: TextLayout) -> String {
    var table = TextTable(
      ["host", "site", "taken back", "kept", "failed", "time", ""],
      [.left, .left, .right, .right, .right, .right, .left])
    var tones: [Int: Tone] = [:]
    for (row, host) in result.hosts.enumerated() {
      let isWhole = host.problem == nil && host.isFinished
      if !isWhole { tones[row] = .error }
      table.add([
        host.name, host.site, String(host.undone.count), String(host.kept.count),
        String(host.failed.count), Counted.seconds(host.seconds), isWhole ? "" : "not finished",
      ])
    }
    var text = table.text(layout, tones: tones) + "\n"
    for host in result.hosts {
      let shown =
        (listsItems ? host.undone.map { "- \($0)" } : [])
        + host.kept.map { "kept: \($0)" } + host.failed.map { "failed: \($0)" }
      if shown.isEmpty { continue }
      text += layout.style(host.name, .strong) + "\n"
      for item in shown { text += "  \(VisibleText.line(item))\n" }
    }
    let failed = "failed: \(result.failed)"
    return text
      + "\(result.interrupted ? layout.style("Interrupted", .error) : "Reset"): "
      + "taken back: \(result.undone), "
      + (result.failed > 0 ? layout.style(failed, .error) : failed)
      + " on \(Counted.text(result.hosts.count, "host")) in \(Counted.seconds(result.seconds))\n"
  }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("run", .string(result.run)),
      JSONValue.Member("undone", .integer(result.undone)),
      JSONValue.Member("failed", .integer(result.failed)),
      JSONValue.Member("seconds", .measured(result.seconds)),
      JSONValue.Member("interrupted", .boolean(result.interrupted)),
      JSONValue.Member("hosts", .array(result.hosts.map(Self.json))),
      JSONValue.Member("diagnostics", .array(result.problems.map(\.json))),
    ]
  }

  private static func json(_ host: ResetResult.HostResult) -> JSONValue {
    [
      "name": .string(host.name), "site": .string(host.site),
      "undone": .array(host.undone.map { .string($0) }),
      "kept": .array(host.kept.map { .string($0) }),
      "failed": .array(host.failed.map { .string($0) }),
      "finished": .boolean(host.isFinished), "roundTrips": .integer(host.roundTrips),
      "connectSeconds": .measured(host.connectSeconds), "seconds": .measured(host.seconds),
      "error": .optional(host.problem?.description),
    ]
  }
}
