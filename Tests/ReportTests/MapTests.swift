import Foundation
import Testing

@testable import Report

/// The projection, ways over the globe, and the part of the world that is shown.
@Suite struct MapTests {
  private static let fujisawa = ReportContents.Location(latitude: 35.39, longitude: 139.43)
  private static let berkeley = ReportContents.Location(latitude: 37.87, longitude: -122.27)
  private static let lisbon = ReportContents.Location(latitude: 38.74, longitude: -9.14)

  @Test func theProjectionKeepsAreas() {
    // Equal Earth's own figures: the equator is 2.7066 units long on each side, the pole lies at 1.3173.
    let east = Projection.place(turned: 180, latitude: 0)
    #expect(abs(east.x - 2.70663) < 1e-4)
    #expect(abs(Projection.place(turned: 0, latitude: 90).y - 1.31736) < 1e-4)
    for latitude in stride(from: -80.0, through: 80, by: 20) {
      // A small field of the map is as large as it is on the globe.
      let step = 0.01
      let width =
        Projection.place(turned: step, latitude: latitude).x
        - Projection.place(turned: 0, latitude: latitude).x
      let height =
        Projection.place(turned: 0, latitude: latitude + step / 2).y
        - Projection.place(turned: 0, latitude: latitude - step / 2).y
      let onGlobe = (step * .pi / 180) * (step * .pi / 180) * cos(latitude * .pi / 180)
      #expect(abs(width * height / onGlobe - 1) < 1e-3)
    }
  }

  @Test func theMapIsCutWhereNobodyIs() {
    #expect(Projection.middle(of: [139, -122]) == -171.5)
    #expect(Projection.middle(of: [10, 20]) == 15)
    #expect(Projection.middle(of: [7]) == 7)
    #expect(Projection.middle(of: []) == 11)
    #expect(Projection.wrapped(190) == -170)
    #expect(Projection.wrapped(-181) == 179)
  }

  @Test func waysBeginAndEndAtTheirSites() throws {
    let map = WorldMap(of: [Self.fujisawa, Self.berkeley, Self.lisbon], width: 960)
    let pieces = map.way(from: Self.fujisawa, to: Self.berkeley)
    #expect(pieces.count == 1)
    let points = try #require(pieces.first)
    for (point, place) in [(points.first, Self.fujisawa), (points.last, Self.berkeley)] {
      let point = try #require(point)
      #expect(abs(point.x - map.place(place).x) < 1e-6)
      #expect(abs(point.y - map.place(place).y) < 1e-6)
    }
    // The shortest way over the Pacific leads further north than both ends, so higher on the map.
    #expect(points.map(\.y).min() ?? 0 < map.place(Self.berkeley).y - 10)
  }

  @Test(arguments: [344.0, 960])
  func everySiteIsOnTheMap(width: Double) {
    for places in [
      [Self.fujisawa], [Self.fujisawa, Self.berkeley], [Self.fujisawa, Self.berkeley, Self.lisbon],
      [.init(latitude: 90, longitude: 0), .init(latitude: -57, longitude: 179)],
      [.init(latitude: 35.4, longitude: 139.4), .init(latitude: 33.9, longitude: 130.8)],
    ] {
      let map = WorldMap(of: places, width: width)
      #expect(map.frame.height > 80)
      #expect(map.frame.height < width)
      for place in places where place.latitude > -57 && place.latitude < 84 {
        let point = map.place(place)
        #expect((0...width).contains(point.x))
        #expect((0...map.frame.height).contains(point.y))
      }
    }
  }

  @Test func theCoastlineIsOfThisEarth() {
    #expect(WorldMap.rings.count > 30)
    for ring in WorldMap.rings {
      #expect(ring.count > 2)
      #expect(ring.allSatisfy { abs($0.x) <= 180 && $0.y > -60 && $0.y < 84 })
    }
    // Largest first: Africa, Europe and Asia, in which Madrid, Cairo and Beijing lie; not so Honolulu.
    func isInside(_ x: Double, _ y: Double, _ ring: [Point]) -> Bool {
      var inside = false
      for (one, other) in zip(ring, ring.dropFirst() + ring.prefix(1))
      where (one.y > y) != (other.y > y)
        && x < (other.x - one.x) * (y - one.y) / (other.y - one.y) + one.x
      {
        inside.toggle()
      }
      return inside
    }
    for (x, y) in [(-3.7, 40.4), (31.2, 30.0), (116.4, 39.9)] {
      #expect(isInside(x, y, WorldMap.rings[0]))
    }
    #expect(!WorldMap.rings.contains { isInside(-157.9, 21.3, $0) })
  }

  /// Thirty cities on a map, and nine sites on a ring, each joined to the first.
  @Test func noSiteGoesWithoutItsName() throws {
    let cities: [(String, Double, Double)] = [
      ("tokyo", 35.7, 139.7), ("osaka", 34.7, 135.5), ("seoul", 37.6, 127),
      ("singapore", 1.35, 103.8), ("sydney", -33.9, 151.2), ("mumbai", 19.1, 72.9),
      ("dubai", 25.2, 55.3), ("nairobi", -1.3, 36.8), ("capetown", -33.9, 18.4),
      ("lagos", 6.5, 3.4), ("cairo", 30, 31.2), ("istanbul", 41, 29), ("frankfurt", 50.1, 8.7),
      ("amsterdam", 52.4, 4.9), ("london", 51.5, -0.1), ("paris", 48.9, 2.4),
      ("madrid", 40.4, -3.7), ("stockholm", 59.3, 18.1), ("newyork", 40.7, -74),
      ("washington", 38.9, -77), ("toronto", 43.7, -79.4), ("chicago", 41.9, -87.6),
      ("dallas", 32.8, -96.8), ("denver", 39.7, -105), ("sanfrancisco", 37.8, -122.4),
      ("losangeles", 34, -118.2), ("mexico", 19.4, -99.1), ("bogota", 4.7, -74),
      ("saopaulo", -23.5, -46.6), ("santiago", -33.4, -70.7),
    ]
    func contents(_ count: Int, onMap: Bool) -> ReportContents {
      let sites = cities.prefix(count).map { name, latitude, longitude in
        ReportContents.Site(
          name: name, location: onMap ? .init(latitude: latitude, longitude: longitude) : nil,
          prefix: "10.0.0.0/24", router: "r-\(name)", hosts: [])
      }
      return ReportContents(
        testbed: "test-data", made: 0, planetbed: "0.1.0", sites: sites,
        tunnels: sites.dropFirst().map {
          .init(from: sites[0].name, to: $0.name, isUp: true, rttMilliseconds: 100)
        })
    }
    for (contents, width) in [
      (contents(30, onMap: true), Drawing.Width.wide), (contents(9, onMap: false), .wide),
      (contents(9, onMap: false), .narrow), (contents(2, onMap: false), .narrow),
      (contents(1, onMap: true), .narrow),
    ] {
      let drawing = TopologyDrawing.drawing(contents, width)
      var page = "<!DOCTYPE html>\n"
      drawing.markup.write(to: &page)
      let names = try PageReader(page).all("text", "class", "site-name").map(\.text)
      #expect(names == contents.sites.map(\.name))
    }
  }
}
