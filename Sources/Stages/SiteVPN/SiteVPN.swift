import Diagnostics
import Inventories
import Roles

/// OpenVPN between the sites' routers, so that every host reaches every other by IP.
package struct SiteVPN: Stage {
  package let name = "site-vpn"
  package let title = "Site VPN"

  /// The fact that a router registers: the SHA-256 fingerprint of its certificate.
  static let fingerprintFact = "vpn_fingerprint"

  /// Tunnels between the sites.
  package init() {}

  package func objections(to inventory: Inventory) -> [Diagnostic] {
    TunnelLayout(inventory).objections
  }

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    // A single site has nobody to talk to.
    guard inventory.sites.count > 1 else { return [] }
    let layout = TunnelLayout(inventory)
    return inventory.sites.flatMap { site in
      [router(site, of: inventory)]
        + layout.ends(at: site.name).map { tunnel($0, of: inventory) }
    }
  }

  private func router(_ site: Site, of inventory: Inventory) -> RoleApplication {
    RoleApplication(
      .init(stage: name, host: site.router.name, role: "vpn-router"),
      variables: [
        "testbed": .string(inventory.testbed.name),
        "router": .string(site.router.name),
        "devices": .string(TunnelNames.devicePrefix + "*"),
        // What TCP may carry in one packet of the tunnel: its MTU less the headers of IPv4 and TCP.
        "segment": .integer(inventory.testbed.tunnelMTU - 40),
      ])
  }

  private func tunnel(_ end: TunnelEnd, of inventory: Inventory) -> RoleApplication {
    RoleApplication(
      .init(stage: name, host: end.router, role: "vpn-tunnel", instance: end.instance),
      variables: [
        "testbed": .string(inventory.testbed.name),
        "tunnel": .string(end.instance),
        "peer": .string(end.peerRouter),
        "device": .string(end.device),
        "local": .string(end.localAddress.description),
        "remote": .string(end.remoteAddress.description),
        "mtu": .integer(inventory.testbed.tunnelMTU),
        "listens": .boolean(end.listens),
        "address": .string(end.listeningAddress.description),
        "port": .integer(end.port),
        "routes": .list(
          end.routes.map {
            .table([
              "network": .string($0.address.description),
              "netmask": .string($0.netmask.description),
            ])
          }),
        "own_fingerprint": .fact(FactReference(host: end.router, name: Self.fingerprintFact)),
        "peer_fingerprint": .fact(FactReference(host: end.peerRouter, name: Self.fingerprintFact)),
      ])
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard inventory.sites.count > 1 else { return [] }
    return inventory.sites.flatMap { site -> [Diagnostic] in
      guard let system = facts.hosts[site.router.name]?.system else { return [] }
      return MachineChecks(host: site.router.name, system: system).all
        + RouterChecks(site: site, system: system).all
    }
  }
}
