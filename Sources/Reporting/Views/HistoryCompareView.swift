import Diagnostics
import Execution
import Experiments
import Measurement

/// `planetbed history compare`: how what two runs measured differs, as far as that is sure.
package struct HistoryCompareView: ResultView {
  private let comparison: RunComparison

  /// With more paths than this, those are shown alone that differ, and as many of them.
  private static let mostDrawn = 60
  /// As many circumstances are listed.
  private static let mostListed = 12

  /// How two runs differ.
  package init(_ comparison: RunComparison) { self.comparison = comparison }

  package var verb: String { "history-compare" }

  package func text(_ layout: TextLayout) -> String {
    var text = ""
    for (letter, run) in zip(["A", "B"], [comparison.first, comparison.second]) {
      text += "  \(letter)  \(layout.style(run.name, .strong))  \(RunRecordText.verb(run))\n"
    }
    text += cellText(layout) + pathText(layout)
    let legend =
      "B − A: the difference of the means, and the interval that has it with 95 % confidence (Welch)"
    text += "\n"
    for line in TextWidth.wrapped(legend, to: layout.columns - 2) {
      text += layout.style("  " + line, .faint) + "\n"
    }
    return text + circumstanceText()
  }

  private func cellText(_ layout: TextLayout) -> String {
    let cells = comparison.cells
    if cells.isEmpty { return "" }
    var table = TextTable(
      ["delay", "containers", "A", "B", "B − A", "95 %", ""],
      [.right, .right, .right, .right, .right, .right, .left])
    var tones: [Int: Tone] = [:]
    for (row, cell) in cells.enumerated() {
      table.add(
        [StartCellText.delay(cell.rttMilliseconds), "\(cell.containers)"]
          + Self.figures(cell.difference))
      tones[row] = Self.tone(cell.difference)
    }
    var text =
      "\nSeconds until all containers were ready\n\n" + table.text(layout, tones: tones)
    let unfinished = (0...1).map { side in cells.reduce(0) { $0 + $1.unfinished[side] } }
    if unfinished != [0, 0] {
      text += "\n  left out, since they were not finished by the deadline: "
      text += "\(Counted.text(unfinished[0], "run")) of A, \(unfinished[1]) of B\n"
    }
    return text
  }

  private func pathText(_ layout: TextLayout) -> String {
    let all = comparison.paths
    if all.isEmpty { return "" }
    let differing = all.filter { [.greater, .smaller].contains($0.difference?.verdict) }
    let paths = all.count > Self.mostDrawn ? Array(differing.prefix(Self.mostDrawn)) : all
    var table = TextTable(
      ["path", "A", "B", "B − A", "95 %", ""], [.left, .right, .right, .right, .right, .left])
    var tones: [Int: Tone] = [:]
    for (row, path) in paths.enumerated() {
      table.add(
        ["\(RunRecordText.visible(path.from)) → \(RunRecordText.visible(path.to))"]
          + Self.figures(path.difference))
      tones[row] = Self.tone(path.difference)
    }
    var text = "\nRound-trip times in milliseconds\n\n"
    if !paths.isEmpty { text += table.text(layout, tones: tones) }
    if all.count > paths.count {
      text += "\n  \(differing.count) of \(Counted.text(all.count, "path")) differ\n"
    }
    return text
  }

  private static func figures(_ difference: MeanDifference?) -> [String] {
    guard let difference else { return ["–", "–", "–", "–", "no values"] }
    let interval = difference.interval.map {
      "\(signed($0.lowerBound)) … \(signed($0.upperBound))"
    }
    return [
      StartCellText.seconds(difference.first.mean), StartCellText.seconds(difference.second.mean),
      signed(difference.difference), interval ?? "–", words(difference.verdict),
    ]
  }

  private static func signed(_ value: Double) -> String {
    let text = StartCellText.seconds(value)
    return value > 0 && text != "0.00" && text != "–" ? "+" + text : text
  }

  private static func words(_ verdict: MeanDifference.Verdict) -> String {
    switch verdict {
    case .greater: "longer"
    case .smaller: "shorter"
    case .none: "no difference seen"
    case .unknown: "too few values"
    }
  }

  private static func tone(_ difference: MeanDifference?) -> Tone? {
    switch difference?.verdict {
    case .greater: .warning
    case .smaller: .good
    case .some(.none), .unknown, nil: nil
    }
  }

  private func circumstanceText() -> String {
    let all = comparison.circumstances
    if all.isEmpty { return "" }
    var text = "\nWhat else is not the same\n\n"
    for one in all.prefix(Self.mostListed) {
      text += "  \(RunRecordText.visible(one.name)): \(RunRecordText.visible(one.first))"
      text += " → \(RunRecordText.visible(one.second))\n"
    }
    if all.count > Self.mostListed { text += "  and \(all.count - Self.mostListed) more\n" }
    return text
  }

  // MARK: - For programs

  package var members: [JSONValue.Member] {
    [
      .init("a", .object(RunRecordText.members(of: comparison.first))),
      .init("b", .object(RunRecordText.members(of: comparison.second))),
      .init("confidence", .number(0.95)),
      .init(
        "cells",
        .array(
          comparison.cells.map { cell in
            .object(
              [
                .init("rttMs", .measured(cell.rttMilliseconds)),
                .init("containers", .integer(cell.containers)),
                .init("incomplete", .array(cell.unfinished.map { .integer($0) })),
              ] + Self.members(of: cell.difference))
          })),
      .init(
        "paths",
        .array(
          comparison.paths.map { path in
            .object(
              [.init("from", .string(path.from)), .init("to", .string(path.to))]
                + Self.members(of: path.difference))
          })),
      .init(
        "circumstances",
        .array(
          comparison.circumstances.map {
            ["name": .string($0.name), "a": .string($0.first), "b": .string($0.second)]
          })),
    ]
  }

  /// `a {count, mean, stddev}`, `b {…}`, `difference`, `low`, `high`, `verdict`.
  private static func members(of difference: MeanDifference?) -> [JSONValue.Member] {
    [
      .init("a", json(difference?.first)), .init("b", json(difference?.second)),
      .init("difference", .measured(difference?.difference)),
      .init("low", .measured(difference?.interval?.lowerBound)),
      .init("high", .measured(difference?.interval?.upperBound)),
      .init("verdict", .string((difference?.verdict ?? .unknown).rawValue)),
    ]
  }

  private static func json(_ summary: SampleSummary?) -> JSONValue {
    guard let summary else { return .null }
    return [
      "count": .integer(summary.count), "mean": .measured(summary.mean),
      "stddev": .measured(summary.standardDeviation),
    ]
  }
}
