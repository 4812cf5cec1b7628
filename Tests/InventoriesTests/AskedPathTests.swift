import Diagnostics
import Digests
import Glibc
import Inventories
import Testing

/// What is asked of a path, by rules of every kind.
@Suite struct AskedPathTests {
  private func inventory(_ name: String, in folder: Folder = .fixtures) throws -> Inventory {
    let bytes = Array(try folder.read(name).utf8)
    return try InventoryReader.read(bytes, file: name, folder: folder.path).inventory
  }

  @Test func rulesOfEveryKind() throws {
    let inventory = try inventory("latency-every-key.toml")
    let own = try #require(inventory.askedPath(from: "a", to: "b"))
    #expect(
      own.conditions
        == PathConditions(
          delay: .added(roundTrip: 60_000),
          jitter: Jitter(
            roundTripMilliseconds: 10, distribution: .paretonormal, correlation: 0.25),
          duplicate: 0.01, reorder: 0.02, corrupt: 0.03))
    #expect(own.source == .rule(inventory.latency[0].position))
    #expect(own.rulePosition == inventory.latency[0].position)
    // Seen from the other end, the ways change places.
    #expect(
      inventory.askedPath(from: "c", to: "d")?.conditions
        == PathConditions(delay: .oneWay(from: 80, to: 20), rateBitsPerSecond: 1e7))
    #expect(
      inventory.askedPath(from: "d", to: "c")?.conditions.delay == .oneWay(from: 20, to: 80))
    // The means of both directions, where both were measured.
    let measured = try #require(inventory.askedPath(from: "c", to: "a"))
    #expect(
      measured.conditions
        == PathConditions(
          delay: .total(roundTrip: 105),
          jitter: Jitter(roundTripMilliseconds: 4, distribution: .uniform, correlation: 0.5),
          loss: 0.005, rateBitsPerSecond: 1e6))
    #expect(measured.source == .matrix(file: "matrices/jitter.csv", line: 2))
    #expect(
      inventory.askedPath(from: "a", to: "d")?.conditions
        == PathConditions(delay: .total(roundTrip: 30), loss: 1, rateBitsPerSecond: 1e6))
    // Nobody measured it, and the sites have no location: the last rule.
    let other = try #require(inventory.askedPath(from: "b", to: "c"))
    #expect(other.conditions == PathConditions(delay: .total(roundTrip: 50)))
    #expect(other.source == .allPairs(inventory.latency[4].position))
    #expect(inventory.askedPath(from: "a", to: "a") == nil)
    #expect(inventory.askedPath(from: "a", to: "nowhere") == nil)
    #expect(inventory.longestAskedRoundTrip == 60_000)
    #expect(inventory.askedRoundTrip("c", "d") == 100)
    #expect(inventory.askedRoundTrip("a", "a") == 0)
  }

  /// What is asked follows the inventory when that is changed.
  @Test func distancesFollowTheSites() throws {
    var inventory = try inventory("latency-every-key.toml")
    let model = GeographicModel(factor: 1.5)
    inventory.sites[2].location = Site.Location(latitude: 0, longitude: 0)
    let path = try #require(inventory.askedPath(from: "b", to: "c"))
    let kilometres = try #require(
      inventory.sites[1].location.map {
        $0.kilometres(to: Site.Location(latitude: 0, longitude: 0))
      })
    #expect(path.source == .geographic(kilometres: kilometres))
    #expect(
      path.conditions
        == PathConditions(
          delay: .total(roundTrip: model.roundTripMilliseconds(kilometres: kilometres)),
          loss: 0.01))
    inventory.latency.removeLast(2)
    #expect(inventory.askedPath(from: "b", to: "c") == nil)
    #expect(inventory.askedRoundTrip("b", "c") == 0)
    inventory.latency = []
    #expect(inventory.longestAskedRoundTrip == 0)
  }

  /// WonderNetwork's files: means over all pings between two cities, both ways and all servers.
  @Test func publishedPings() throws {
    let inventory = try inventory("wondernetwork.toml")
    func asked(_ from: String, _ to: String) throws -> AskedPath {
      try #require(inventory.askedPath(from: from, to: to))
    }
    let far = try asked("japan", "bohemia")
    let mean = (250.0 + 252 + 256) / 3
    #expect(far.conditions.delay == .total(roundTrip: mean))
    #expect(
      far.conditions.jitter == Jitter(roundTripMilliseconds: 4, distribution: .pareto))
    #expect(far.source == .matrix(file: "matrices/pings.csv", line: 2))
    // Of two Portlands, each site has its own: by its location, and by the state.
    #expect(try asked("japan", "oregon").conditions.delay == .total(roundTrip: 100))
    #expect(try asked("maine", "japan").conditions.delay == .total(roundTrip: 200))
    let coast = try asked("oregon", "maine").conditions
    #expect(coast == PathConditions(delay: .total(roundTrip: 70)))
    // What nobody measured follows from the places, which the file tells.
    #expect(
      inventory.site("japan")?.location == Site.Location(latitude: 35.6833, longitude: 139.7667))
    #expect(
      inventory.site("oregon")?.location == Site.Location(latitude: 45, longitude: -122))
    guard case .geographic(let kilometres) = try asked("oregon", "bohemia").source else {
      Issue.record("not geographic")
      return
    }
    #expect(abs(kilometres - 8500) < 500)
  }

  @Test func tenCities() throws {
    let inventory = try inventory("ten-cities.toml", in: .inventory)
    #expect(inventory.sites.count == 10)
    #expect(inventory.askedRoundTrip("baltimore", "brisbane") == (239.38 + 238.32) / 2)
    #expect(inventory.askedRoundTrip("zurich", "milan") == 11.17)
    #expect(inventory.askedRoundTrip("new-york", "paris") == (78.33 + 77.31) / 2)
    #expect(abs(inventory.askedRoundTrip("sydney", "zurich") - 348.16) < 0.01)
    var asked = 0
    for left in inventory.sites {
      for right in inventory.sites where inventory.askedRoundTrip(left.name, right.name) > 0 {
        asked += 1
      }
    }
    #expect(asked == 90)
  }
}
