import Diagnostics
import TOMLReading

extension InventoryDraft {
  /// A network with what an error calls it.
  private struct NamedNetwork {
    var name: String
    var prefix: IPv4Prefix
    /// Where the file gives it; nil when it is a default.
    var position: SourcePosition?
    /// The key to set, for a default.
    var key: String

    var place: String {
      position.map { "It is in line \($0.line)." }
        ?? "That is the default; \(key) chooses another."
    }
  }

  /// Every address lies where it belongs, no two machines share one, no two networks overlap.
  func checkAddresses(_ findings: TOMLFindings) {
    let outermost = checkOverlaps(usableNetworks(findings), findings)
    for site in sites { checkMembers(of: site, findings) }
    checkWAN(outside: outermost, findings)
    checkDuplicates(findings)
  }

  /// The networks that can be compared; notes those that are none of their kind.
  private func usableNetworks(_ findings: TOMLFindings) -> [NamedNetwork] {
    var networks: [NamedNetwork] = []
    let settings = [
      ("the tunnel network", tunnelNetwork, "tunnel_network in [testbed]"),
      ("the pod network", podNetwork, "pod_network in [kubernetes]"),
      ("the service network", serviceNetwork, "service_network in [kubernetes]"),
    ]
    for (name, network, key) in settings {
      guard let network else { continue }
      networks.append(
        NamedNetwork(name: name, prefix: network.prefix, position: network.position, key: key))
    }
    for site in sites {
      guard let lan = site.lan else { continue }
      guard Limits.lanPrefixLength.contains(lan.value.length) else {
        findings.error(
          "lan \(lan.value) is too \(lan.value.length < 8 ? "large" : "small") for a site",
          detail: "Its length must be \(Limits.lanPrefixLength.lowerBound) to "
            + "\(Limits.lanPrefixLength.upperBound): there must be room for a router and a host, and "
            + "for the other sites.",
          at: lan.position)
        continue
      }
      networks.append(
        NamedNetwork(
          name: "the LAN of \(site.label)", prefix: lan.value, position: lan.position, key: "lan"))
    }
    return networks.filter { network in
      guard let use = SpecialUse.of(network.prefix), let position = network.position else {
        return true
      }
      findings.error(
        "\(network.name), \(network.prefix), cannot be given to machines",
        detail: "It overlaps \(use.prefix), which is for \(use.purpose).", at: position)
      return false
    }
  }

  /// Notes every network that lies in another, and returns those that lie in none, in order. Of two
  /// prefixes that overlap, one contains the other; sorted by their beginnings, the larger first, a
  /// prefix can only lie in the last outermost one.
  private func checkOverlaps(_ networks: [NamedNetwork], _ findings: TOMLFindings)
    -> [NamedNetwork]
  {
    let sorted = networks.enumerated().sorted { left, right in
      let a = left.element.prefix
      let b = right.element.prefix
      return (a.address.bits, a.length, left.offset) < (b.address.bits, b.length, right.offset)
    }.map(\.element)
    var outermost: [NamedNetwork] = []
    for network in sorted {
      guard let last = outermost.last, last.prefix.overlaps(network.prefix) else {
        outermost.append(network)
        continue
      }
      // Told where the user wrote the later of the two.
      let (culprit, other) =
        (network.position?.line ?? 0) >= (last.position?.line ?? 0)
        ? (network, last) : (last, network)
      findings.error(
        "\(culprit.name), \(culprit.prefix), overlaps \(other.name), \(other.prefix)",
        detail: other.place, at: culprit.position ?? testbedPosition)
    }
    return outermost
  }

  /// The router's and the hosts' addresses are usable ones of the site's LAN.
  private func checkMembers(of site: SiteDraft, _ findings: TOMLFindings) {
    guard let lan = site.lan?.value, Limits.lanPrefixLength.contains(lan.length) else { return }
    var members: [(label: String, address: Located<IPv4Address>)] = []
    if let router = site.router, let address = router.lan {
      members.append(("router \(router.machine.label)", address))
    }
    for host in site.hosts {
      if let address = host.address { members.append(("host \(host.machine.label)", address)) }
    }
    for (label, address) in members {
      if !lan.contains(address.value) {
        findings.error(
          "\(label) has the address \(address.value), which is not in the site's LAN, \(lan)",
          detail: site.lan.map { "The LAN is in line \($0.position.line)." } ?? "",
          at: address.position)
      } else if address.value == lan.address || address.value == lan.last {
        findings.error(
          "\(label) has the address \(address.value), which is the LAN's "
            + (address.value == lan.address ? "network address" : "broadcast address"),
          detail: "The machines of \(lan) have the addresses between its first and its last.",
          at: address.position)
      }
    }
  }

  /// The routers' WAN addresses lie in none of the testbed's own networks: a route into a tunnel would
  /// take away the way to the tunnel's other end.
  private func checkWAN(outside outermost: [NamedNetwork], _ findings: TOMLFindings) {
    for router in sites.compactMap(\.router) {
      guard let wan = router.wan else { continue }
      if let use = SpecialUse.of(IPv4Prefix(wan.value, length: 32)) {
        findings.error(
          "wan \(wan.value) cannot be a router's address",
          detail: "\(use.prefix) is for \(use.purpose).", at: wan.position)
      }
      // The last network that begins at or before the address is the only one that can have it.
      var low = 0
      var high = outermost.count
      while low < high {
        let middle = (low + high) / 2
        if outermost[middle].prefix.address <= wan.value { low = middle + 1 } else { high = middle }
      }
      guard low > 0, outermost[low - 1].prefix.contains(wan.value) else { continue }
      let network = outermost[low - 1]
      findings.error(
        "wan \(wan.value) lies in \(network.name), \(network.prefix)",
        detail: "A router's WAN address is on the network that joins the sites. \(network.place)",
        at: wan.position)
    }
  }

  /// No address is given twice, be it on the WAN or in a LAN.
  private func checkDuplicates(_ findings: TOMLFindings) {
    var first: [IPv4Address: (label: String, position: SourcePosition)] = [:]
    func note(_ address: Located<IPv4Address>?, of machine: MachineDraft) {
      guard let address else { return }
      guard let earlier = first[address.value] else {
        first[address.value] = (machine.label, address.position)
        return
      }
      findings.error(
        "the address \(address.value) is given twice",
        detail: "\(earlier.label) has it in line \(earlier.position.line).", at: address.position)
    }
    for site in sites {
      if let router = site.router {
        note(router.wan, of: router.machine)
        note(router.lan, of: router.machine)
      }
      for host in site.hosts { note(host.address, of: host.machine) }
    }
  }
}

/// Addresses that no machine can have on a network (RFC 6890, section 2.2.2; RFC 5771).
private struct SpecialUse {
  let prefix: IPv4Prefix
  let purpose: String

  private static let all = [
    SpecialUse(
      prefix: IPv4Prefix(IPv4Address(bits: 0), length: 8), purpose: "\"this host\" (RFC 6890)"),
    SpecialUse(
      prefix: IPv4Prefix(IPv4Address(bits: 127 << 24), length: 8), purpose: "loopback (RFC 6890)"),
    SpecialUse(
      prefix: IPv4Prefix(IPv4Address(bits: 224 << 24), length: 4), purpose: "multicast (RFC 5771)"),
    SpecialUse(
      prefix: IPv4Prefix(IPv4Address(bits: 240 << 24), length: 4),
      purpose: "nobody yet (RFC 6890)"),
  ]

  /// The first special use that the prefix overlaps.
  static func of(_ prefix: IPv4Prefix) -> SpecialUse? { all.first { $0.prefix.overlaps(prefix) } }
}
