import Diagnostics
import Inventories
import Roles

/// What a router must be before OpenVPN can run on it.
struct RouterChecks {
  /// The router's site.
  let site: Site
  /// What its probe reported.
  let system: SystemFacts

  /// A router's certificate is backdated by two days (roles/vpn-router), so that a day on either
  /// side of the operator's clock leaves every two routers' certificates valid for each other.
  /// (OpenVPN 2.6 only warns of one that is not valid yet when it goes by the fingerprint.)
  static let greatestClockOffset: Double = 24 * 3600 * 1000

  private var host: String { site.router.name }

  /// All that stands in the way.
  var all: [Diagnostic] { [address, openVPN, tun, clock].compactMap(\.self) }

  private var address: Diagnostic? {
    let lan = site.router.lan.description
    let own = system.addresses.values.joined()
    guard !own.isEmpty, !own.contains(where: { $0.split(separator: "/").first == lan[...] })
    else { return nil }
    return Diagnostic(
      .error, "the LAN address \(lan) is on none of \(host)'s interfaces",
      detail: "It has \(own.sorted().joined(separator: ", ")). Correct `lan` in the inventory, or "
        + "give the router that address; or SSH reached another machine than the one meant.",
      at: site.router.position, host: host)
  }

  private var openVPN: Diagnostic? {
    guard let version = system.versions["openvpn"] else { return packagedOpenVPN }
    guard Version(version) < Version("2.6") else { return nil }
    return Diagnostic(
      .error, "OpenVPN \(version) on \(host) is too old",
      detail: "2.6 or newer is needed, which knows peer-fingerprint. Debian 12 and Ubuntu 23.04 "
        + "are the first that have it.",
      host: host)
  }

  /// What the distribution would install, when that is known to be too old.
  private var packagedOpenVPN: Diagnostic? {
    let first = ["debian": "12", "ubuntu": "23.04"]
    guard let needed = first[system.osID], !system.osVersion.isEmpty,
      Version(system.osVersion) < Version(needed)
    else { return nil }
    return Diagnostic(
      .error, "\(system.osName) on \(host) has no OpenVPN 2.6",
      detail: "Tunnels need peer-fingerprint, which OpenVPN has from 2.6 on: the package of "
        + "Debian 12, Ubuntu 23.04 and later. Upgrade the router, or install OpenVPN 2.6 on it.",
      host: host)
  }

  private var tun: Diagnostic? {
    guard !system.hasTun else { return nil }
    return Diagnostic(
      .warning, "\(host) has no /dev/net/tun",
      detail: "The kernel module tun will be loaded. If the kernel has none, or the router is a "
        + "container that was not given the device, the role vpn-router fails on its first task.",
      host: host)
  }

  private var clock: Diagnostic? {
    guard let offset = system.clockOffsetMilliseconds, abs(offset) > Self.greatestClockOffset
    else { return nil }
    return Diagnostic(
      .error, "the clock of \(host) is \(MachineChecks.words(forOffset: offset))",
      detail: "Certificates that routers make would not be valid for each other. Set the clock "
        + "(timedatectl set-ntp true), then plan again.",
      host: host)
  }
}
