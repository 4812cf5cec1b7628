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
    // The name, by which a run is referred to, stays whole longest; it tells the beginning too, in UTC.
    var drawn = table(leavingOut: 0)
    for count in 1...4 where drawn.width > layout.columns { drawn = table(leavingOut: count) }
    var tones: [Int: Tone] = [:]
    for (row, run) in runs.enumerated() where run.outcome == .failure { tones[row] = .error }
    var text = drawn.text(layout, tones: tones)
    if runs.contains(where: { $0.outcome == nil }) {
      text += "\n  unfinished: it is still at work, or was killed\n"
    }
    if total > runs.count { text += "\n  \(total - runs.count) more before them: --limit\n" }
    return text
  }

  /// The table without so many of the columns that say least.
  private func table(leavingOut count: Int) -> TextTable {
    typealias Column = (
      heading: String, side: TextTable.Side, rank: Int, text: (RunRecord) -> String
    )
    let all: [Column] = [
      ("run", .left, 9, { $0.name }), ("verb", .left, 9, RunRecordText.verb),
      ("begun, UTC", .left, 1, { String(OperatorClock.text($0.started).dropLast(7)) }),
      ("took", .right, 4, { $0.seconds.map { Counted.seconds($0) } ?? "–" }),
      ("changed", .right, 9, { "\($0.changed)" }), ("failed", .right, 3, { "\($0.failed)" }),
      ("outcome", .left, 9, RunRecordText.outcome),
      ("operator", .left, 2, RunRecordText.operatorName),
    ]
    let columns = all.filter { $0.rank > count }
    var table = TextTable(columns.map(\.heading), columns.map(\.side))
    for run in runs { table.add(columns.map { $0.text(run) }) }
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
