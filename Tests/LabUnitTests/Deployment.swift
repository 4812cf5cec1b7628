import Diagnostics
import Inventories

/// The reference deployment, as its inventory is read.
enum Deployment {
  static let here = SourcePosition(file: "lab.toml", line: 7, column: 1)

  static func inventory(
    lab: String? = "demo", wan: (Int) -> String = { "10.4.0.\(89 + $0)" },
    edit: (inout [Site]) -> Void = { _ in }
  ) -> Inventory {
    var sites = [
      site(
        1, wan: wan(1),
        hosts: [host("lb", "192.168.10.253", .loadBalancer)]
          + (1...3).map { host("master0\($0)", "192.168.10.10\($0)", .master) }),
      site(
        2, wan: wan(2), hosts: (1...2).map { host("node0\($0)", "192.168.20.10\($0)", .worker) }),
      site(
        3, wan: wan(3),
        hosts: (1...2).map { host("node0\($0 + 2)", "192.168.30.10\($0)", .worker) }),
    ]
    edit(&sites)
    return Inventory(
      file: "lab.toml", digest: "",
      testbed: Testbed(
        name: "lab", topology: .mesh, tunnelNetwork: prefix("10.98.0.0/15"), tunnelMTU: 1400,
        tunnelPort: 20000), lab: lab.map { LabSettings(name: $0) },
      kubernetes: KubernetesSettings(
        version: nil, podNetwork: prefix("10.244.0.0/16"), serviceNetwork: prefix("10.96.0.0/12")),
      loadBalancer: LoadBalancerSettings(etcd: false), sites: sites, latency: [])
  }

  static func address(_ text: String) -> IPv4Address {
    IPv4Address(text) ?? IPv4Address(bits: 0)
  }

  static func prefix(_ text: String) -> IPv4Prefix {
    IPv4Prefix(text) ?? IPv4Prefix(IPv4Address(bits: 0), length: 0)
  }

  static func host(_ name: String, _ address: String, _ role: HostRole) -> Host {
    Host(
      name: name, address: Self.address(address), role: role, ssh: SSHSettings(address: address),
      position: here)
  }

  static func site(_ number: Int, wan: String, hosts: [Host]) -> Site {
    Site(
      name: "vlan\(number)0", lan: prefix("192.168.\(number)0.0/24"), location: nil, city: nil,
      router: Router(
        name: "vyos0\(number)", wan: address(wan), lan: address("192.168.\(number)0.1"),
        reachable: true, ssh: SSHSettings(address: wan), position: here), hosts: hosts,
      position: here)
  }
}
