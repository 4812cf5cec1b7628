import Inventories

/// Where delays are put: a lane is what packets of one router to the machines of one other site go
/// through, and the place of one netem.
package struct Lane: Sendable, Hashable {
  /// Which packets of the device are the lane's.
  package enum Packets: Sendable, Hashable {
    /// All: the device leads to the peer alone, and only this site's packets go through it.
    case all
    /// Those to these prefixes: a spoke's device leads to every other site.
    case destined([IPv4Prefix])
    /// Those from these prefixes: through the hub's device go other spokes' packets too, which have met
    /// their delay at their own router.
    case from([IPv4Prefix])
  }

  /// The site whose packets they are.
  package var site: String
  /// The site's router, on which the lane is.
  package var router: String
  /// The site that they are for; a lane's name on its router.
  package var peer: String
  /// The tunnel device.
  package var device: String
  /// Which of the device's packets.
  package var packets: Packets
  /// The address of the peer's router on its tunnels: what is pinged to measure the path.
  package var peerAddress: IPv4Address

  /// A lane.
  package init(
    site: String, router: String, peer: String, device: String, packets: Packets,
    peerAddress: IPv4Address
  ) {
    self.site = site
    self.router = router
    self.peer = peer
    self.device = device
    self.packets = packets
    self.peerAddress = peerAddress
  }
}

/// Which lanes there are: one for each ordered pair of sites.
///
/// A delay is put at the router of the site that sends, and nowhere else, so that the two legs of a way
/// through a hub do not add up.
package struct LatencyLayout: Sendable {
  private var lanesBySite: [String: [Lane]] = [:]

  /// The lanes of a site's router, in the order of the file.
  package func lanes(at site: String) -> [Lane] { lanesBySite[site] ?? [] }

  /// Lays out the lanes of a testbed; none when it has fewer than two sites.
  package init(_ inventory: Inventory) {
    let tunnels = TunnelLayout(inventory)
    let pods = PodLayout(inventory)
    let prefixes = Dictionary(
      inventory.sites.map { site in
        (
          site.name,
          [site.lan]
            + (tunnels.address(of: site.name).map { [IPv4Prefix($0, length: 32)] } ?? [])
            + (pods.block(of: site.name).map { [$0] } ?? [])
        )
      }, uniquingKeysWith: { first, _ in first })
    for site in inventory.sites {
      let ends = tunnels.ends(at: site.name)
      switch inventory.testbed.topology {
      case .mesh: lanesBySite[site.name] = ends.map { Self.lane(through: $0, .all) }
      case .hub(let hub) where hub == site.name:
        lanesBySite[site.name] = ends.map {
          Self.lane(through: $0, .from(prefixes[site.name] ?? []))
        }
      case .hub:
        guard let towardsHub = ends.first else { continue }
        lanesBySite[site.name] = inventory.sites.compactMap { peer in
          guard peer.name != site.name, let address = tunnels.address(of: peer.name) else {
            return nil
          }
          return Lane(
            site: site.name, router: site.router.name, peer: peer.name,
            device: towardsHub.device, packets: .destined(prefixes[peer.name] ?? []),
            peerAddress: address)
        }
      }
    }
  }

  /// The lane of a tunnel to the site that it leads to.
  private static func lane(through end: TunnelEnd, _ packets: Lane.Packets) -> Lane {
    Lane(
      site: end.site, router: end.router, peer: end.peer, device: end.device, packets: packets,
      peerAddress: end.remoteAddress)
  }
}
