import Measurement

/// How long containers take to start, and what they spend the time with.
struct StartSection: Sendable {
  private let starts: StartExperiment?

  /// The start times of a report.
  init(_ contents: ReportContents) { starts = contents.starts }

  /// The section.
  var section: Section {
    Section(id: "starts", heading: "Container start times", content: content)
  }

  private var content: [Markup] {
    guard let starts, !starts.cells.isEmpty else {
      return [Section.paragraph("Container start times were not measured.")]
    }
    var text =
      "From the request until all containers are ready, in seconds at the master's clock. "
      + "Each small dot is a run; the large ones are means, with the standard deviation."
    if let instrument = starts.manifest.instrumentSeconds {
      text += " The instrument itself takes \(Figure.seconds(instrument))."
    }
    return [
      Section.paragraph(text), panels(starts), Markup("h3", text: "Stages of one run"),
      waterfall(starts),
    ]
  }

  private func panels(_ starts: StartExperiment) -> Markup {
    let panels = StartPanel.panels(starts)
    let drawn = panels.map { panel in
      Markup(
        "div", ["class": "panel"],
        [Markup("h3", text: Figure.count(panel.containers, "container")), panel.drawing().markup]
          + panel.remarks.map { Section.paragraph($0, "note") })
    }
    var caption = [legend(starts, drawsSeed: panels.contains(where: \.drawsSeed))]
    if hasSeed(starts) {
      caption.append(
        Section.paragraph(
          "2019: Hirokawa, Keio University, mean of five runs on other machines, with Kubernetes 1.16.",
          "note"))
    }
    return Markup(
      "figure", [:],
      [
        Markup("div", ["class": "panels"], drawn), Markup("figcaption", [:], caption),
        table(starts).folded("Start times as a table"),
      ])
  }

  private func hasSeed(_ starts: StartExperiment) -> Bool {
    starts.cells.contains {
      SeedFigures.mean(rttMilliseconds: $0.rttMilliseconds, containers: $0.containers) != nil
    }
  }

  private func legend(_ starts: StartExperiment, drawsSeed: Bool) -> Markup {
    let middle = Point(x: 11, y: 7)
    var items = [
      Section.key([Mark.dot(middle, radius: 2, "run")], "a run"),
      Section.key(
        [
          Mark.spread(Point(x: 11, y: 0), Point(x: 11, y: 14), cap: 5, "spread"),
          Mark.dot(middle, radius: 4.5, "measured"),
        ], "mean ± standard deviation"),
    ]
    if drawsSeed {
      items.append(
        Section.key(
          [
            Mark.line(Point(x: 0, y: 7), Point(x: 22, y: 7), "seed-line"),
            Mark.diamond(middle, radius: 4.5, "seed"),
          ], "means of 2019"))
    }
    if starts.cells.contains(where: { $0.runs.contains { !$0.isComplete } }) {
      items.append(
        Section.key(
          [Mark.cross(middle, radius: 4, "incomplete")], "runs not finished by the deadline"))
    }
    return Markup("ul", ["class": "legend"], items)
  }

  /// Every cell: what its finished runs come to.
  private func table(_ starts: StartExperiment) -> Table {
    var table = Table(
      caption: "Seconds until all containers were ready: finished runs of each cell",
      columns: [
        "Asked delay, ms", "Measured, ms", "Containers", "Finished runs", "Mean",
        "Standard deviation", "Median", "Lower quartile", "Upper quartile", "Least", "Most",
        "Drops", "2019, mean of 5",
      ].map { .figures($0) })
    for cell in starts.cells {
      let finished = cell.runs.filter(\.isComplete)
      let summary = SampleSummary(finished.map(\.seconds))
      table.rows.append(
        [
          cell.rttMilliseconds.map(Figure.short) ?? "own",
          Figure.text(cell.measuredRTTMilliseconds, 2), String(cell.containers),
          "\(finished.count) of \(cell.runs.count)",
        ]
          + [
            summary?.mean, summary?.standardDeviation, summary?.median, summary?.lowerQuartile,
            summary?.upperQuartile, summary?.minimum, summary?.maximum,
          ].map { Figure.text($0, 2) }
          + [
            String(cell.drops),
            Figure.text(
              SeedFigures.mean(rttMilliseconds: cell.rttMilliseconds, containers: cell.containers),
              1),
          ])
    }
    return table
  }

  private func waterfall(_ starts: StartExperiment) -> Markup {
    guard let waterfall = Waterfall(starts) else {
      return Section.paragraph("No run was finished whose containers are known.")
    }
    var caption = [Waterfall.legend, Section.paragraph(waterfall.choice, "note")]
    if waterfall.run.containers.count > waterfall.drawn.count {
      caption.append(
        Section.paragraph(
          "The first \(waterfall.drawn.count) that were ready, of \(waterfall.run.containers.count).",
          "note"))
    }
    return Section.figure(
      [Drawing.Width.wide, .narrow].map { waterfall.drawing($0) }, caption: caption,
      tables: [waterfall.table.folded("Stages as a table")])
  }
}
