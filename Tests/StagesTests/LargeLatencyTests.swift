import Inventories
import Testing

@testable import Stages

/// 717 sites, every two of which have a path: what is asked of each, and where it is put.
@Suite struct LargeLatencyTests {
  /// As many sites, spread over the globe, with a delay between any two that follows from where they are.
  private static func planet(_ topology: Testbed.Topology) throws -> Inventory {
    var inventory = try TunnelLayoutTests.testbed(TunnelLayoutTests.names, topology: topology)
    for index in inventory.sites.indices {
      inventory.sites[index].location = Site.Location(
        latitude: Double(index * 37 % 181) - 90, longitude: Double(index * 101 % 361) - 180)
    }
    inventory.latency = [
      LatencyRule(
        .allPairs, PathConditions(loss: 0.001), delays: .geographic(GeographicModel()),
        position: inventory.sites[0].position)
    ]
    return inventory
  }

  @Test func everyPairIsAskedAndHasALane() throws {
    let inventory = try Self.planet(.mesh)
    let layout = LatencyLayout(inventory)
    let tunnels = TunnelLayout(inventory)
    let sites = Dictionary(uniqueKeysWithValues: inventory.sites.map { ($0.name, $0) })
    var lanes = 0
    for site in inventory.sites {
      let here = try #require(site.location)
      let own = layout.lanes(at: site.name)
      try #require(own.map(\.peer) == inventory.sites.map(\.name).filter { $0 != site.name })
      let devices = Set(own.map(\.device))
      try #require(devices.count == own.count)
      // One expectation for a site: half a million of them would take minutes.
      let right = own.allSatisfy { lane in
        guard let there = sites[lane.peer]?.location,
          let path = inventory.askedPath(from: site.name, to: lane.peer)
        else { return false }
        let roundTrip = GeographicModel().roundTripMilliseconds(
          kilometres: here.kilometres(to: there))
        return path.conditions.delay == .total(roundTrip: roundTrip)
          && path.conditions.leavingFirst.delay == .total(milliseconds: roundTrip / 2)
          && path.conditions.loss == 0.001
          && lane.packets == .all && lane.router == site.router.name
          && lane.peerAddress == tunnels.address(of: lane.peer)
      }
      try #require(right, "\(site.name)")
      lanes += own.count
    }
    #expect(lanes == 717 * 716)
  }

  @Test func inAHubEverySiteDelaysItsOwnPackets() throws {
    let hub = TunnelLayoutTests.names[300]
    let inventory = try Self.planet(.hub(site: hub))
    let layout = LatencyLayout(inventory)
    let sites = Dictionary(uniqueKeysWithValues: inventory.sites.map { ($0.name, $0) })
    for site in inventory.sites {
      let lanes = layout.lanes(at: site.name)
      try #require(lanes.map(\.peer) == inventory.sites.map(\.name).filter { $0 != site.name })
      let devices = Set(lanes.map(\.device))
      let right = lanes.allSatisfy { lane in
        switch lane.packets {
        case .from(let prefixes): site.name == hub && prefixes.contains(site.lan)
        case .destined(let prefixes):
          site.name != hub && sites[lane.peer].map { prefixes.contains($0.lan) } == true
        case .all: false
        }
      }
      try #require(right, "\(site.name)")
      try #require(devices.count == (site.name == hub ? 716 : 1))
    }
  }
}
