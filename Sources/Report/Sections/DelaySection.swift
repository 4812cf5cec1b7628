/// What was asked of every pair of sites, and what was measured.
struct DelaySection: Sendable {
  private let delays: [ReportContents.Delay]

  /// The delays of a report.
  init(_ contents: ReportContents) { delays = contents.delays }

  /// The section.
  var section: Section {
    Section(id: "delays", heading: "Asked and measured delays", content: content)
  }

  private var content: [Markup] {
    guard let plot = DelayPlot(delays) else {
      return [Section.paragraph("No delay was asked for, and none was measured.")]
    }
    let drawings = [Drawing.Width.wide, .narrow].map { plot.drawing($0) }
    var caption = [legend(of: plot.drawn)]
    if plot.leavesOut {
      caption.append(
        Section.paragraph(
          "Of \(delays.count) pairs, the \(plot.drawn.count) that are farthest from what was asked.",
          "note"))
    }
    let off = delays.filter { $0.verdict == .off }
    return [Section.figure(drawings, caption: caption, tables: [table.folded("Delays as a table")])]
      + (off.isEmpty ? [] : [reasons(off)])
  }

  private func legend(of drawn: [ReportContents.Delay]) -> Markup {
    let middle = Point(x: 11, y: 7)
    var items: [Markup] = []
    if drawn.contains(where: { $0.askedMilliseconds != nil }) {
      items.append(
        Section.key(
          [
            Mark.box(Box(x: 5, y: 0, width: 12, height: 14), "tolerance"),
            Mark.line(Point(x: 11, y: 0), Point(x: 11, y: 14), "asked"),
          ], "asked, and how far a mean may be from it"))
    }
    items.append(
      Section.key(
        [
          Mark.spread(Point(x: 1, y: 7), Point(x: 21, y: 7), cap: 4, "spread"),
          Mark.dot(middle, radius: 4.5, "measured"),
        ], "measured mean ± standard deviation"))
    if drawn.contains(where: { $0.verdict == .off }) {
      items.append(Section.key([Mark.diamond(middle, radius: 6, "measured off")], "measured, off"))
    }
    if drawn.contains(where: { $0.baselineMilliseconds != nil }) {
      items.append(
        Section.key(
          [Mark.cross(middle, radius: 3.5, "baseline")], "the path's own, before injection"))
    }
    return Markup("ul", ["class": "legend"], items)
  }

  private func reasons(_ off: [ReportContents.Delay]) -> Markup {
    Markup(
      "ul", ["class": "bad"],
      off.prefix(20).map {
        Markup("li", text: "✗ \($0.from) to \($0.to): \($0.reason ?? "off what was asked")")
      })
  }

  private var table: Table {
    var table = Table(
      caption: "Round-trip times of pairs of sites, in milliseconds",
      columns: [
        .words("From"), .words("To"), .figures("Asked"), .figures("Measured"),
        .figures("Standard deviation"), .figures("Measured − asked"), .figures("Path's own"),
        .figures("Samples"), .figures("Drops"), .words("Verdict"),
      ])
    for delay in delays {
      let verdict =
        switch delay.verdict {
        case .within: "✓ within"
        case .off: "✗ off"
        case .unjudged: "not judged"
        }
      table.rows.append([
        delay.from, delay.to, Figure.text(delay.askedMilliseconds, 2),
        Figure.text(delay.measuredMilliseconds, 2), Figure.text(delay.standardDeviation, 2),
        Figure.signed(delay.difference, 2), Figure.text(delay.baselineMilliseconds, 2),
        String(delay.samples), String(delay.drops), verdict,
      ])
    }
    return table
  }
}
