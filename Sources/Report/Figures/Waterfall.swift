import Measurement

/// The stages of one run: a bar for each container.
struct Waterfall: Sendable {
  /// As many containers are drawn.
  static let mostDrawn = 100
  /// The stages' ends, as the table and the legend name them, and between them how bars are drawn:
  /// the stages differ in height too, so that no colour is needed to tell them apart.
  static let stages = ["created", "scheduled", "seen by the kubelet", "started", "ready"]
  static let spans = [
    "created → scheduled", "scheduled → seen by the kubelet", "seen by the kubelet → started",
    "started → ready",
  ]
  private static let heights = [0.3, 0.55, 1.0, 0.75]

  /// The cell that the run is of.
  let cell: StartCell
  /// The run.
  let run: StartRun
  /// The containers that are drawn, by the time when they were ready.
  let drawn: [ContainerTimes]

  /// The median run of what is hardest: most containers, then the greatest delay; among an even number
  /// of runs, the quicker of the two in the middle. Nil when no run was finished.
  init?(_ experiment: StartExperiment) {
    let candidates = experiment.cells.filter { cell in
      cell.containers > 0 && cell.runs.contains { $0.isComplete && !$0.containers.isEmpty }
    }
    guard
      let cell = candidates.max(by: { one, other in
        (one.containers, one.rttMilliseconds ?? 0) < (other.containers, other.rttMilliseconds ?? 0)
      })
    else { return nil }
    let runs = cell.runs.filter { $0.isComplete && !$0.containers.isEmpty }
      .sorted { ($0.seconds, $0.number) < ($1.seconds, $1.number) }
    self.cell = cell
    run = runs[(runs.count - 1) / 2]
    let order = run.containers.enumerated().sorted { one, other in
      (one.element.ready ?? .infinity, one.offset) < (
        other.element.ready ?? .infinity, other.offset
      )
    }
    drawn = order.prefix(Self.mostDrawn).map(\.element)
  }

  /// What was chosen, in words.
  var choice: String {
    let delay =
      cell.rttMilliseconds.map { "a round-trip time of \(Figure.short($0)) ms" }
      ?? "the testbed's own delay"
    return "Run \(run.number) of \(Figure.count(cell.containers, "container")) under \(delay): "
      + "the median of that cell's finished runs, \(Figure.seconds(run.seconds)) until all were ready."
  }

  /// A container's stages in order, in milliseconds.
  static func times(_ container: ContainerTimes) -> [Double?] {
    [container.created, container.scheduled, container.seen, container.started, container.ready]
  }

  /// The drawing for pages of a width.
  func drawing(_ width: Drawing.Width) -> Drawing {
    let isNarrow = width == .narrow
    let total = isNarrow ? 344.0 : 960
    let row = drawn.count <= 12 ? 20.0 : drawn.count <= 30 ? 15 : drawn.count <= 60 ? 10 : 7
    // Names where rows are high enough for them.
    let isNamed = row >= 15
    let names = drawn.map {
      TextExtent.shortened($0.node ?? $0.pod, to: isNarrow ? 70 : 130, size: 11)
    }
    let left = isNamed ? (names.map { TextExtent.width($0, size: 11) }.max() ?? 0) + 10 : 8
    let plot = Box(
      x: left, y: 6, width: total - left - 18, height: row * Double(drawn.count) + 6)
    let last = drawn.flatMap(Self.times).compactMap { $0 }.max() ?? 1
    let axis = Axis(
      Ticks(0, max(last / 1000, run.seconds, 0.001), count: isNarrow ? 4 : 9), from: plot.x,
      to: plot.x + plot.width,
      title: "seconds since the request")
    var marks = axis.level(plot)
    for (number, container) in drawn.enumerated() {
      let middle = plot.y + 3 + row * (Double(number) + 0.5)
      if isNamed {
        marks.append(Mark.label(names[number], at: Point(x: left - 6, y: middle + 4), .end, "tick"))
      }
      marks.append(bar(container, middle: middle, height: row * 0.72, axis.scale))
    }
    return Drawing(
      name: "waterfall", width: width, size: (total, plot.y + plot.height + 42),
      title: "Stages of \(Figure.count(drawn.count, "container")) of one run",
      description: "\(choice) \(summary)", marks: marks)
  }

  /// One container: its stages as boxes, a line up to the first, and what they are when pointed at.
  private func bar(
    _ container: ContainerTimes, middle: Double, height: Double, _ scale: Scale
  ) -> Markup {
    let times = Self.times(container)
    let note = zip(Self.stages, times).map { stage, time in
      "\(stage) \(time.map { Figure.seconds($0 / 1000) } ?? "not seen")"
    }.joined(separator: ", ")
    var marks = [
      Markup("title", text: "\(container.pod)\(container.node.map { " on \($0)" } ?? ""): \(note)")
    ]
    if let first = times.compactMap({ $0 }).first {
      marks.append(
        Mark.line(Point(x: scale(0), y: middle), Point(x: scale(first / 1000), y: middle), "before")
      )
    }
    var from: Double?
    for (number, time) in times.enumerated() {
      guard let time else { continue }
      if let start = from, number > 0 {
        let tall = max(2, height * Self.heights[number - 1])
        let x = scale(min(start, time) / 1000)
        marks.append(
          Mark.box(
            Box(
              x: x, y: middle - tall / 2, width: max(0.6, scale(max(start, time) / 1000) - x),
              height: tall), "stage stage-\(number)"))
      }
      from = time
    }
    return Markup("g", [:], marks)
  }

  /// The medians of the stages over the containers.
  private var summary: String {
    let medians = Self.stages.indices.compactMap { stage -> String? in
      SampleSummary(run.containers.compactMap { Self.times($0)[stage] }).map {
        "\(Self.stages[stage]) \(Figure.seconds($0.median / 1000))"
      }
    }
    return "Median times: \(medians.joined(separator: ", "))."
  }

  /// The legend: how each stage is drawn.
  static var legend: Markup {
    Markup(
      "ul", ["class": "legend"],
      spans.enumerated().map { number, name in
        let tall = 12 * heights[number]
        return Markup(
          "li", [:],
          [
            Markup(
              "svg", ["class": "key", "viewBox": "0 0 22 14", "aria-hidden": "true"],
              [
                Mark.box(
                  Box(x: 1, y: 7 - tall / 2, width: 20, height: tall), "stage stage-\(number + 1)")
              ]),
            .text(name),
          ])
      })
  }

  /// Every container of the run, in the order of creation.
  var table: Table {
    var table = Table(
      caption: "Stages of run \(run.number), \(Figure.count(cell.containers, "container")), "
        + "in milliseconds since the request, at the master's clock",
      columns: [.words("Container"), .words("Node")] + Self.stages.map { .figures($0) })
    for container in run.containers {
      table.rows.append(
        [container.pod, container.node ?? Figure.none]
          + Self.times(container).map { Figure.text($0, 0) })
    }
    return table
  }
}
