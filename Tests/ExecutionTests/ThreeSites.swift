import Diagnostics
import Inventories

extension Inventory {
  /// Three sites: each a router and a host.
  static func threeSites(file: String = "three.toml") -> Inventory {
    func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(bits: 0) }
    let sites = ["keio", "kyutech", "nitech"].enumerated().map { index, name in
      let position = SourcePosition(file: file, line: index + 1, column: 1)
      return Site(
        name: name, lan: IPv4Prefix(address("192.168.\(index + 1).0"), length: 24), location: nil,
        city: nil,
        router: Router(
          name: "router\(index + 1)", wan: address("10.4.0.\(index + 1)"),
          lan: address("192.168.\(index + 1).1"), reachable: true,
          ssh: SSHSettings(address: "10.4.0.\(index + 1)"), position: position),
        hosts: [
          Host(
            name: "host\(index + 1)", address: address("192.168.\(index + 1).10"),
            role: index == 0 ? .master : .worker,
            ssh: SSHSettings(address: "192.168.\(index + 1).10", jump: "router\(index + 1)"),
            position: position)
        ], position: position)
    }
    return Inventory(
      file: file, digest: "digest",
      testbed: Testbed(
        name: "three", topology: .mesh,
        tunnelNetwork: IPv4Prefix(address("10.98.0.0"), length: 15), tunnelMTU: 1400,
        tunnelPort: 20000), lab: nil,
      kubernetes: KubernetesSettings(
        version: nil, podNetwork: IPv4Prefix(address("10.244.0.0"), length: 16),
        serviceNetwork: IPv4Prefix(address("10.96.0.0"), length: 12)),
      loadBalancer: LoadBalancerSettings(etcd: false), sites: sites, latency: [])
  }
}
