import Foundation

/// The testbed drawn: sites, and the tunnels between them with their round-trip times. On a map of the
/// world when every site has a location, else on a ring.
struct TopologyDrawing: Sendable {
  private let contents: ReportContents
  private let map: WorldMap?
  private let size: (width: Double, height: Double)
  private let places: [Point]
  private let indices: [String: Int]

  /// The drawing for pages of a width.
  static func drawing(_ contents: ReportContents, _ width: Drawing.Width) -> Drawing {
    let topology = TopologyDrawing(contents, width: width == .narrow ? 344 : 960)
    return Drawing(
      name: "topology", width: width, size: topology.size, title: topology.title,
      description: topology.description, marks: topology.marks(width))
  }

  private init(_ contents: ReportContents, width: Double) {
    self.contents = contents
    let indices = Dictionary(
      contents.sites.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.indices = indices
    let locations = contents.sites.compactMap(\.location).filter(\.isOnGlobe)
    if !locations.isEmpty, locations.count == contents.sites.count {
      let ends = contents.tunnels.map { (indices[$0.from], indices[$0.to]) }
      let map = WorldMap(
        of: locations,
        ways: ends.compactMap { from, to in
          from.flatMap { from in to.map { (from: locations[from], to: locations[$0]) } }
        }, width: width)
      self.map = map
      size = (map.frame.width, map.frame.height)
      places = locations.map(map.place)
    } else {
      map = nil
      size = (width, width < 500 ? 300 : 400)
      places = Self.ring(contents.sites.count, size)
    }
  }

  private static func ring(_ count: Int, _ size: (width: Double, height: Double)) -> [Point] {
    let centre = Point(x: size.width / 2, y: size.height / 2)
    guard count > 1 else { return Array(repeating: centre, count: count) }
    // Two stand side by side; from three on, the first is at the top.
    let first = count == 2 ? Double.pi : -.pi / 2
    return (0..<count).map { number in
      let angle = first + 2 * .pi * Double(number) / Double(count)
      return Point(
        x: centre.x + cos(angle) * size.width * 0.31, y: centre.y + sin(angle) * size.height * 0.36)
    }
  }

  private var title: String {
    map == nil ? "The sites and the tunnels between them" : "The sites on a map, and their tunnels"
  }

  private var description: String {
    let sites = contents.sites.prefix(30).map { site in
      site.city.map { "\(site.name) (\($0))" } ?? site.name
    }
    let tunnels = contents.tunnels.prefix(30).map {
      "\($0.from) to \($0.to): \(Self.state(of: $0))"
    }
    return "Sites: \(sites.joined(separator: ", ")). Tunnels: \(tunnels.joined(separator: "; "))."
  }

  /// What is to be said of a tunnel: its round-trip time, or that it is down.
  static func state(of tunnel: ReportContents.Tunnel) -> String {
    if tunnel.isUp == false { return "down" }
    return tunnel.rttMilliseconds.map { Figure.milliseconds($0) } ?? "not measured"
  }

  /// A tunnel's way over the drawing.
  private func way(_ tunnel: ReportContents.Tunnel) -> [[Point]] {
    guard let from = indices[tunnel.from], let to = indices[tunnel.to] else { return [] }
    if let map, let start = contents.sites[from].location, let end = contents.sites[to].location {
      return map.way(from: start, to: end)
    }
    return [[places[from], places[to]]]
  }

  private func marks(_ width: Drawing.Width) -> [Markup] {
    let frame = Box(x: 0, y: 0, width: size.width, height: size.height)
    let ways = contents.tunnels.map(way)
    let lines = zip(contents.tunnels, ways).flatMap { tunnel, pieces in
      let note = "\(tunnel.from) to \(tunnel.to): \(Self.state(of: tunnel))"
      let kind = tunnel.isUp == false ? "tunnel down" : "tunnel"
      return pieces.map { Mark.path($0, kind, note: note) }
    }
    var marks = lines
    if let map {
      let clip = "topology-clip-\(width.rawValue)"
      marks = [
        Markup("clipPath", ["id": clip], [Mark.box(frame, "frame", radius: 6)]),
        Markup(
          "g", ["clip-path": "url(#\(clip))"],
          [Mark.box(frame, "sea", radius: 6), map.graticule, map.land] + lines),
      ]
    }
    for (site, place) in zip(contents.sites, places) {
      marks.append(Mark.dot(place, radius: 5, "site", note: site.name))
    }
    var room = LabelRoom(frame.grown(by: -3), taken: places.map { Box(around: $0, radius: 6) })
    for (site, place) in zip(contents.sites, places) {
      marks += label(site, at: place, &room, isNarrow: width == .narrow)
    }
    for (tunnel, pieces) in zip(contents.tunnels, ways) {
      marks += label(tunnel, on: pieces, &room)
    }
    return marks
  }

  /// A site's name, and below it what is there, near its dot; with a line to it when it had to go
  /// further away; nothing when there is no room at all.
  private func label(
    _ site: ReportContents.Site, at place: Point, _ room: inout LabelRoom, isNarrow: Bool
  ) -> [Markup] {
    let name = TextExtent.shortened(site.name, to: isNarrow ? 110 : 200, size: 13)
    let second = TextExtent.shortened(
      site.city ?? Figure.count(site.hosts.count, "host"), to: isNarrow ? 110 : 200, size: 11)
    let width = max(TextExtent.width(name, size: 13) * 1.06, TextExtent.width(second, size: 11))
    let height = 30.0
    let outwards =
      map == nil && contents.sites.count > 1
      ? atan2(place.y - size.height / 2, place.x - size.width / 2) : 0
    let angles = [0.0, 1, -1, 2, -2, 3, -3, 4].map { outwards + $0 * .pi / 4 }
    for distance in [10.0, 22, 38, 58, 84] {
      let candidates = angles.map { angle -> Box in
        // The label's nearest edge is at this distance from the dot.
        let (cosine, sine) = (cos(angle), sin(angle))
        let x = place.x + cosine * (distance + width / 2)
        let y = place.y + sine * (distance + height / 2)
        return Box(x: x - width / 2, y: y - height / 2, width: width, height: height)
      }
      guard let box = room.place(candidates) else { continue }
      let middle = box.x + width / 2
      var marks: [Markup] = []
      if distance > 22 {
        let end = Point(x: middle, y: box.y > place.y ? box.y : box.y + height)
        marks.append(Mark.line(place, end, "leader"))
      }
      let isRight = box.x >= place.x
      let isLeft = box.x + width <= place.x
      let anchor: Mark.Anchor = isRight ? .start : isLeft ? .end : .middle
      let x = isRight ? box.x : isLeft ? box.x + width : middle
      marks.append(Mark.label(name, at: Point(x: x, y: box.y + 12), anchor, "site-name"))
      marks.append(Mark.label(second, at: Point(x: x, y: box.y + 26), anchor, "site-note"))
      return marks
    }
    return []
  }

  /// A tunnel's round-trip time on its way; nothing when there is no room, as the table has it too.
  private func label(
    _ tunnel: ReportContents.Tunnel, on pieces: [[Point]], _ room: inout LabelRoom
  ) -> [Markup] {
    guard tunnel.isUp == false || tunnel.rttMilliseconds != nil else { return [] }
    let points = pieces.max { $0.count < $1.count } ?? []
    guard points.count > 1 else { return [] }
    let text = Self.state(of: tunnel)
    let width = TextExtent.width(text, size: 11.5)
    let candidates = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74].map { share -> Box in
      let exact = share * Double(points.count - 1)
      let before = min(Int(exact), points.count - 2)
      let rest = exact - Double(before)
      let (from, to) = (points[before], points[before + 1])
      let x = from.x + rest * (to.x - from.x)
      let y = from.y + rest * (to.y - from.y)
      return Box(x: x - width / 2 - 2, y: y - 8, width: width + 4, height: 16)
    }
    guard let box = room.place(candidates) else { return [] }
    let kind = tunnel.isUp == false ? "tunnel-label down" : "tunnel-label"
    return [
      Mark.box(box, "plate", radius: 3),
      Mark.label(text, at: Point(x: box.x + box.width / 2, y: box.y + 12), .middle, kind),
    ]
  }
}
