import Digests
import Diagnostics
import Inventories

/// A lab as a value: which namespaces, bridges, links and addresses make the networks of an
/// inventory on one computer. Nothing here touches the computer.
struct LabLayout: Sendable, Hashable {
  /// A network card of a machine, and the bridge that its other end is in.
  struct Link: Sendable, Hashable {
    /// Its name inside the machine: `wan0` or `lan0`.
    var name: String
    /// Its address.
    var address: IPv4Address
    /// The length of its network's prefix.
    var prefixLength: Int
    /// The bridge.
    var bridge: String
    /// The other end's name, in the bridges' namespace.
    var port: String
  }

  /// A machine and its place in the networks.
  struct Node: Sendable, Hashable {
    /// Its name in the inventory.
    var name: String
    /// The name of its site.
    var site: String
    /// `router`, or the host's role as the inventory writes it.
    var kind: String
    /// The network namespace that is its own.
    var namespace: String
    /// Its cards.
    var links: [Link]
    /// Where the operator logs in to.
    var address: IPv4Address
    /// The TCP port of its SSH server.
    var sshPort: Int
    /// Every name and address that the operator may call it by.
    var aliases: [String]

    /// Whether it is a site's router.
    var isRouter: Bool { kind == Self.router }
    static let router = "router"

    /// Whether it is a node of the cluster: a master or a worker.
    var runsKubernetes: Bool {
      [HostRole.master, .worker].contains { $0.rawValue == kind }
    }
  }

  /// The lab's name.
  let lab: String
  /// The network that joins the routers.
  let wan: IPv4Prefix
  /// The bridges: the WAN's first, then a LAN's for each site.
  let bridges: [String]
  /// Routers and hosts, in the order of the inventory.
  let nodes: [Node]
  /// The operator's own link to the WAN.
  let operatorLink: Link

  /// The namespace that has all bridges, and no link out of the lab.
  var bridgesNamespace: String { Self.bridgesNamespace(of: lab) }
  /// The namespace that the operator's end of every connection is in.
  var operatorNamespace: String { Self.operatorNamespace(of: lab) }

  /// A machine's namespace has a full stop after the lab's name, the other two have a hyphen: a
  /// lab's and a machine's name have no full stop, so no two labs' namespaces are called the same.
  static func machineNamespace(_ machine: String, of lab: String) -> String {
    machineNamespacePrefix(of: lab) + machine
  }
  static func machineNamespacePrefix(of lab: String) -> String { "pb-\(lab)." }
  static func bridgesNamespace(of lab: String) -> String { "pb-\(lab)-net" }
  static func operatorNamespace(of lab: String) -> String { "pb-\(lab)-operator" }

  /// The layout of an inventory's machines. Throws when the inventory names no lab, or cannot be
  /// one.
  init(_ inventory: Inventory) throws(Problem) {
    guard let settings = inventory.lab else {
      throw Problem(
        "\(inventory.file) names no lab",
        detail: "Its machines are real ones. A lab's inventory has a table [lab] with a name:\n"
          + "[lab]\nname = \"demo\"", exitStatus: .usage)
    }
    try Self.check(name: settings.name, of: "lab")
    for machine in inventory.machines { try Self.check(name: machine.name, of: "machine") }
    lab = settings.name
    wan = try Self.wan(of: inventory.sites)
    let wanBridge = "wan"
    var bridges = [wanBridge]
    var nodes: [Node] = []
    for site in inventory.sites {
      let bridge = Self.linkName("lan-", site.name)
      bridges.append(bridge)
      let router = site.router
      nodes.append(
        Node(
          name: router.name, site: site.name, kind: Node.router,
          namespace: Self.machineNamespace(router.name, of: lab),
          links: [
            Link(
              name: "wan0", address: router.wan, prefixLength: wan.length, bridge: wanBridge,
              port: Self.linkName("w-", router.name)),
            Link(
              name: "lan0", address: router.lan, prefixLength: site.lan.length, bridge: bridge,
              port: Self.linkName("l-", router.name)),
          ], address: router.wan, sshPort: router.ssh.port ?? 22,
          aliases: Self.distinct(
            [router.name, router.wan.description, router.lan.description, router.ssh.address])))
      for host in site.hosts {
        nodes.append(
          Node(
            name: host.name, site: site.name, kind: host.role.rawValue,
            namespace: Self.machineNamespace(host.name, of: lab),
            links: [
              Link(
                name: "lan0", address: host.address, prefixLength: site.lan.length, bridge: bridge,
                port: Self.linkName("l-", host.name))
            ], address: host.address, sshPort: host.ssh.port ?? 22,
            aliases: Self.distinct([host.name, host.address.description, host.ssh.address])))
      }
    }
    self.bridges = bridges
    self.nodes = nodes
    operatorLink = Link(
      name: "wan0",
      address: try Self.operatorAddress(in: wan, routers: inventory.sites.map(\.router.wan)),
      prefixLength: wan.length, bridge: wanBridge, port: "operator")
  }

