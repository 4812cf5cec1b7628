import Diagnostics
import Inventories
import Roles
import Testing

@testable import Stages

/// The layout's promises: no two have the same, and what is there stays where it is.
@Suite struct PodLayoutTests {
  /// A testbed with a site for each number of nodes, whose LANs and nodes are numbered so.
  static func testbed(
    _ nodes: [Int], network: String = "10.244.0.0/16",
    lan: (Int) -> UInt32 = { 0xac10_0000 + UInt32($0) << 8 },
    address: (Int) -> UInt32 = { UInt32($0 % 250) + 2 }
  ) throws -> Inventory {
    var inventory = try TunnelLayoutTests.testbed(nodes.indices.map { "site-\($0)" })
    inventory.testbed.tunnelNetwork = try #require(IPv4Prefix("192.168.0.0/19"))
    inventory.kubernetes.podNetwork = try #require(IPv4Prefix(network))
    inventory.kubernetes.serviceNetwork = try #require(IPv4Prefix("10.96.0.0/12"))
    for (index, count) in nodes.enumerated() {
      let position = SourcePosition(file: "inventory.toml", line: index + 1, column: 1)
      let lan = lan(index)
      inventory.sites[index].lan = IPv4Prefix(IPv4Address(bits: lan), length: 24)
      inventory.sites[index].position = position
      inventory.sites[index].hosts = (0..<count).map { node in
        let bits = lan + address(node)
        return Host(
          name: "node-\(index)-\(node)", address: IPv4Address(bits: bits),
          role: node == 0 ? .master : .worker, ssh: SSHSettings(address: "node"),
          position: position)
      }
    }
    return inventory
  }

  /// Every node's range, by its name.
  static func ranges(_ inventory: Inventory) -> [String: IPv4Prefix] {
    let layout = PodLayout(inventory)
    return Dictionary(
      uniqueKeysWithValues: inventory.sites.flatMap { layout.ranges(at: $0.name) }
        .map { ($0.node.name, $0.range) })
  }

  /// Nothing is given twice, everything lies where it should.
  static func expectSound(_ inventory: Inventory) {
    let layout = PodLayout(inventory)
    #expect(layout.objections.isEmpty)
    var blocks: Set<IPv4Prefix> = []
    var ranges: Set<IPv4Prefix> = []
    for site in inventory.sites where !site.nodes.isEmpty {
      guard let block = layout.block(of: site.name) else {
        Issue.record("\(site.name) has no block")
        continue
      }
      #expect(blocks.insert(block).inserted)
      #expect(layout.network.overlaps(block) && block.length >= layout.network.length)
      let own = layout.ranges(at: site.name)
      let isWhole = own.map(\.node) == site.nodes
      #expect(isWhole, "\(site.name)")
      #expect(own.allSatisfy { ranges.insert($0.range).inserted })
      #expect(own.allSatisfy { $0.range.length == 24 && block.contains($0.range.address) })
    }
    // Blocks and ranges are of one length each: those that are not the same do not overlap.
    #expect(Set(blocks.map(\.length)).count <= 1)
  }

  @Test(arguments: [
    ([1], "10.244.0.0/24"), ([16], "10.244.0.0/16"),
    (Array(repeating: 16, count: 16), "10.244.0.0/16"),
    (Array(repeating: 7, count: 3), "10.244.0.0/17"), ([0, 3, 0, 2], "10.244.0.0/20"),
    (Array(repeating: 4, count: 4), "10.244.0.0/20"), ([200, 1, 60], "10.0.0.0/8"),
  ])
  func nothingIsGivenTwice(_ nodes: [Int], _ network: String) throws {
    Self.expectSound(try Self.testbed(nodes, network: network))
    // Whatever the numbers are, those of one remainder too.
    Self.expectSound(
      try Self.testbed(
        nodes, network: network, lan: { 0xac10_0000 + UInt32($0) << 12 },
        address: { UInt32($0) << 4 + 1 }))
  }

