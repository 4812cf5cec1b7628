/// Asked against measured round-trip times: a line for each pair of sites, with the standard deviation
/// as error bars.
struct DelayPlot: Sendable {
  /// As many pairs are drawn; beyond, those that are farthest from what was asked.
  static let mostDrawn = 40

  /// The pairs that are drawn, in the order of the report.
  let drawn: [ReportContents.Delay]
  /// Whether some were left out.
  let leavesOut: Bool

  /// The plot of those pairs that something was measured or asked of; nil when there are none.
  init?(_ delays: [ReportContents.Delay]) {
    let known = delays.filter { $0.measuredMilliseconds != nil || $0.askedMilliseconds != nil }
    guard !known.isEmpty else { return nil }
    leavesOut = known.count > Self.mostDrawn
    if leavesOut {
      // Asked for and not measured is as far off as can be.
      let order = known.indices.sorted {
        let (one, other) = (Self.distance(known[$0]), Self.distance(known[$1]))
        return one == other ? $0 < $1 : one > other
      }
      drawn = order.prefix(Self.mostDrawn).sorted().map { known[$0] }
    } else {
      drawn = known
    }
  }

  private static func distance(_ delay: ReportContents.Delay) -> Double {
    if let difference = delay.difference { return abs(difference) }
    return delay.askedMilliseconds == nil ? -1 : .infinity
  }

  /// The drawing for pages of a width.
  func drawing(_ width: Drawing.Width) -> Drawing {
    let isNarrow = width == .narrow
    let total = isNarrow ? 344.0 : 960
    let row = 26.0
    let names = drawn.map {
      TextExtent.shortened("\($0.from) → \($0.to)", to: isNarrow ? 260 : 230, size: 12)
    }
    // On a telephone, a pair's name stands above its line rather than beside it.
    let widest = names.map { TextExtent.width($0, size: 12) }.max() ?? 0
    let left = isNarrow ? 8 : widest + 16
    let step = isNarrow ? row + 14 : row
    let right = isNarrow ? 14.0 : 190
    let plot = Box(
      x: left, y: 8, width: total - left - right, height: step * Double(drawn.count) + 8)
    let highest = drawn.map(reach).max() ?? 1
    let axis = Axis(
      Ticks(0, highest, count: isNarrow ? 4 : 8), from: plot.x, to: plot.x + plot.width,
      title: "round-trip time (ms)")
    var marks = axis.level(plot)
    for (number, delay) in drawn.enumerated() {
      let y = plot.y + 4 + step * (Double(number) + 0.5) + (isNarrow ? 7 : 0)
      if isNarrow {
        marks.append(
          Mark.label(names[number], at: Point(x: left, y: y - 11), .start, "row-name halo"))
      } else {
        marks.append(Mark.label(names[number], at: Point(x: left - 12, y: y + 4), .end, "row-name"))
        marks.append(
          Mark.label(
            Self.note(delay), at: Point(x: total - right + 14, y: y + 4), .start, verdictKind(delay)
          ))
      }
      marks += line(delay, y: y, axis.scale)
    }
    return Drawing(
      name: "delays", width: width, size: (total, plot.y + plot.height + 42),
      title: "Asked and measured round-trip times of \(Figure.count(drawn.count, "pair")) of sites",
      description: drawn.map { "\($0.from) to \($0.to): \(Self.sentence($0))" }
        .joined(separator: "; ") + ".",
      marks: marks)
  }

  private func reach(_ delay: ReportContents.Delay) -> Double {
    let measured = (delay.measuredMilliseconds ?? 0) + (delay.standardDeviation ?? 0)
    let asked = delay.askedMilliseconds.map { $0 + (delay.toleranceMilliseconds ?? 0) } ?? 0
    return max(measured, asked, delay.baselineMilliseconds ?? 0, 1)
  }

  private func line(_ delay: ReportContents.Delay, y: Double, _ scale: Scale) -> [Markup] {
    var marks: [Markup] = []
    let note = "\(delay.from) to \(delay.to): \(Self.sentence(delay))"
    if let asked = delay.askedMilliseconds {
      let tolerance = delay.toleranceMilliseconds ?? 0
      let (low, high) = (scale.clamped(asked - tolerance), scale.clamped(asked + tolerance))
      let middle = scale(asked)
      // Never too thin to be seen.
      let half = max((high - low) / 2, 2)
      marks.append(
        Mark.box(
          Box(x: middle - half, y: y - 8, width: 2 * half, height: 16), "tolerance", note: note))
      marks.append(Mark.line(Point(x: middle, y: y - 9), Point(x: middle, y: y + 9), "asked"))
    }
    if let baseline = delay.baselineMilliseconds {
      marks.append(Mark.cross(Point(x: scale(baseline), y: y), radius: 3.5, "baseline", note: note))
    }
    if let measured = delay.measuredMilliseconds {
      let place = Point(x: scale(measured), y: y)
      if let deviation = delay.standardDeviation, deviation > 0 {
        marks.append(
          Mark.spread(
            Point(x: scale.clamped(measured - deviation), y: y),
            Point(x: scale.clamped(measured + deviation), y: y), cap: 4, "spread"))
      }
      marks.append(
        delay.verdict == .off
          ? Mark.diamond(place, radius: 6, "measured off", note: note)
          : Mark.dot(place, radius: 4.5, "measured", note: note))
    }
    return marks
  }

  private func verdictKind(_ delay: ReportContents.Delay) -> String {
    delay.verdict == .off ? "row-note bad" : "row-note"
  }

  /// What stands beside a line: the measured mean, its deviation and the verdict.
  private static func note(_ delay: ReportContents.Delay) -> String {
    guard let measured = delay.measuredMilliseconds else { return "not measured" }
    let spread = delay.standardDeviation.map { " ± \(Figure.text($0, $0 < 9.95 ? 1 : 0))" } ?? ""
    let number = Figure.text(measured, measured < 99.95 ? 1 : 0) + spread + " ms"
    return switch delay.verdict {
    case .within: "\(number)  ✓ within"
    case .off: "\(number)  ✗ off"
    case .unjudged: number
    }
  }

  private static func sentence(_ delay: ReportContents.Delay) -> String {
    let asked =
      delay.askedMilliseconds.map { "asked \(Figure.milliseconds($0))" } ?? "nothing asked"
    guard let measured = delay.measuredMilliseconds else { return "\(asked), not measured" }
    let spread = delay.standardDeviation.map { " ± \(Figure.milliseconds($0))" } ?? ""
    return "\(asked), measured \(Figure.milliseconds(measured))\(spread)"
      + (delay.verdict == .off ? ", off" : "")
  }
}
