import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// Every two routers that shall have a tunnel can have one, and there are addresses and ports for it.
  func checkTopology(_ findings: TOMLFindings) {
    switch topology?.value {
    case "mesh":
      if let hub {
        findings.error(
          "hub is given, but the topology is mesh",
          detail: "Add `topology = \"hub\"`, or leave hub out.", at: hub.position)
      }
      checkMeshReachable(findings)
    case "hub": checkHub(findings)
    default: break
    }
    checkTunnelSpace(findings)
    if let tunnelMTU, tunnelMTU.value > Limits.unfragmentedMTU {
      findings.warning(
        "tunnel_mtu \(tunnelMTU.value) makes full packets travel in two fragments",
        detail: "OpenVPN adds \(Limits.tunnelOverhead) bytes: over a path of 1500 bytes, "
          + "\(Limits.unfragmentedMTU) is the most that fits. Leave it if the WAN carries more.",
        at: tunnelMTU.position)
    }
  }

  private func checkMeshReachable(_ findings: TOMLFindings) {
    var first: RouterDraft?
    for router in sites.compactMap(\.router) {
      guard let reachable = router.reachable, !reachable.value else { continue }
      guard let other = first else {
        first = router
        continue
      }
      findings.error(
        "\(router.machine.label) and \(other.machine.label) cannot have a tunnel: neither is "
          + "reachable",
        detail: "In a mesh, one router at most may be unreachable. Make one of them reachable, or "
          + "choose `topology = \"hub\"` with a reachable hub.",
        at: reachable.position)
    }
  }

  private func checkHub(_ findings: TOMLFindings) {
    guard let hub else {
      // A hub that is there and wrong has been noted already.
      if let topology, !hubIsGiven {
        findings.error(
          "the topology is hub, but no hub is named",
          detail: "Add hub with the name of the site in the middle.", at: topology.position)
      }
      return
    }
    guard let site = sites.first(where: { $0.name?.value == hub.value }) else {
      findings.unknownSite(hub, key: "hub", among: sites.compactMap { $0.name?.value })
      return
    }
    if let reachable = site.router?.reachable, !reachable.value {
      findings.error(
        "the hub's router must be reachable",
        detail: "Every other router opens a tunnel to it. hub is in line \(hub.position.line).",
        at: reachable.position)
    }
  }

  /// There is an address for every router, and at every router a port for each of the others:
  /// `TunnelLayout` of module Stages gives them out.
  private func checkTunnelSpace(_ findings: TOMLFindings) {
    guard sites.count > 1 else { return }
    if let tunnelNetwork, tunnelNetwork.prefix.count < UInt64(sites.count) + 2 {
      var length = tunnelNetwork.prefix.length
      while length > 0, UInt64(1) << UInt64(32 - length) < UInt64(sites.count) + 2 { length -= 1 }
      findings.error(
        "the tunnel network \(tunnelNetwork.prefix) is too small for \(sites.count) routers",
        detail: "Each needs an address of it, and its first and last are nobody's: set "
          + "tunnel_network to a /\(length), or larger.",
        at: tunnelNetwork.position ?? testbedPosition)
    }
    guard let tunnelPort else { return }
    let last = Limits.lastTunnelPort(from: tunnelPort.value)
    if tunnelPort.value + sites.count - 2 > last {
      findings.error(
        "there are not enough ports from tunnel_port \(tunnelPort.value) up to \(last)",
        detail: "A router needs one for each of \(sites.count - 1) tunnels.",
        at: tunnelPort.position)
    }
  }
}

extension TOMLFindings {
  /// Notes that a key names a site that is not there.
  func unknownSite(_ name: Located<String>, key: String, among known: [String]) {
    let some = known.prefix(10).joined(separator: ", ") + (known.count > 10 ? ", …" : "")
    error(
      "\(key) names no site of this inventory: \(tomlLiteral(name.value))",
      detail: meant(by: name.value, among: known) ?? "The sites are \(some).", at: name.position)
  }
}
