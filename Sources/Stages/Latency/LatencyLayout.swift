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
/// through a hub do not add up. Lanes are made when they are asked for: 717 sites have half a million.
package struct LatencyLayout: Sendable {
  private let sites: [Site]
  private let topology: Testbed.Topology
  private let places: [String: Int]
  /// What the sites' routers send to: a list for each site, in the order of the file.
  private let prefixes: [[IPv4Prefix]]
  private let names: TunnelNames

  /// The lanes of a site's router, in the order of the file.
  package func lanes(at name: String) -> [Lane] {
    guard sites.count > 1, let own = places[name] else { return [] }
    return sites.indices.compactMap { $0 == own ? nil : lane(from: own, to: $0) }
  }

  /// Lays out the lanes of a testbed; none when it has fewer than two sites.
  package init(_ inventory: Inventory) {
    let pods = PodLayout(inventory)
    let names = TunnelNames(inventory)
    sites = inventory.sites
    topology = inventory.testbed.topology
    places = Dictionary(
      sites.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    prefixes = sites.map { site in
      [site.lan]
        + (names.address(of: site.name).map { [IPv4Prefix($0, length: 32)] } ?? [])
        + (pods.block(of: site.name).map { [$0] } ?? [])
    }
    self.names = names
  }

  private func lane(from own: Int, to peer: Int) -> Lane? {
    let (site, other) = (sites[own], sites[peer])
    // The device towards a spoke's hub leads to all other sites.
    let (next, packets): (String, Lane.Packets) =
      switch topology {
      case .mesh: (other.name, .all)
      case .hub(let hub) where hub == site.name: (other.name, .from(prefixes[own]))
      case .hub(let hub): (hub, .destined(prefixes[peer]))
      }
    guard let device = names.device(towards: next), let address = names.address(of: other.name)
    else { return nil }
    return Lane(
      site: site.name, router: site.router.name, peer: other.name, device: device,
      packets: packets, peerAddress: address)
  }
}

extension Lane {
  /// The lane as the router's program reads it (`templates/latency/agent`): its name, the device, its
  /// class there, the address of the peer's router, and which packets are its own. Lanes that have a
  /// device to themselves have no class; the others are numbered on their router.
  func line(number: Int) -> String {
    let (place, which, prefixes): (String, String, [IPv4Prefix]) =
      switch packets {
      case .all: ("-", "all", [])
      case .destined(let prefixes): (Self.digits(number), "to", prefixes)
      case .from(let prefixes): (Self.digits(number), "from", prefixes)
      }
    return ([peer, device, place, peerAddress.description, which] + prefixes.map(\.description))
      .joined(separator: " ")
  }

  /// Three hexadecimal digits: they are part of two of tc's handles, which have four.
  private static func digits(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  /// The most lanes that a router can have on devices that they share.
  static let mostNumbers = 0xfff
}
