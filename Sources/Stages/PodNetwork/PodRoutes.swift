import Inventories

/// Where a machine sends what is for pods.
struct PodRoutes {
  /// A part of the pod network, and the machine by way of which it is reached.
  struct Route: Hashable {
    /// What is reached.
    var prefix: IPv4Prefix
    /// The next machine's address in the site's LAN.
    var via: IPv4Address
  }

  /// The testbed's sites.
  let sites: [Site]
  /// Which pods are where.
  let layout: PodLayout

  /// The routes of a machine of a site: to each node's pods by way of the node, but for its own; to
  /// other sites' by way of the router, whose tunnels know the way on.
  func routes(of machine: String, at site: Site) -> [Route] {
    let near = layout.ranges(at: site.name).filter { $0.node.name != machine }
      .map { Route(prefix: $0.range, via: $0.node.address) }
    guard machine != site.router.name else { return near }
    let far = sites.filter { $0.name != site.name }.compactMap { layout.block(of: $0.name) }
      .map { Route(prefix: $0, via: site.router.lan) }
    return near + far
  }
}
