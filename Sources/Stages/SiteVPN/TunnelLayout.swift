import Digests
import Diagnostics
import Inventories

/// Which tunnels there are, with their addresses, ports and devices.
///
/// Nothing is stored: the layout follows from the inventory, and a site more must change no tunnel
/// that is there. Therefore each number is looked up by a hash of names:
///
/// - A router has **one** address of the tunnel network, by its site's name, which it shows on all of
///   its tunnels (Linux lets point-to-point devices share their local address). A tunnel's pair of
///   addresses is unique because the pair of sites is; 717 sites need 717 addresses, not half a million.
/// - A tunnel has a port of the router that listens, by the two sites' names, from `tunnel_port` up to
///   32767: above lie the ports that Linux gives to programs which ask for any (ip_local_port_range).
///   Two routers may use the same port.
/// - A device is named after the peer, by a hash where the name is too long.
///
/// Two names that hash to the same number are settled in the order of the file. So a site added at
/// the end of the file never changes another; one that is added before others does so only if it
/// hashes to what one of those has, and then changes that one: with 3 sites the chance is below
/// 1 in 4,000, with 717 sites and the default networks about 1 in 20 for each router's ports.
package struct TunnelLayout: Sendable {
  /// The ends of all tunnels, by the site that has them, in the order of the file.
  private var endsBySite: [String: [TunnelEnd]] = [:]
  /// The routers' addresses, and what the devices are called.
  private let names: TunnelNames
  /// What could not be laid out.
  package private(set) var objections: [Diagnostic] = []

  /// The tunnel ends at a site, in the order of their peers in the file.
  package func ends(at site: String) -> [TunnelEnd] { endsBySite[site] ?? [] }

  /// The address that a site's router has on its tunnels; nil when the network is too small.
  package func address(of site: String) -> IPv4Address? { names.address(of: site) }

  /// Lays out the tunnels of a testbed; none when it has fewer than two sites.
  package init(_ inventory: Inventory) {
    names = TunnelNames(inventory)
    objections = names.objections
    guard inventory.sites.count > 1 else { return }
    let testbed = inventory.testbed
    var ports = PortAllocator(first: testbed.tunnelPort, testbed: testbed.name)
    let pods = PodLayout(inventory)
    for (left, right) in Self.pairs(inventory) {
      guard let listener = Self.listener(left, right, testbed.topology) else {
        objections.append(Self.unreachable(left, right))
        continue
      }
      let caller = listener.name == left.name ? right : left
      guard let port = ports.port(at: listener.name, for: caller.name) else {
        objections.append(Self.outOfPorts(listener, first: testbed.tunnelPort))
        continue
      }
      for (own, peer) in [(left, right), (right, left)] {
        guard let local = names.address(of: own.name),
          let remote = names.address(of: peer.name), let device = names.device(towards: peer.name)
        else { continue }
        let viaHub = testbed.topology == .hub(site: peer.name)
        // A spoke reaches all other sites through the hub, and the routers' own addresses.
        let reached = viaHub ? inventory.sites.filter { $0.name != own.name } : [peer]
        endsBySite[own.name, default: []].append(
          TunnelEnd(
            site: own.name, router: own.router.name, peer: peer.name,
            peerRouter: peer.router.name, device: device, localAddress: local,
            remoteAddress: remote, listens: own.name == listener.name, port: port,
            listeningAddress: listener.router.wan,
            routes: reached.map(\.lan) + (viaHub ? [testbed.tunnelNetwork] : [])
              + reached.compactMap { pods.block(of: $0.name) }))
      }
    }
  }

  /// Every two sites that have a tunnel, in the order of the file.
  private static func pairs(_ inventory: Inventory) -> [(Site, Site)] {
    let sites = inventory.sites
    switch inventory.testbed.topology {
    case .mesh:
      return sites.indices.flatMap { left in
        sites[(left + 1)...].map { (sites[left], $0) }
      }
    case .hub(let name):
      guard let hub = inventory.site(name) else { return [] }
      return sites.filter { $0.name != name }.map { (hub, $0) }
    }
  }

  /// Which of two sites' routers waits for the other to call: the one that can be reached; of two,
  /// the hub's, or the one whose name comes first. Nil when neither can.
  private static func listener(
    _ left: Site, _ right: Site, _ topology: Testbed.Topology
  ) -> Site? {
    switch (left.router.reachable, right.router.reachable) {
    case (false, false): nil
    case (true, false): left
    case (false, true): right
    case (true, true):
      // A hub is the left one of each of its pairs.
      topology == .mesh && right.name < left.name ? right : left
    }
  }

  private static func unreachable(_ left: Site, _ right: Site) -> Diagnostic {
    Diagnostic(
      .error, "no tunnel is possible between \(left.name) and \(right.name)",
      detail: "Neither \(left.router.name) nor \(right.router.name) can be reached by the other "
        + "(reachable = false). Make one of them reachable, or choose the topology \"hub\" with "
        + "a hub that is.",
      at: right.router.position)
  }

  private static func outOfPorts(_ site: Site, first: Int) -> Diagnostic {
    Diagnostic(
      .error, "\(site.router.name) has no UDP port left for another tunnel",
      detail: "Tunnels use the ports from tunnel_port (\(first)) up to "
        + "\(PortAllocator.last(from: first)). Give [testbed] a lower tunnel_port.",
      at: site.router.position)
  }
}

/// Gives each tunnel a UDP port of the router that listens.
private struct PortAllocator {
  let first: Int
  let testbed: String
  private var byListener: [String: SlotAllocator] = [:]

  init(first: Int, testbed: String) {
    self.first = first
    self.testbed = testbed
  }

  /// The highest port that may be used: below Linux's default ip_local_port_range, unless the user
  /// begins within it.
  static func last(from first: Int) -> Int { first < 32768 ? 32767 : 65535 }

  mutating func port(at listener: String, for caller: String) -> Int? {
    let hash = StableHash(["port", testbed, listener, caller]).spread
    return byListener[
      listener, default: SlotAllocator(count: Self.last(from: first) - first + 1)
    ].slot(for: hash).map { first + $0 }
  }
}
