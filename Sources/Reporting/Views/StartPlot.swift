import Measurement

/// Container start times drawn on the terminal: a bar for each delay and number of containers, as long
/// as the mean of the finished runs. All bars have one scale, which begins at 0.
package struct StartPlot: Sendable {
  private let experiment: StartExperiment
  private let isASCII: Bool

  /// The plot of an experiment; `isASCII` for terminals that show no block elements.
  package init(_ experiment: StartExperiment, isASCII: Bool = false) {
    self.experiment = experiment
    self.isASCII = isASCII
  }

  /// A bar, and what stands beside it.
  private struct Row {
    var label: String
    var mean: Double?
    var figures: String
    var unfinished: String
  }

  /// The plot; ends with a line end unless there is nothing to draw.
  package func text(_ layout: TextLayout) -> String {
    let groups = Set(experiment.cells.map(\.containers)).filter { $0 > 0 }.sorted().map { number in
      (number, experiment.cells.filter { $0.containers == number }.map(row))
    }
    let rows = groups.flatMap(\.1)
    let longest = rows.compactMap(\.mean).max() ?? 0
    let labels = rows.map { TextWidth.of($0.label) }.max() ?? 0
    let figures = rows.map { TextWidth.of($0.figures) }.max() ?? 0
    let remarks = rows.map { TextWidth.of($0.unfinished) }.max() ?? 0
    // Where there is no room for both bars and remarks, the remarks are what matters.
    let room = layout.columns - 2 - labels - 2 - figures - (remarks > 0 ? remarks + 2 : 0) - 2
    let width = room < 6 ? 0 : min(room, 60)
    var text = ""
    for (number, rows) in groups {
      text += layout.style(Counted.text(number, "container"), .strong) + "\n"
      for row in rows {
        var line = "  \(TextWidth.aligned(row.label, to: labels))"
        if width > 0 {
          line += "  \(TextWidth.padded(bar(row.mean, of: longest, width: width), to: width))"
        }
        line += "  \(TextWidth.aligned(row.figures, to: figures))"
        if !row.unfinished.isEmpty { line += "  " + layout.style(row.unfinished, .warning) }
        text += line + "\n"
      }
    }
    return text
  }

  private func row(_ cell: StartCell) -> Row {
    let finished = cell.runs.filter(\.isComplete)
    let summary = SampleSummary(finished.map(\.seconds))
    let spread = summary.flatMap { summary in
      summary.count > 1 ? " ± \(Counted.fixed(summary.standardDeviation, places: 2))" : nil
    }
    let missing = cell.runs.count - finished.count
    let figures = summary.map { "\(Counted.fixed($0.mean, places: 2))\(spread ?? "") s" } ?? "–"
    return Row(
      label: cell.rttMilliseconds.map { Counted.milliseconds($0) } ?? "own delay",
      mean: summary?.mean, figures: isASCII ? Self.ascii(figures) : figures,
      unfinished: missing > 0 ? "\(missing) unfinished" : "")
  }

  private static func ascii(_ text: String) -> String {
    String(text.map { $0 == "±" ? "~" : $0 == "–" ? "-" : $0 })
  }

  /// Left blocks of an eighth to seven eighths of a column.
  private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  private func bar(_ value: Double?, of longest: Double, width: Int) -> String {
    guard let value, longest > 0, value > 0 else { return "" }
    let columns = min(1, value / longest) * Double(width)
    if isASCII { return String(repeating: "#", count: max(1, Int(columns.rounded()))) }
    let parts = max(1, Int((columns * 8).rounded()))
    return String(repeating: "█", count: parts / 8) + Self.eighths[parts % 8]
  }
}