  /// The machine of that name. Throws the names there are when there is none.
  func node(_ name: String) throws(Problem) -> Node {
    if let node = nodes.first(where: { $0.name == name }) { return node }
    throw Problem(
      "lab \(lab) has no machine \(name.debugDescription)",
      detail: "It has \(nodes.map(\.name).joined(separator: ", ")).", exitStatus: .usage)
  }

  /// Names become folders, namespaces and cgroups, so that nothing but letters, digits and hyphens
  /// may be in them, whoever made the inventory.
  private static func check(name: String, of kind: String) throws(Problem) {
    let allowed = name.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
    }
    guard allowed, (1...32).contains(name.utf8.count), !name.hasPrefix("-") else {
      throw Problem(
        "\(name.debugDescription) cannot be the name of a \(kind)",
        detail: "A name has 1 to 32 letters, digits and hyphens, and starts with no hyphen.",
        exitStatus: .usage)
    }
  }

  /// The longest prefix of at most 24 and at least 16 bits that all routers' WAN addresses share,
  /// with room for the operator: the inventory gives no prefix for the WAN, which in reality is the
  /// Internet.
  static func wan(of sites: [Site]) throws(Problem) -> IPv4Prefix {
    let routers = sites.map(\.router.wan)
    guard let first = routers.first else {
      throw Problem("a lab without a site has nothing to bring up", exitStatus: .usage)
    }
    for length in stride(from: 24, through: 16, by: -1) {
      let prefix = IPv4Prefix(first, length: length)
      guard routers.allSatisfy(prefix.contains), freeAddress(in: prefix, besides: routers) != nil
      else { continue }
      if let site = sites.first(where: { $0.lan.overlaps(prefix) }) {
        throw Problem(
          "the LAN \(site.lan) of site \(site.name) overlaps the lab's WAN \(prefix)",
          detail: "The WAN is the smallest network with all routers' WAN addresses in it. Choose "
            + "another prefix for the LAN, or other WAN addresses.", at: site.position,
          exitStatus: .usage)
      }
      return prefix
    }
    throw Problem(
      "the routers' WAN addresses do not lie in one /16",
      detail: "A lab has one WAN for all its routers: give them addresses that share their first "
        + "two bytes. They are \(routers.map(\.description).joined(separator: ", ")).",
      exitStatus: .usage)
  }

  private static func operatorAddress(
    in wan: IPv4Prefix, routers: [IPv4Address]
  ) throws(Problem) -> IPv4Address {
    guard let address = freeAddress(in: wan, besides: routers) else {
      throw Problem("the WAN \(wan) has no address left for the operator", exitStatus: .usage)
    }
    return address
  }

  /// The highest address of the network that nobody has; its first and last belong to nobody.
  private static func freeAddress(
    in prefix: IPv4Prefix, besides taken: [IPv4Address]
  ) -> IPv4Address? {
    let taken = Set(taken)
    let last = prefix.address.bits | ~prefix.netmask.bits
    var bits = last - 1
    while bits > prefix.address.bits {
      if !taken.contains(IPv4Address(bits: bits)) { return IPv4Address(bits: bits) }
      bits -= 1
    }
    return nil
  }

  /// A link's name of at most 15 bytes, which is all that Linux allows: the prefix and the name, or
  /// what fits of the name and eight digits of its hash.
  static func linkName(_ prefix: String, _ name: String) -> String {
    let whole = prefix + name
    if whole.utf8.count <= 15 { return whole }
    let hash = StableHash([name]).hexadecimal.prefix(8)
    return prefix + name.prefix(15 - prefix.utf8.count - hash.count) + hash
  }

  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
