import Digests
import Diagnostics
import Inventories
import Testing

@testable import Stages

/// The layout's promises: what is unique is unique, and what is there stays as it is.
@Suite struct TunnelLayoutTests {
  /// A testbed with a site for each name.
  static func testbed(
    _ names: [String], topology: Testbed.Topology = .mesh, name: String = "planet"
  ) throws -> Inventory {
    let position = SourcePosition(file: "inventory.toml", line: 1, column: 1)
    let sites = names.enumerated().map { index, name in
      let lan = IPv4Address(bits: 0xac00_0000 + UInt32(index) << 8)
      return Site(
        name: name, lan: IPv4Prefix(lan, length: 24), location: nil, city: nil,
        router: Router(
          name: "r-\(name)", wan: IPv4Address(bits: 0xcb00_0001 + UInt32(index)),
          lan: IPv4Address(bits: lan.bits + 1), reachable: true,
          ssh: SSHSettings(address: name), position: position),
        hosts: [], position: position)
    }
    let network = try #require(IPv4Prefix("10.98.0.0/15"))
    return Inventory(
      file: "inventory.toml", digest: "",
      testbed: Testbed(
        name: name, topology: topology, tunnelNetwork: network, tunnelMTU: 1400, tunnelPort: 20000),
      lab: nil,
      kubernetes: KubernetesSettings(version: nil, podNetwork: network, serviceNetwork: network),
      loadBalancer: LoadBalancerSettings(etcd: false), sites: sites, latency: [])
  }

  static let names = (0..<717).map { "university-\($0 * 7919 % 717)" }

  static func ends(_ inventory: Inventory) -> [String: TunnelEnd] {
    let layout = TunnelLayout(inventory)
    return Dictionary(
      uniqueKeysWithValues: inventory.sites.flatMap { layout.ends(at: $0.name) }
        .map { ("\($0.router) \($0.instance)", $0) })
  }

  @Test func aMeshOf717SitesHasNothingTwice() throws {
    let inventory = try Self.testbed(Self.names)
    let layout = TunnelLayout(inventory)
    #expect(layout.objections.isEmpty)
    #expect(Set(inventory.sites.compactMap { layout.address(of: $0.name) }).count == 717)
    var tunnels = 0
    for site in inventory.sites {
      let ends = layout.ends(at: site.name)
      tunnels += ends.count { $0.listens }
      let ports = ends.filter(\.listens).map(\.port)
      try #require(ends.count == 716)
      try #require(Set(ports).count == ports.count)
      try #require(ports.allSatisfy { (20000...32767).contains($0) })
      try #require(Set(ends.map(\.device)).count == 716)
      try #require(ends.allSatisfy { $0.device.utf8.count <= 15 && $0.device.hasPrefix("pb-") })
      try #require(Set(ends.map(\.instance)).count == 716)
      try #require(ends.allSatisfy { inventory.testbed.tunnelNetwork.contains($0.localAddress) })
    }
    #expect(tunnels == 717 * 716 / 2)
  }

  @Test func bothEndsAgree() throws {
    let ends = Self.ends(try Self.testbed(["keio", "kyutech", "nict"]))
    for end in ends.values {
      let other = try #require(ends["\(end.peerRouter) \(end.peer)-\(end.site)"])
      #expect(end.listens != other.listens)
      #expect(end.port == other.port)
      #expect(end.localAddress == other.remoteAddress)
      #expect(end.listeningAddress == other.listeningAddress)
    }
  }

  @Test(arguments: [Testbed.Topology.mesh, .hub(site: "university-0")])
  func aSiteAtTheEndChangesNoOther(_ topology: Testbed.Topology) throws {
    let names = Array(Self.names.prefix(200))
    let before = Self.ends(try Self.testbed(names, topology: topology))
    let after = Self.ends(try Self.testbed(names + ["newcomer"], topology: topology))
    for (name, end) in before {
      var changed = try #require(after[name])
      // Through a hub, what is reached grows; the tunnel stays the same.
      changed.routes = end.routes
      try #require(changed == end)
    }
    #expect(after.count == before.count + (topology == .mesh ? 400 : 2))
  }

  @Test(arguments: 0...3) func aSiteAmongAFewChangesNoOther(_ place: Int) throws {
    let names = ["keio", "kyutech", "nict"]
    var more = names
    more.insert("newcomer", at: place)
    let before = Self.ends(try Self.testbed(names))
    // The LAN prefixes of this test follow the order, so routes and WAN addresses are not compared.
    let after = Self.ends(try Self.testbed(more))
    for (name, end) in before {
      let later = try #require(after[name])
      #expect(later.port == end.port)
      #expect(later.localAddress == end.localAddress)
      #expect(later.remoteAddress == end.remoteAddress)
      #expect(later.device == end.device)
      #expect(later.listens == end.listens)
    }
  }

  @Test func aSiteAmongManyChangesFew() throws {
    let names = Array(Self.names.prefix(300))
    var more = names
    more.insert("newcomer", at: 0)
    let before = Self.ends(try Self.testbed(names))
    let after = Self.ends(try Self.testbed(more))
    let moved = before.count { after[$0.key]?.port != $0.value.port }
    // Of 300 routers, those whose new tunnel wants a port that another has: 300 × 299 / 12768 ≈ 7.
    #expect(moved < 60, "\(moved) of \(before.count) tunnel ends have another port")
  }

  @Test func aShortNameIsReadInTheDevice() throws {
    let layout = TunnelLayout(try Self.testbed(["keio", "kyutech"]))
    #expect(layout.ends(at: "keio").map(\.device) == ["pb-kyutech"])
  }

  @Test func namesWithHyphensAreToldApart() throws {
    // Each of these would be `a-b-a-b-a` at a-b-a if an instance were its two sites in order.
    let layout = TunnelLayout(try Self.testbed(["a-b-a", "a-b", "b-a"]))
    #expect(layout.ends(at: "a-b-a").map(\.instance) == ["a-b-a-a-b", "a-b-a-b-a"])
  }

  @Test func aFullAllocatorGivesNothing() {
    var slots = SlotAllocator(count: 3)
    let given = (0..<4).map { slots.slot(for: StableHash(["name", String($0)]).spread) }
    #expect(Set(given.prefix(3).compactMap(\.self)) == [0, 1, 2])
    #expect(given[3] == nil)
    var none = SlotAllocator(count: -1)
    #expect(none.slot(for: 1) == nil)
  }
}
