/// Which host reaches which: the seed's table 4.7, with round-trip times.
struct ReachabilitySection: Sendable {
  private let reachability: ReportContents.Reachability?
  /// With more hosts than this a matrix is no longer read; the gaps are listed instead.
  private static let mostHosts = 60

  /// The reachability of a report.
  init(_ contents: ReportContents) { reachability = contents.reachability }

  /// Every ordered pair of hosts without an answer, as places in the list of hosts.
  static func gaps(of reachability: ReportContents.Reachability) -> [(from: Int, to: Int)] {
    let hosts = reachability.hosts.indices
    return hosts.flatMap { from in
      hosts.filter { $0 != from && reachability.time(from, $0) == nil }.map { (from, $0) }
    }
  }

  /// The section.
  var section: Section {
    Section(id: "reachability", heading: "Reachability", content: content)
  }

  private var content: [Markup] {
    guard let reachability, !reachability.hosts.isEmpty else {
      return [Section.paragraph("Reachability was not measured.")]
    }
    let gaps = Self.gaps(of: reachability)
    let pairs = reachability.hosts.count * (reachability.hosts.count - 1)
    let verdict =
      gaps.isEmpty
      ? Section.paragraph(
        "✓ Every host reaches every other (\(Figure.count(pairs, "pair"))).", "good")
      : Section.paragraph("✗ \(gaps.count) of \(Figure.count(pairs, "pair")) had no answer.", "bad")
    if reachability.hosts.count > Self.mostHosts {
      var table = Table(
        caption: "Pairs without an answer", columns: [.words("From"), .words("To")])
      table.rows = gaps.map { [reachability.hosts[$0.from], reachability.hosts[$0.to]] }
      return [verdict] + (gaps.isEmpty ? [] : [table.markup])
    }
    return [verdict, matrix(reachability)]
  }

  private func matrix(_ reachability: ReportContents.Reachability) -> Markup {
    let hosts = reachability.hosts
    let longest =
      hosts.indices.flatMap { row in
        hosts.indices.compactMap { reachability.time(row, $0) }
      }.max() ?? 0
    let caption = "Round-trip times in milliseconds, from the row's host to the column's"
    let head = Markup(
      "tr", [:],
      [Markup("th", ["scope": "col"], text: "from \\ to")]
        + hosts.map { Markup("th", ["scope": "col", "class": "n"], text: $0) })
    let rows = hosts.indices.map { row in
      Markup(
        "tr", [:],
        [Markup("th", ["scope": "row"], text: hosts[row])]
          + hosts.indices.map { column in
            cell(row == column ? 0 : reachability.time(row, column), isSelf: row == column, longest)
          })
    }
    return Table.box(
      caption,
      [
        Markup(
          "table", ["class": "matrix"],
          [
            Table.caption(caption), Markup("thead", [:], [head]),
            Markup("tbody", [:], rows),
          ])
      ])
  }

  private func cell(_ time: Double?, isSelf: Bool, _ longest: Double) -> Markup {
    if isSelf { return Markup("td", ["class": "n self"], text: "·") }
    guard let time else {
      return Markup(
        "td", ["class": "n gap"],
        [
          Markup("span", ["aria-hidden": "true"], text: "✗"),
          Markup("span", ["class": "unseen"], text: "no answer"),
        ])
    }
    // Five shades, of which the lightest is for a fifth of the longest time and less.
    let shade = longest > 0 ? min(4, Int(time / longest * 5)) : 0
    return Markup(
      "td", ["class": "n heat-\(shade)"],
      text: Figure.text(time, time < 9.995 ? 2 : time < 99.95 ? 1 : 0))
  }
}
