/// A place in a drawing; y grows downwards.
struct Point: Sendable, Hashable {
  var x, y: Double

  /// As a path writes it.
  var text: String { "\(Figure.place(x)),\(Figure.place(y))" }
}

/// An upright rectangle in a drawing.
struct Box: Sendable, Hashable {
  var x, y, width, height: Double

  /// Whether the two have more than an edge in common.
  func overlaps(_ other: Box) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }

  /// Whether all of the other lies inside.
  func holds(_ other: Box) -> Bool {
    other.x >= x && other.y >= y && other.x + other.width <= x + width
      && other.y + other.height <= y + height
  }

  /// The rectangle, larger by so much on every side.
  func grown(by margin: Double) -> Box {
    Box(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }

  /// The rectangle around a place.
  init(around point: Point, radius: Double) {
    self.init(
      x: point.x - radius, y: point.y - radius, width: 2 * radius, height: 2 * radius)
  }

  init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// How much room a text takes. The fonts are the reader's own, so this is an estimate, rather too wide
/// than too narrow.
enum TextExtent {
  /// The width of a line in a sans-serif font of so many units.
  static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + share(of: $1) } * size
  }

  /// The text, cut so that it takes at most `width`, the last being `…` when it was cut.
  static func shortened(_ text: String, to width: Double, size: Double) -> String {
    guard self.width(text, size: size) > width else { return text }
    var kept = ""
    for character in text {
      if self.width(kept + String(character) + "…", size: size) > width { break }
      kept.append(character)
    }
    return kept + "…"
  }

  private static func share(of scalar: Unicode.Scalar) -> Double {
    // The widths of DejaVu Sans, the widest font that readers are likely to have.
    switch scalar {
    case "i", "j", "l", ".", ",", ":", ";", "|", "!", "'", "I", " ": 0.36
    case "f", "t", "r", "(", ")", "[", "]", "-", "/", "\\", "\"": 0.46
    case "m", "w", "M", "W", "@", "%", "…": 1
    case "<", ">", "=", "+", "#", "~", "^", "→", "±", "×", "−": 0.85
    case "A"..."Z", "&", "?": 0.75
    case _ where scalar.value < 0x1100: 0.64
    default: 1.05
    }
  }
}

/// Finds room for labels: none covers another, or what must stay in sight.
struct LabelRoom: Sendable {
  /// Where labels may stand.
  let bounds: Box
  private(set) var taken: [Box]

  /// Room inside `bounds`, but not where `taken` is.
  init(_ bounds: Box, taken: [Box] = []) {
    self.bounds = bounds
    self.taken = taken
  }

  /// The first of the candidates that is free, which is taken with it; nil when none is.
  mutating func place(_ candidates: [Box]) -> Box? {
    let free = candidates.first { candidate in
      bounds.holds(candidate) && !taken.contains { $0.overlaps(candidate) }
    }
    if let free { taken.append(free) }
    return free
  }

  /// Which of the labels along an axis are shown so that none touches its neighbour: the first and as
  /// many after it as have room. `places` are their centres, ascending.
  static func spaced(_ labels: [String], at places: [Double], size: Double) -> [Bool] {
    var reached = -Double.infinity
    return zip(labels, places).map { label, place in
      let half = TextExtent.width(label, size: size) / 2
      guard place - half > reached + size * 0.3 else { return false }
      reached = place + half
      return true
    }
  }
}
