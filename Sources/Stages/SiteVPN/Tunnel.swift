import Inventories

/// One end of a tunnel: what the router of `site` must know of its tunnel to the router of `peer`.
package struct TunnelEnd: Sendable, Hashable {
  /// The site whose router has this end.
  package var site: String
  /// The router that has this end.
  package var router: String
  /// The site at the other end.
  package var peer: String
  /// The router at the other end.
  package var peerRouter: String
  /// The tunnel device on this router: `pb-kyutech`, at most 15 bytes (the kernel's IFNAMSIZ less one).
  package var device: String
  /// The address that the device has, the same on all of this router's tunnels.
  package var localAddress: IPv4Address
  /// The address at the other end.
  package var remoteAddress: IPv4Address
  /// Whether this end waits for the other to call.
  package var listens: Bool
  /// The UDP port on which the listening end waits.
  package var port: Int
  /// The listening end's address on the network that joins the sites.
  package var listeningAddress: IPv4Address
  /// The prefixes that are reached through this tunnel.
  package var routes: [IPv4Prefix]

  /// Which tunnel of its router it is: `keio-kyutech` is keio's end of the tunnel to kyutech. (The
  /// own site comes first at each end, so that no two of a router's tunnels can share a name.)
  package var instance: String { "\(site)-\(peer)" }

  /// The systemd unit that runs this end.
  package func unit(testbed: String) -> String { "planetbed-\(testbed)-vpn@\(instance).service" }
}
