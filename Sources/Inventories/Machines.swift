/// A machine that planetbed logs in to: a router, or a host behind one.
package struct Machine: Sendable, Hashable {
  /// What kind of machine it is.
  package enum Kind: Sendable, Hashable {
    /// The router of its site.
    case router
    /// A host of its site.
    case host(HostRole)
  }

  /// Its name in the inventory.
  package var name: String
  /// The name of its site.
  package var site: String
  /// What kind of machine it is.
  package var kind: Kind
  /// Its address in the site's LAN.
  package var address: IPv4Address
  /// How the operator logs in to it.
  package var ssh: SSHSettings

  /// Whether it is a router.
  package var isRouter: Bool { kind == .router }

  /// A machine.
  package init(name: String, site: String, kind: Kind, address: IPv4Address, ssh: SSHSettings) {
    self.name = name
    self.site = site
    self.kind = kind
    self.address = address
    self.ssh = ssh
  }
}

extension Inventory {
  /// Every machine, site by site, the router before its hosts.
  package var machines: [Machine] {
    sites.flatMap { site in
      [
        Machine(
          name: site.router.name, site: site.name, kind: .router, address: site.router.lan,
          ssh: site.router.ssh)
      ]
        + site.hosts.map {
          Machine(
            name: $0.name, site: site.name, kind: .host($0.role), address: $0.address, ssh: $0.ssh)
        }
    }
  }

  /// Every host with its site, in the order of the file.
  package var hosts: [(site: Site, host: Host)] {
    sites.flatMap { site in site.hosts.map { (site, $0) } }
  }

  /// The hosts of a role, in the order of the file.
  package func hosts(_ role: HostRole) -> [Host] {
    hosts.map(\.host).filter { $0.role == role }
  }

  /// Whether planetbed makes a cluster of it.
  package var hasCluster: Bool { kubernetes.installs && !hosts(.master).isEmpty }

  /// The site of that name.
  package func site(_ name: String) -> Site? { sites.first { $0.name == name } }
}