  @Test func aSlash16HasSixteenSitesOfSixteenNodes() throws {
    let layout = PodLayout(try Self.testbed([3, 2, 2]))
    #expect(layout.block(of: "site-0")?.description == "10.244.0.0/20")
    #expect(layout.block(of: "site-1")?.description == "10.244.16.0/20")
    #expect(
      layout.ranges(at: "site-1").map(\.range.description) == ["10.244.18.0/24", "10.244.19.0/24"])
  }

  @Test func whatIsAddedAtTheEndMovesNobody() throws {
    // Numbers that meet all the time, so that the order decides.
    func testbed(_ nodes: [Int]) throws -> Inventory {
      try Self.testbed(
        nodes, lan: { 0xac10_0000 + UInt32($0 * 7919 % 64) << 12 },
        address: { UInt32($0 * 31 % 12) << 4 + 1 + UInt32($0) })
    }
    var before: [String: IPv4Prefix] = [:]
    var nodes: [Int] = []
    for site in 0..<16 {
      nodes.append(0)
      for count in 1...12 {
        nodes[site] = count
        let after = Self.ranges(try testbed(nodes))
        #expect(after.filter { before[$0.key] != nil } == before)
        #expect(after.count == before.count + 1)
        before = after
      }
    }
  }

  @Test func whatIsNumberedInARowMovesNobodyWhereverItIsAddedOrTakenAway() throws {
    let whole = try Self.testbed(Array(repeating: 16, count: 16))
    let all = Self.ranges(whole)
    for site in whole.sites.indices {
      for node in whole.sites[site].hosts.indices where (site, node) != (0, 0) {
        var fewer = whole
        let gone = fewer.sites[site].hosts.remove(at: node).name
        let left = Self.ranges(fewer)
        #expect(left == all.filter { $0.key != gone })
      }
      guard site > 0 else { continue }
      var fewer = whole
      let gone = Set(fewer.sites.remove(at: site).hosts.map(\.name))
      #expect(Self.ranges(fewer) == all.filter { !gone.contains($0.key) })
    }
  }

  @Test func thousandsOfNodesAreQuick() throws {
    let inventory = try Self.testbed(Array(repeating: 100, count: 120), network: "10.0.0.0/8")
    Self.expectSound(inventory)
    #expect(Self.ranges(inventory).count == 12_000)
  }

  @Test func aSiteMayHaveTooManyNodes() throws {
    let inventory = try Self.testbed([17, 1])
    let objection = try #require(PodLayout(inventory).objections.first)
    #expect(
      objection.summary
        == "the pod network 10.244.0.0/16 is too small for the sites and their nodes")
    #expect(
      objection.detail
        == "A site's block has room for 16 nodes, and site-0 has 17. Each site gets a block of it, "
        + "and each node a /24. Give [kubernetes] pod_network = \"10.244.0.0/15\".")
    #expect(objection.position?.line == 1)
    var larger = inventory
    larger.kubernetes.podNetwork = try #require(IPv4Prefix("10.244.0.0/15"))
    Self.expectSound(larger)
  }

  @Test func thereMayBeTooManySites() throws {
    let inventory = try Self.testbed(Array(repeating: 1, count: 17))
    let objection = try #require(PodLayout(inventory).objections.first)
    #expect(objection.detail.hasPrefix("It has blocks for 16 sites, and 17 have nodes. "))
    #expect(objection.detail.hasSuffix("pod_network = \"10.244.0.0/14\"."))
    #expect(objection.position?.line == 17)
  }

  @Test func whatIsProposedIsFree() throws {
    // A /12 around it would take the services' network in.
    let inventory = try Self.testbed(
      Array(repeating: 40, count: 60), network: "10.98.0.0/16",
      lan: { 0x0a00_0000 + UInt32($0) << 8 })
    let detail = try #require(PodLayout(inventory).objections.first).detail
    #expect(detail.hasSuffix("Give [kubernetes] pod_network = \"10.16.0.0/12\"."))
  }

  @Test func aNetworkMayBeTooSmallForAnybody() throws {
    let inventory = try Self.testbed([1], network: "10.244.0.0/25")
    let objection = try #require(PodLayout(inventory).objections.first)
    #expect(objection.detail.hasSuffix("pod_network = \"10.244.0.0/16\"."))
    // No private network has room for that many.
    let vast = try Self.testbed(Array(repeating: 1, count: 300))
    let detail = try #require(PodLayout(vast).objections.first).detail
    #expect(detail.contains("No private network that is free here has room for so many"))
  }

  @Test func aNodeThatHasPodsIsNotMoved() throws {
    let inventory = try Self.testbed([1, 1])
    func problems(_ told: String) -> [Diagnostic] {
      let facts = Facts(
        hosts: ["node-1-0": HostFacts(system: SystemFacts(), registered: ["pod_range": told])])
      return PodNetwork().problems(for: inventory, facts: facts)
    }
    #expect(problems("").isEmpty)
    #expect(problems("nonsense").isEmpty)
    #expect(problems("10.244.18.0/24").isEmpty)
    let problem = try #require(problems("10.244.20.0/24").first)
    #expect(
      problem.summary
        == "the pods of node-1-0 have 10.244.20.0/24, and the inventory now gives it 10.244.18.0/24"
    )
    #expect(problem.severity == .error && problem.host == "node-1-0")
    #expect(problem.detail.contains("planetbed reset --limit host=node-1-0"))
  }

  @Test func onlyWhatPlanetbedJoinsIsLaidOut() throws {
    var inventory = try Self.testbed([17])
    inventory.kubernetes.network = .manifest(.url("https://example.org/net.yaml"))
    #expect(PodLayout(inventory).objections.isEmpty)
    #expect(PodNetwork().applications(for: inventory).isEmpty)
    inventory.kubernetes.network = .bridge
    inventory.kubernetes.installs = false
    #expect(PodLayout(inventory).objections.isEmpty)
    #expect(PodLayout(inventory).block(of: "site-0") == nil)
    #expect(PodNetwork().applications(for: inventory).isEmpty)
  }
}
