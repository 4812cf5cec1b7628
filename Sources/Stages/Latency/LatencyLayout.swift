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
    func prefixes(_ site: Site) -> [IPv4Prefix] {
      [site.lan]
        + (tunnels.address(of: site.name).map { [IPv4Prefix($0, length: 32)] } ?? [])
        + (pods.block(of: site.name).map { [$0] } ?? [])
    }
    for site in inventory.sites {
      let ends = tunnels.ends(at: site.name)
      for peer in inventory.sites where peer.name != site.name {
        guard let address = tunnels.address(of: peer.name) else { continue }
        let direct = ends.first { $0.peer == peer.name }
        let packets: Lane.Packets
        let device: String
        switch inventory.testbed.topology {
        case .mesh:
          guard let direct else { continue }
          (packets, device) = (.all, direct.device)
        case .hub(let hub) where hub == site.name:
          guard let direct else { continue }
          (packets, device) = (.from(prefixes(site)), direct.device)
        case .hub:
          guard let towardsHub = ends.first else { continue }
          (packets, device) = (.destined(prefixes(peer)), towardsHub.device)
        }
        lanesBySite[site.name, default: []].append(
          Lane(
            site: site.name, router: site.router.name, peer: peer.name, device: device,
            packets: packets, peerAddress: address))
      }
    }
  }
}
