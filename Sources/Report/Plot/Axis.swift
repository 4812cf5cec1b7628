/// The axes of a plot: lines across it at round values, and the values beside them.
struct Axis: Sendable {
  /// The size of an axis' labels, as the stylesheet has it.
  static let labelSize = 11.0

  /// Where values stand.
  var scale: Scale
  /// The values that have a label.
  var values: [Double]
  /// Their labels.
  var labels: [String]
  /// What is measured, with the unit.
  var title: String

  /// An axis at round values.
  init(_ ticks: Ticks, from start: Double, to end: Double, title: String) {
    scale = Scale(ticks.domain, from: start, to: end)
    values = ticks.values
    labels = ticks.labels
    self.title = title
  }

  /// An axis at given values.
  init(_ scale: Scale, values: [Double], labels: [String], title: String) {
    self.scale = scale
    self.values = values
    self.labels = labels
    self.title = title
  }

  /// A level axis at the foot of `plot`, with lines up through it.
  func level(_ plot: Box) -> [Markup] {
    let foot = plot.y + plot.height
    let places = values.map { scale($0) }
    let isShown = LabelRoom.spaced(labels, at: places, size: Self.labelSize)
    var marks: [Markup] = []
    for (place, (label, isShown)) in zip(places, zip(labels, isShown)) {
      marks.append(Mark.line(Point(x: place, y: plot.y), Point(x: place, y: foot), "grid"))
      if isShown {
        marks.append(Mark.label(label, at: Point(x: place, y: foot + 15), .middle, "tick"))
      }
    }
    marks.append(
      Mark.line(Point(x: plot.x, y: foot), Point(x: plot.x + plot.width, y: foot), "axis"))
    marks.append(
      Mark.label(title, at: Point(x: plot.x + plot.width, y: foot + 32), .end, "axis-title"))
    return marks
  }

  /// An upright axis at the left of `plot`, with lines across it; its title stands above.
  func upright(_ plot: Box) -> [Markup] {
    var marks: [Markup] = []
    for (value, label) in zip(values, labels) {
      let place = scale(value)
      marks.append(
        Mark.line(Point(x: plot.x, y: place), Point(x: plot.x + plot.width, y: place), "grid"))
      marks.append(Mark.label(label, at: Point(x: plot.x - 7, y: place + 4), .end, "tick"))
    }
    marks.append(Mark.label(title, at: Point(x: 0, y: plot.y - 10), .start, "axis-title"))
    return marks
  }
}
