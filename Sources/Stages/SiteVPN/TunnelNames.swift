import Diagnostics
import Digests
import Inventories

/// The addresses of the sites' routers on their tunnels, and what the tunnels' devices are called: what
/// goes by the site alone, and not by the pair.
struct TunnelNames: Sendable {
  /// Each router's address in the tunnel network, by the site.
  private var addresses: [String: IPv4Address] = [:]
  /// The device towards each site, by the site's name.
  private var devices: [String: String] = [:]
  /// What could not be given.
  private(set) var objections: [Diagnostic] = []

  /// The address that a site's router has on its tunnels; nil when the network is too small.
  func address(of site: String) -> IPv4Address? { addresses[site] }

  /// What the device is called that leads to a site's router, on all others.
  func device(towards site: String) -> String? { devices[site] }

  /// The names of a testbed's tunnels; none when it has fewer than two sites.
  init(_ inventory: Inventory) {
    guard inventory.sites.count > 1 else { return }
    allocateAddresses(inventory)
    devices = Self.devices(for: inventory.sites)
  }

  private mutating func allocateAddresses(_ inventory: Inventory) {
    let network = inventory.testbed.tunnelNetwork
    // The first and the last address of a network mean the network and everyone in it.
    var slots = SlotAllocator(count: Int(network.count) - 2)
    for site in inventory.sites {
      let hash = StableHash(["address", inventory.testbed.name, site.name]).spread
      guard let slot = slots.slot(for: hash) else {
        objections.append(
          Diagnostic(
            .error,
            "the tunnel network \(network) is too small for \(inventory.sites.count) sites",
            detail: "Each router needs an address of it; it has room for \(slots.count). "
              + "Give [testbed] a larger tunnel_network.",
            at: site.position))
        return
      }
      addresses[site.name] = IPv4Address(bits: network.address.bits + UInt32(slot) + 1)
    }
  }

  /// The device towards each site, by the site's name.
  private static func devices(for sites: [Site]) -> [String: String] {
    var devices: [String: String] = [:]
    var taken: Set<String> = []
    for site in sites {
      var device = devicePrefix + site.name
      var attempt = 0
      while device.utf8.count > 15 || taken.contains(device) {
        device = shortened(site.name, attempt: attempt)
        attempt += 1
      }
      taken.insert(device)
      devices[site.name] = device
    }
    return devices
  }

  /// What all tunnel devices' names begin with.
  static let devicePrefix = "pb-"

  /// `pb-`, the name's beginning and six digits of its hash: 15 bytes.
  private static func shortened(_ name: String, attempt: Int) -> String {
    let digits = Array("abcdefghijklmnopqrstuvwxyz234567")
    var hash = StableHash(["device", name, String(attempt)]).spread
    var suffix = ""
    for _ in 0..<6 {
      suffix.append(digits[Int(hash % 32)])
      hash /= 32
    }
    return devicePrefix + name.prefix(5) + "-" + suffix
  }
}
