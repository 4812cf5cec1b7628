import Diagnostics
import Inventories
import Roles

/// The pods' network without an overlay: a bridge on every node, and routes to every node's pods, by
/// way of the nodes and the site VPN. Nothing when a manifest brings another network.
package struct PodNetwork: Stage {
  package let name = "pod-network"
  package let title = "Pod network"

  /// A bridge on every node, and routes.
  package init() {}

  package func objections(to inventory: Inventory) -> [Diagnostic] {
    PodLayout(inventory).objections
  }

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    guard inventory.joinsPods else { return [] }
    let layout = PodLayout(inventory)
    let routes = PodRoutes(sites: inventory.sites, layout: layout)
    return inventory.sites.flatMap { site -> [RoleApplication] in
      let ranges = Dictionary(
        uniqueKeysWithValues: layout.ranges(at: site.name).map { ($0.node.name, $0.range) })
      return ([site.router.name] + site.hosts.map(\.name)).flatMap { machine in
        let podRoutes = self.routes(routes.routes(of: machine, at: site), on: machine, inventory)
        guard let range = ranges[machine] else { return [podRoutes] }
        return [podRoutes, bridge(range, on: machine, inventory)]
      }
    }
  }

  /// The fact that a node registers: the range that its pods have addresses of, when it is in a cluster.
  static let rangeFact = "pod_range"

  /// Nodes whose pods would be routed elsewhere. (The stage `hosts` looks at every machine as such.)
  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard inventory.joinsPods else { return [] }
    let layout = PodLayout(inventory)
    return inventory.sites.flatMap { layout.ranges(at: $0.name) }.compactMap { given in
      let name = given.node.name
      guard let told = facts[FactReference(host: name, name: Self.rangeFact)],
        let held = IPv4Prefix(told), held != given.range
      else { return nil }
      return Diagnostic(
        .error, "the pods of \(name) have \(held), and the inventory now gives it \(given.range)",
        detail:
          "Its pods would keep addresses that are routed elsewhere. Put back what stood before "
          + "it in the inventory, with what is new at the end; or reset the node (planetbed reset "
          + "--limit host=\(name)), and apply again.",
        at: given.node.position, host: name)
    }
  }

  private func routes(
    _ routes: [PodRoutes.Route], on machine: String, _ inventory: Inventory
  ) -> RoleApplication {
    RoleApplication(
      .init(stage: name, host: machine, role: "pod-routes"),
      variables: [
        "testbed": .string(inventory.testbed.name),
        "pod_network": .string(inventory.kubernetes.podNetwork.description),
        "routes": .list(
          routes.map {
            .table([
              "prefix": .string($0.prefix.description), "via": .string($0.via.description),
            ])
          }),
      ])
  }

  private func bridge(
    _ range: IPv4Prefix, on machine: String, _ inventory: Inventory
  ) -> RoleApplication {
    RoleApplication(
      .init(stage: name, host: machine, role: "pod-bridge"),
      variables: [
        "testbed": .string(inventory.testbed.name),
        "range": .string(range.description),
        // The bridge's own address, and the pods' gateway: the first of the range, as host-local has it.
        "gateway": .string(IPv4Address(bits: range.address.bits + 1).description),
        // What fits through a tunnel without being cut up.
        "mtu": .integer(inventory.testbed.tunnelMTU),
        "inside": .list(
          ([inventory.kubernetes.podNetwork] + inventory.networksBesidePods)
            .map { .string($0.description) }),
      ])
  }
}
