import Diagnostics
import Execution

/// `planetbed history list`: the runs of a testbed that the journal has.
package struct HistoryListView: ResultView {
  private let testbed: String
  private let runs: [RunRecord]
  private let total: Int

  /// The runs to be shown, the newest first, and how many there are in all.
  package init(testbed: String, runs: [RunRecord], total: Int) {
    self.testbed = testbed
    self.runs = runs
    self.total = total
  }

  package var verb: String { "history-list" }

  package func text(_ layout: TextLayout) -> String {
    if runs.isEmpty { return "No run of \(testbed) is recorded on this computer.\n" }
    var drawn = table(withBeginning: true, withOperator: true)
    // The name tells the beginning too, in UTC.
    if drawn.width > layout.columns { drawn = table(withBeginning: false, withOperator: true) }
    if drawn.width > layout.columns { drawn = table(withBeginning: false, withOperator: false) }
    var tones: [Int: Tone] = [:]
    for (row, run) in runs.enumerated() where run.outcome == .failure { tones[row] = .error }
    var text = drawn.text(layout, tones: tones)
    if runs.contains(where: { $0.outcome == nil }) {
      text += "\n  unfinished: it is still at work, or was killed\n"
    }
    if total > runs.count { text += "\n  \(total - runs.count) more before them: --limit\n" }
    return text
  }

  private func table(withBeginning: Bool, withOperator: Bool) -> TextTable {
    var heading = ["run", "verb"]
    var sides: [TextTable.Side] = [.left, .left]
    if withBeginning {
      heading.append("begun, UTC")
      sides.append(.left)
    }
    heading += ["took", "changed", "failed", "outcome"]
    sides += [.right, .right, .right, .left]
    if withOperator {
      heading.append("operator")
      sides.append(.left)
    }
    var table = TextTable(heading, sides)
    for run in runs {
      var row = [run.name, RunRecordText.verb(run)]
      if withBeginning { row.append(String(OperatorClock.text(run.started).dropLast(7))) }
      row += [
        run.seconds.map { Counted.seconds($0) } ?? "–", "\(run.changed)", "\(run.failed)",
        RunRecordText.outcome(run),
      ]
      if withOperator { row.append(RunRecordText.operatorName(run)) }
      table.add(row)
    }
    return table
  }

  package var members: [JSONValue.Member] {
    [
      .init("testbed", .string(testbed)), .init("total", .integer(total)),
      .init("runs", .array(runs.map { .object(RunRecordText.members(of: $0)) })),
    ]
  }
}

/// A run of the journal in words and as JSON.
enum RunRecordText {
  static func verb(_ run: RunRecord) -> String { visible(run.verb) }

  static func operatorName(_ run: RunRecord) -> String { visible(run.operatorName) }

  static func outcome(_ run: RunRecord) -> String { run.outcome?.rawValue ?? "unfinished" }

  /// What another program wrote into the journal is shown like what a machine says.
  static func visible(_ text: String) -> String { VisibleText.line(text, limit: 200) }

  /// `{run, verb, begun, seconds, outcome, changed, ok, failed, operator, …}`
  static func members(of run: RunRecord) -> [JSONValue.Member] {
    [
      .init("run", .string(run.name)), .init("verb", .string(run.verb)),
      .init("begun", .string(OperatorClock.text(run.started))),
      .init("seconds", .measured(run.seconds)),
      .init("outcome", .optional(run.outcome?.rawValue)),
      .init("changed", .integer(run.changed)), .init("ok", .integer(run.ok)),
      .init("failed", .integer(run.failed)), .init("operator", .string(run.operatorName)),
      .init("inventory", .string(run.inventory)), .init("inventoryDigest", .string(run.digest)),
      .init("planetbed", .string(run.version)),
    ]
  }
}

extension RunRecord {
  /// How long it took, in seconds; nil without an end.
  var seconds: Double? { ended.map { Double($0 - started) / 1000 } }
}
