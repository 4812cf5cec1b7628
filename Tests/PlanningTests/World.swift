import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import Stages

/// A small testbed to plan: two sites, each with a router and a host, and three small roles.
enum World {
  static let position = SourcePosition(file: "inventory.toml", line: 3, column: 1)

  /// Sites `a` and `b` with the routers `ra` and `rb` and the hosts `ha` and `hb`.
  static let inventory: Inventory = {
    let sites = ["a", "b"].enumerated().map { index, name in
      let lan = IPv4Address(bits: 0xac10_0000 + UInt32(index) << 8)
      return Site(
        name: name, lan: IPv4Prefix(lan, length: 24), location: nil, city: nil,
        router: Router(
          name: "r\(name)", wan: IPv4Address(bits: 0xcb00_7101 + UInt32(index)),
          lan: IPv4Address(bits: lan.bits + 1), reachable: true,
          ssh: SSHSettings(address: "r\(name)"), position: position),
        hosts: [
          Host(
            name: "h\(name)", address: IPv4Address(bits: lan.bits + 2), role: .worker,
            ssh: SSHSettings(address: "h\(name)"), position: position)
        ], position: position)
    }
    let network = IPv4Prefix(IPv4Address(bits: 0x0a00_0000), length: 16)
    return Inventory(
      file: "inventory.toml", digest: "d1",
      testbed: Testbed(
        name: "small", topology: .mesh, tunnelNetwork: network, tunnelMTU: 1400, tunnelPort: 20000),
      lab: nil,
      kubernetes: KubernetesSettings(version: nil, podNetwork: network, serviceNetwork: network),
      loadBalancer: LoadBalancerSettings(etcd: false), sites: sites, latency: [])
  }()

  /// The roles beside this file.
  static func library() throws -> RoleLibrary {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try RoleLibrary.load(
      roles: folder.appending(path: "TestRoles").path,
      templates: folder.appending(path: "TestTemplates").path)
  }

  /// A stage that asks for what the test says.
  struct GivenStage: Stage {
    var name: String
    var title: String { name }
    var given: [RoleApplication] = []
    var found: [Diagnostic] = []
    var objections: [Diagnostic] = []

    func objections(to inventory: Inventory) -> [Diagnostic] { objections }
    func applications(for inventory: Inventory) -> [RoleApplication] { given }
    func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] { found }
  }

  static let identityA = RoleApplication.ID(stage: "vpn", host: "ra", role: "identity")
  static let identityB = RoleApplication.ID(stage: "vpn", host: "rb", role: "identity")
  static let tunnelA = RoleApplication.ID(stage: "vpn", host: "ra", role: "tunnel", instance: "a-b")
  static let tunnelB = RoleApplication.ID(stage: "vpn", host: "rb", role: "tunnel", instance: "b-a")
  static let greetingA = RoleApplication.ID(stage: "hosts", host: "ha", role: "greeting")
  static let greetingB = RoleApplication.ID(stage: "hosts", host: "hb", role: "greeting")

  /// A tunnel that needs the peer's identity.
  static func tunnel(_ id: RoleApplication.ID, to peer: String) -> RoleApplication {
    RoleApplication(
      id,
      variables: [
        "peer": .string(peer), "identity": .fact(FactReference(host: peer, name: "identity")),
      ])
  }

  /// Each router tells its identity and needs the other's.
  static let vpn = GivenStage(
    name: "vpn",
    given: [
      RoleApplication(identityA), tunnel(tunnelA, to: "rb"),
      RoleApplication(identityB), tunnel(tunnelB, to: "ra"),
    ])

  /// Each host greets; hb only after ra's tunnel.
  static let hosts = GivenStage(
    name: "hosts",
    given: [RoleApplication(greetingA), RoleApplication(greetingB, after: [tunnelA])])

  /// A planner for it all.
  static func planner(
    _ stages: [any Stage] = [vpn, hosts], scope: RunScope = RunScope()
  ) throws -> Planner {
    try Planner(inventory: inventory, library: library(), stages: stages, scope: scope)
  }

  /// Answers of machines on which nothing is yet; routers in `told` tell their identity.
  static func answers(
    _ hosts: [String] = ["ra", "ha", "rb", "hb"], told: [String] = []
  ) -> [String: ProbeAnswer] {
    Dictionary(
      uniqueKeysWithValues: hosts.map { host in
        (
          host,
          ProbeAnswer(
            facts: HostFacts(
              system: SystemFacts(),
              registered: told.contains(host) ? ["identity": "I am \(host)"] : [:]))
        )
      })
  }
}
