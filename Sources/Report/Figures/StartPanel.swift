import Measurement

/// Start times of one number of containers over the delays: every run as a dot, their mean with the
/// standard deviation, and the seed's means where it measured the same.
struct StartPanel: Sendable {
  /// A delay's runs, as far as they are drawn.
  private struct Group: Sendable {
    var delay: Double
    var label: String
    var times: [Double]
    var incomplete: Int
    var seed: Double?
    var summary: SampleSummary?
  }

  /// How many containers were started at once.
  let containers: Int
  private let groups: [Group]

  /// The panels of an experiment, one for each number of containers.
  static func panels(_ experiment: StartExperiment) -> [StartPanel] {
    Set(experiment.cells.map(\.containers)).filter { $0 > 0 }.sorted().compactMap { number in
      StartPanel(experiment.cells.filter { $0.containers == number }, containers: number)
    }
  }

  private init?(_ cells: [StartCell], containers: Int) {
    self.containers = containers
    groups = cells.map { cell in
      let times = cell.runs.filter(\.isComplete).map(\.seconds)
      return Group(
        delay: cell.rttMilliseconds ?? cell.measuredRTTMilliseconds ?? 0,
        label: cell.rttMilliseconds.map(Figure.short) ?? "own", times: times,
        incomplete: cell.runs.count - times.count,
        seed: SeedFigures.mean(
          rttMilliseconds: cell.rttMilliseconds, containers: cell.containers),
        summary: SampleSummary(times))
    }.sorted { $0.delay < $1.delay }
    if groups.isEmpty { return nil }
  }

  private var highest: Double { groups.flatMap(\.times).max() ?? 0 }

  /// Whether the seed's figures are drawn.
  var drawsSeed: Bool { !seedIsFar && groups.contains { $0.seed != nil } }

  /// Whether the seed's figures would flatten what was measured; they are told in words then.
  private var seedIsFar: Bool {
    let seed = groups.compactMap(\.seed).max() ?? 0
    return highest > 0 && seed > 4 * highest
  }

  /// The drawing, as wide as a telephone.
  func drawing() -> Drawing {
    let size = (width: 344.0, height: 262.0)
    let plot = Box(x: 40, y: 30, width: size.width - 40 - 14, height: size.height - 30 - 44)
    let seedReach = seedIsFar ? 0 : groups.compactMap(\.seed).max() ?? 0
    let reach =
      groups.compactMap { group in
        group.summary.map { max($0.maximum, $0.mean + $0.standardDeviation) }
      }.max() ?? 0
    let upright = Axis(
      Ticks(0, max(reach, seedReach, 0.001), count: 5), from: plot.y + plot.height, to: plot.y,
      title: "seconds until all are ready")
    let level = levelAxis(plot)
    var marks = upright.upright(plot) + level.level(plot)
    marks += seedMarks(level.scale, upright.scale)
    let means = groups.compactMap { group in
      group.summary.map { Point(x: level.scale(group.delay), y: upright.scale($0.mean)) }
    }
    if means.count > 1 { marks.append(Mark.path(means, "mean-line")) }
    for group in groups { marks += runs(of: group, level.scale, upright.scale, top: plot.y) }
    return Drawing(
      name: "starts-\(containers)", size: size,
      title: "Start time of \(Figure.count(containers, "container")) under each delay",
      description: groups.map(sentence).joined(separator: "; ") + ".", marks: marks)
  }

  private func levelAxis(_ plot: Box) -> Axis {
    let delays = groups.map(\.delay)
    let (first, last) = (delays.first ?? 0, delays.last ?? 0)
    // A single delay stands in the middle.
    let domain = last > first ? first...last : first - 1...first + 1
    let inset = min(34, plot.width / Double(2 * max(1, groups.count)))
    let scale = Scale(domain, from: plot.x + inset, to: plot.x + plot.width - inset)
    return Axis(
      scale, values: delays, labels: groups.map(\.label),
      title: "round-trip time between masters and workers (ms)")
  }

  private func runs(of group: Group, _ across: Scale, _ up: Scale, top: Double) -> [Markup] {
    let x = across(group.delay)
    var marks: [Markup] = []
    for (number, time) in group.times.enumerated() {
      // Side by side, to the right of the mean, so that none hides another.
      let shift = 8 + Double(number % 5) * 4.5
      marks.append(
        Mark.dot(
          Point(x: x + shift, y: up(time)), radius: 2, "run", note: Figure.seconds(time)))
    }
    if let summary = group.summary {
      if summary.count > 1 {
        marks.append(
          Mark.spread(
            Point(x: x, y: up.clamped(summary.mean - summary.standardDeviation)),
            Point(x: x, y: up.clamped(summary.mean + summary.standardDeviation)), cap: 5, "spread"))
      }
      marks.append(
        Mark.dot(Point(x: x, y: up(summary.mean)), radius: 4.5, "measured", note: sentence(group)))
    }
    if group.incomplete > 0 {
      marks.append(
        Mark.cross(
          Point(x: x, y: top + 6), radius: 4, "incomplete",
          note: "\(Figure.count(group.incomplete, "run")) not finished by the deadline"))
    }
    return marks
  }

  private func seedMarks(_ across: Scale, _ up: Scale) -> [Markup] {
    let known = groups.compactMap { group in group.seed.map { (group, $0) } }
    guard !known.isEmpty, !seedIsFar else { return [] }
    let places = known.map { Point(x: across($0.0.delay), y: up($0.1)) }
    var marks = [Mark.path(places, "seed-line")]
    for (place, (_, seed)) in zip(places, known) {
      marks.append(Mark.diamond(place, radius: 4.5, "seed", note: "2019: \(Figure.seconds(seed))"))
    }
    return marks
  }

  private func sentence(_ group: Group) -> String {
    let delay = group.label == "own" ? "the testbed's own delay" : "\(group.label) ms"
    var text = "\(delay): "
    if let summary = group.summary {
      text += "mean \(Figure.seconds(summary.mean))"
      if summary.count > 1 { text += " ± \(Figure.seconds(summary.standardDeviation))" }
      text += " of \(Figure.count(summary.count, "run"))"
    } else {
      text += "no run was finished"
    }
    if group.incomplete > 0 { text += ", \(group.incomplete) not finished" }
    if let seed = group.seed { text += "; 2019: \(Figure.seconds(seed))" }
    return text
  }

  /// What the panel's heading does not say: runs that were not finished, and the seed's figures when
  /// they lie beyond the axis.
  var remarks: [String] {
    var remarks: [String] = []
    let unfinished = groups.filter { $0.incomplete > 0 }.map { group in
      Figure.count(group.incomplete, "run")
        + (group.label == "own" ? " at the testbed's own delay" : " at \(group.label) ms")
    }
    if !unfinished.isEmpty {
      remarks.append("Not finished by the deadline: \(Figure.list(unfinished)).")
    }
    if seedIsFar {
      let figures = groups.compactMap { group in group.seed.map { Figure.text($0, 1) } }
      remarks.append("2019, beyond this axis: \(figures.joined(separator: ", ")) s.")
    }
    return remarks
  }
}
