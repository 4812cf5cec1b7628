/// A drawing in SVG with a title and a description for those who do not see it.
struct Drawing: Sendable {
  /// For which pages a drawing is made.
  enum Width: String, Sendable {
    /// Laptops, and paper.
    case wide
    /// Telephones.
    case narrow
    /// Both.
    case every
  }

  /// What names it in the page; no other drawing has it.
  var name: String
  /// For which pages it is.
  var width: Width = .every
  /// Its size in units, each a pixel where there is room.
  var size: (width: Double, height: Double)
  /// What it is.
  var title: String
  /// What is to be seen.
  var description: String
  /// What is drawn.
  var marks: [Markup]

  /// The drawing as an element of the page.
  var markup: Markup {
    let id = "\(name)-\(width.rawValue)"
    return Markup(
      "svg",
      [
        "class": width.rawValue,
        "viewBox": "0 0 \(Figure.place(size.width)) \(Figure.place(size.height))",
        "style": "max-width:\(Figure.place(size.width))px", "role": "img",
        "aria-labelledby": "\(id)-title \(id)-desc",
      ],
      [
        Markup("title", ["id": "\(id)-title"], text: title),
        Markup("desc", ["id": "\(id)-desc"], text: description),
      ] + marks)
  }
}

/// What drawings are made of.
enum Mark {
  /// A straight line.
  static func line(_ from: Point, _ to: Point, _ kind: String) -> Markup {
    Markup(
      "line",
      [
        "class": kind, "x1": Figure.place(from.x), "y1": Figure.place(from.y),
        "x2": Figure.place(to.x), "y2": Figure.place(to.y),
      ])
  }

  /// A line from place to place.
  static func path(_ points: [Point], _ kind: String, isClosed: Bool = false, note: String? = nil)
    -> Markup
  {
    guard let first = points.first else { return .nothing }
    let rest = points.dropFirst().map { "L\($0.text)" }.joined()
    return Markup(
      "path", ["class": kind, "d": "M\(first.text)\(rest)\(isClosed ? "Z" : "")"], noted(note))
  }

  /// A disc; `note` is told when it is pointed at.
  static func dot(_ centre: Point, radius: Double, _ kind: String, note: String? = nil) -> Markup {
    Markup(
      "circle",
      [
        "class": kind, "cx": Figure.place(centre.x), "cy": Figure.place(centre.y),
        "r": Figure.place(radius),
      ], noted(note))
  }

  /// A square that stands on a corner.
  static func diamond(_ centre: Point, radius: Double, _ kind: String, note: String? = nil)
    -> Markup
  {
    path(
      [
        Point(x: centre.x, y: centre.y - radius), Point(x: centre.x + radius, y: centre.y),
        Point(x: centre.x, y: centre.y + radius), Point(x: centre.x - radius, y: centre.y),
      ], kind, isClosed: true, note: note)
  }

  /// Two strokes that cross.
  static func cross(_ centre: Point, radius: Double, _ kind: String, note: String? = nil) -> Markup
  {
    let (x, y) = (centre.x, centre.y)
    let strokes = [(-radius, -radius, radius, radius), (-radius, radius, radius, -radius)].map {
      "M\(Point(x: x + $0.0, y: y + $0.1).text)L\(Point(x: x + $0.2, y: y + $0.3).text)"
    }
    return Markup("path", ["class": kind, "d": strokes.joined()], noted(note))
  }

  /// A rectangle.
  static func box(_ box: Box, _ kind: String, radius: Double? = nil, note: String? = nil) -> Markup
  {
    Markup(
      "rect",
      [
        "class": kind, "x": Figure.place(box.x), "y": Figure.place(box.y),
        "width": Figure.place(max(0, box.width)), "height": Figure.place(max(0, box.height)),
        "rx": radius.map(Figure.place),
      ], noted(note))
  }

  /// Which part of a label stands at its place.
  enum Anchor: String, Sendable {
    case start, middle, end
  }

  /// A label whose base line is at `at`.
  static func label(_ text: String, at point: Point, _ anchor: Anchor, _ kind: String) -> Markup {
    Markup(
      "text",
      [
        "class": kind, "x": Figure.place(point.x), "y": Figure.place(point.y),
        "text-anchor": anchor == .start ? nil : anchor.rawValue,
      ], text: text)
  }

  /// A mean with the spread around it: a line with caps along an axis.
  static func spread(_ from: Point, _ to: Point, cap: Double, _ kind: String) -> Markup {
    let isUpright = from.x == to.x
    let across = isUpright ? Point(x: cap, y: 0) : Point(x: 0, y: cap)
    let strokes = [
      (from, to),
      (
        Point(x: from.x - across.x, y: from.y - across.y),
        Point(x: from.x + across.x, y: from.y + across.y)
      ),
      (
        Point(x: to.x - across.x, y: to.y - across.y), Point(x: to.x + across.x, y: to.y + across.y)
      ),
    ].map { "M\($0.0.text)L\($0.1.text)" }
    return Markup("path", ["class": kind, "d": strokes.joined()])
  }

  private static func noted(_ note: String?) -> [Markup] {
    note.map { [Markup("title", text: $0)] } ?? []
  }
}
