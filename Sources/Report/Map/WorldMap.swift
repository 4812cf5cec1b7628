/// A part of the world, as large as the sites need it.
struct WorldMap: Sendable {
  /// Where on the drawing it stands.
  let frame: Box
  private let projection: Projection
  private let scale: Double
  private let centre: Point

  /// A map that shows all the places and ways, `width` units wide; not closer than about 3,800 km
  /// across, for which the coastline is made, and not wider than the world.
  init(
    of places: [ReportContents.Location],
    ways: [(from: ReportContents.Location, to: ReportContents.Location)] = [], width: Double
  ) {
    let projection = Projection(meridian: Projection.middle(of: places.map(\.longitude)))
    func spot(_ place: ReportContents.Location) -> Point {
      Projection.place(turned: projection.turned(place.longitude), latitude: place.latitude)
    }
    let world = Projection.place(turned: 180, latitude: 0).x
    let top = Projection.place(turned: 0, latitude: 84).y
    let bottom = Projection.place(turned: 0, latitude: -57).y
    let whole = Extent(left: -world, right: world, low: bottom, high: top)
    // Sites have room around them for their labels; ways need only be seen.
    var shown = Extent(around: places.map(spot))?.grown(by: 0.22) ?? whole
    let points = ways.flatMap { GreatCircle.points(from: $0.from, to: $0.to).map(spot) }
    if let extent = Extent(around: points)?.grown(by: 0.04) { shown = shown.joined(with: extent) }
    let across = min(max(shown.right - shown.left, (shown.high - shown.low) * 1.7, 0.6), 2 * world)
    let upright = min(max(shown.high - shown.low, across / 2.1), top - bottom)
    self.projection = projection
    scale = width / across
    frame = Box(x: 0, y: 0, width: width, height: upright * scale)
    let x = (shown.left + shown.right) / 2
    let y = (shown.low + shown.high) / 2
    centre = Point(
      x: min(max(x, -world + across / 2), world - across / 2),
      y: min(max(y, bottom + upright / 2), top - upright / 2))
  }

  /// A part of the projected globe; y grows upwards.
  private struct Extent {
    var left, right, low, high: Double

    init(left: Double, right: Double, low: Double, high: Double) {
      self.left = left
      self.right = right
      self.low = low
      self.high = high
    }

    /// The smallest that has all the points in it; nil for none.
    init?(around points: [Point]) {
      guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
        let low = points.map(\.y).min(), let high = points.map(\.y).max()
      else { return nil }
      self.init(left: left, right: right, low: low, high: high)
    }

    /// Larger by a share of its size on every side.
    func grown(by share: Double) -> Extent {
      let (x, y) = ((right - left) * share, (high - low) * share)
      return Extent(left: left - x, right: right + x, low: low - y, high: high + y)
    }

    func joined(with other: Extent) -> Extent {
      Extent(
        left: min(left, other.left), right: max(right, other.right), low: min(low, other.low),
        high: max(high, other.high))
    }
  }

  /// The place of a longitude's distance from the middle and a latitude, in degrees.
  private func place(_ turned: Double, _ latitude: Double) -> Point {
    let spot = Projection.place(turned: turned, latitude: latitude)
    return Point(
      x: frame.width / 2 + (spot.x - centre.x) * scale,
      y: frame.height / 2 - (spot.y - centre.y) * scale)
  }

  /// The place of a location on the drawing.
  func place(_ location: ReportContents.Location) -> Point {
    place(projection.turned(location.longitude), location.latitude)
  }

  /// The shortest way between two locations, in as many pieces as the map's edge cuts it into.
  func way(from: ReportContents.Location, to: ReportContents.Location) -> [[Point]] {
    var pieces: [[Point]] = [[]]
    var before: Double?
    for location in GreatCircle.points(from: from, to: to) {
      let turned = projection.turned(location.longitude)
      if let before, abs(turned - before) > 180 { pieces.append([]) }
      before = turned
      pieces[pieces.count - 1].append(place(turned, location.latitude))
    }
    return pieces.filter { $0.count > 1 }
  }

  /// The land that the map shows, as one path.
  var land: Markup {
    var path = ""
    for ring in Self.rings {
      // A ring is turned as a whole, so that it stays in one piece, and shown on both sides of the
      // edge that it may reach across.
      guard let first = ring.first else { continue }
      var turned = [(projection.turned(first.x), first.y)]
      for (from, to) in zip(ring, ring.dropFirst()) {
        turned.append((turned[turned.count - 1].0 + to.x - from.x, to.y))
      }
      for shift in [-360.0, 0, 360] {
        let points = Self.thinned(
          Self.cut(turned.map { ($0.0 + shift, $0.1) }).map { place($0.0, $0.1) })
        if isSeen(points) {
          path += "M" + points.map(\.text).joined(separator: "L") + "Z"
        }
      }
    }
    return Markup("path", ["class": "land", "d": path])
  }

  /// Lines along every so many degrees, which show how far the map reaches.
  var graticule: Markup {
    let step = frame.width / scale > 2.2 ? 30.0 : 10.0
    var path = ""
    for line in stride(from: -180.0, to: 180, by: step) {
      let turned = projection.turned(line)
      let points = stride(from: -60.0, through: 85, by: 5).map { place(turned, $0) }
      if isSeen(points) { path += "M" + points.map(\.text).joined(separator: "L") }
    }
    for line in stride(from: -60.0, through: 80, by: step) {
      let points = stride(from: -180.0, through: 180, by: 10).map { place($0, line) }
      if isSeen(points) { path += "M" + points.map(\.text).joined(separator: "L") }
    }
    return Markup("path", ["class": "graticule", "d": path])
  }

  private func isSeen(_ points: [Point]) -> Bool {
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let top = points.map(\.y).min(), let foot = points.map(\.y).max()
    else { return false }
    return right >= 0 && left <= frame.width && foot >= 0 && top <= frame.height
  }

  /// A line without the points that are too near to the one before to be told from it.
  private static func thinned(_ points: [Point]) -> [Point] {
    var kept: [Point] = []
    for point in points {
      if let last = kept.last, abs(last.x - point.x) < 0.9, abs(last.y - point.y) < 0.9 { continue }
      kept.append(point)
    }
    return kept
  }

  /// What of a ring lies between −180 and 180 degrees (Sutherland and Hodgman, 1974).
  private static func cut(_ ring: [(Double, Double)]) -> [(Double, Double)] {
    var points = ring
    for (edge, keepsBelow) in [(-180.0, false), (180.0, true)] {
      func isInside(_ point: (Double, Double)) -> Bool {
        keepsBelow ? point.0 <= edge : point.0 >= edge
      }
      guard var before = points.last else { return [] }
      var kept: [(Double, Double)] = []
      for point in points {
        if isInside(point) != isInside(before) {
          let share = (edge - before.0) / (point.0 - before.0)
          kept.append((edge, before.1 + share * (point.1 - before.1)))
        }
        if isInside(point) { kept.append(point) }
        before = point
      }
      points = kept
    }
    return points
  }

  /// The coastline: x is a longitude and y a latitude, in degrees.
  static let rings: [[Point]] = Coastline.rings.split(separator: "\n").map { line in
    line.split(separator: " ").compactMap { pair in
      let numbers = pair.split(separator: ",").compactMap { Double($0) }
      return numbers.count == 2 ? Point(x: numbers[0] / 10, y: numbers[1] / 10) : nil
    }
  }
}
