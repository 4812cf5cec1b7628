import Digests
import Diagnostics
import Inventories

/// Which addresses the pods of each site and of each node have: a block of the pod network for every
/// site with nodes, and in it a /24 for every node, master or worker.
///
/// Nothing is stored, as with `TunnelLayout`: the layout follows from the inventory. A site's block is
/// looked up by the number of its LAN, a node's range by the number of its address in the LAN, so that
/// neighbours are neighbours here too: LANs or nodes that are numbered in a row (any 16 of them, with
/// a /16) never meet. Two that want the same are settled in the order of the file. So what is added
/// at the end of the file moves nobody; what is added elsewhere, or taken away, can only move those
/// who met it; `PodNetwork` refuses to move a node that has pods.
package struct PodLayout: Sendable {
  /// The prefix length of a node's range: 254 pods, more than a kubelet runs unless told to.
  package static let nodePrefixLength = 24

  /// What is given to a node.
  package struct NodeRange: Sendable, Hashable {
    /// The node.
    package var node: Host
    /// Where its pods get their addresses.
    package var range: IPv4Prefix
  }

  /// The pod network of the whole cluster.
  package let network: IPv4Prefix
  /// The sites' blocks, by the site.
  private var blocks: [String: IPv4Prefix] = [:]
  /// The nodes' ranges, by the site, in the order of the file.
  private var rangesBySite: [String: [NodeRange]] = [:]
  /// What could not be laid out.
  package private(set) var objections: [Diagnostic] = []

  /// Lays out the pod network of a testbed; nothing when its pods are not joined by planetbed.
  package init(_ inventory: Inventory) {
    network = inventory.kubernetes.podNetwork
    guard inventory.joinsPods else { return }
    let sites = inventory.sites.filter { !$0.nodes.isEmpty }
    let length = Self.blockLength(of: network)
    guard length <= Self.nodePrefixLength else {
      objections.append(tooSmall(inventory, "", at: sites.first?.position))
      return
    }
    var blocks = SlotAllocator(count: 1 << (length - network.length))
    for site in sites {
      let number = site.lan.address.bits >> UInt32(32 - max(site.lan.length, 1))
      guard let slot = blocks.slot(for: Self.hash(number, of: ["pods", site.name])) else {
        objections.append(
          tooSmall(
            inventory, "It has blocks for \(blocks.count) sites, and \(sites.count) have nodes. ",
            at: site.position))
        return
      }
      self.blocks[site.name] = Self.part(slot, of: network, length: length)
    }
    for site in sites { layOutNodes(of: site, inventory) }
  }

  private mutating func layOutNodes(of site: Site, _ inventory: Inventory) {
    guard let block = blocks[site.name] else { return }
    var slots = SlotAllocator(count: 1 << (Self.nodePrefixLength - block.length))
    for node in site.nodes {
      let hash = Self.hash(node.address.bits - site.lan.address.bits, of: ["pods", node.name])
      guard let slot = slots.slot(for: hash) else {
        objections.append(
          tooSmall(
            inventory,
            "A site's block has room for \(slots.count) nodes, and \(site.name) has "
              + "\(site.nodes.count). ", at: node.position))
        return
      }
      rangesBySite[site.name, default: []].append(
        NodeRange(
          node: node, range: Self.part(slot, of: block, length: Self.nodePrefixLength)))
    }
  }

  /// Where the pods of a site get their addresses; nil when it has no nodes.
  package func block(of site: String) -> IPv4Prefix? { blocks[site] }

  /// The ranges of a site's nodes, in the order of the file.
  package func ranges(at site: String) -> [NodeRange] { rangesBySite[site] ?? [] }

  /// Halfway between the pod network and a node's range, so that there are as many nodes to a site
  /// as sites, or twice as many: sixteen times sixteen in a /16.
  static func blockLength(of network: IPv4Prefix) -> Int {
    network.length > nodePrefixLength
      ? network.length : (network.length + nodePrefixLength) / 2
  }

  /// The number in the lower half, which decides the first choice (counts are powers of two), and
  /// the names' hash in the upper, by which the allocator goes on.
  private static func hash(_ number: UInt32, of words: [String]) -> UInt64 {
    StableHash(words).spread & ~UInt64(UInt32.max) | UInt64(number)
  }

  /// One of the equal parts of a network.
  private static func part(_ number: Int, of network: IPv4Prefix, length: Int) -> IPv4Prefix {
    IPv4Prefix(
      IPv4Address(bits: network.address.bits + UInt32(number) << UInt32(32 - length)),
      length: length)
  }

  // MARK: - A larger network

  private func tooSmall(
    _ inventory: Inventory, _ why: String, at position: SourcePosition?
  ) -> Diagnostic {
    let sites = inventory.sites.filter { !$0.nodes.isEmpty }
    let nodes = sites.map(\.nodes.count).max() ?? 0
    let proposal = Self.networks(forSites: sites.count, nodes: nodes, near: network)
      .first { candidate in
        !inventory.networksBesidePods.contains { $0.overlaps(candidate) }
          && !inventory.sites.contains { candidate.contains($0.router.wan) }
      }
    return Diagnostic(
      .error, "the pod network \(network) is too small for the sites and their nodes",
      detail: why + "Each site gets a block of it, and each node a /\(Self.nodePrefixLength). "
        + (proposal.map { "Give [kubernetes] pod_network = \"\($0)\"." }
          ?? "No private network that is free here has room for so many: spread the nodes "
          + "over more sites, or let another pod network join them ([kubernetes] network)."),
      at: position)
  }

  /// Private networks that are large enough, the best first: the one that holds what was given,
  /// then those of 10.0.0.0/8 and 172.16.0.0/12.
  private static func networks(
    forSites sites: Int, nodes: Int, near given: IPv4Prefix
  ) -> [IPv4Prefix] {
    let fitting = (8...16).reversed().first { length in
      let block = (length + nodePrefixLength) / 2
      return 1 << (block - length) >= sites && 1 << (nodePrefixLength - block) >= nodes
    }
    guard let fitting else { return [] }
    let privateNetworks = [
      IPv4Prefix(IPv4Address(bits: 0x0a00_0000), length: 8),
      IPv4Prefix(IPv4Address(bits: 0xac10_0000), length: 12),
    ]
    let all = privateNetworks.filter { $0.length <= fitting }.flatMap { whole in
      (0..<(1 << (fitting - whole.length))).map { part($0, of: whole, length: fitting) }
    }
    let around = IPv4Prefix(given.address, length: fitting)
    return all.filter { $0 == around } + all.filter { $0 != around }
  }
}

extension Site {
  /// The hosts that run pods, in the order of the file: masters run those of the system.
  var nodes: [Host] { hosts.filter { $0.role != .loadBalancer } }
}

extension Inventory {
  /// Whether planetbed joins the pods: not when a manifest does.
  var joinsPods: Bool { hasCluster && kubernetes.network == .bridge }

  /// All networks of the testbed but the pods'.
  var networksBesidePods: [IPv4Prefix] {
    sites.map(\.lan) + [testbed.tunnelNetwork, kubernetes.serviceNetwork]
  }
}
