import Diagnostics
import Inventories
import Roles

/// Names and routes: every machine knows every other by name, and each host sends what is for other
/// sites to its own site's router.
package struct Hosts: Stage {
  package let name = "hosts"
  package let title = "Hosts"

  /// Names and routes on all machines.
  package init() {}

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    let testbed = Variable.string(inventory.testbed.name)
    let machines = inventory.machines
    let names = Variable.list(
      machines.map {
        .table(["name": .string($0.name), "address": .string($0.address.description)])
      })
    let prefixes = inventory.sites.map(\.lan)
    return inventory.sites.flatMap { site -> [RoleApplication] in
      // Made once for a site: hosts share it.
      let routes = Variable.list(
        (prefixes.filter { $0 != site.lan } + [inventory.testbed.tunnelNetwork])
          .map { .string($0.description) })
      return ([site.router.name] + site.hosts.map(\.name)).flatMap { host -> [RoleApplication] in
        let hostNames = RoleApplication(
          .init(stage: name, host: host, role: "host-names"),
          variables: ["testbed": testbed, "machines": names])
        guard host != site.router.name, inventory.sites.count > 1 else { return [hostNames] }
        let siteRoutes = RoleApplication(
          .init(stage: name, host: host, role: "site-routes"),
          variables: [
            "testbed": testbed, "router": .string(site.router.lan.description), "prefixes": routes,
          ])
        return [hostNames, siteRoutes]
      }
    }
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    inventory.machines.flatMap { machine -> [Diagnostic] in
      guard let system = facts.hosts[machine.name]?.system else { return [] }
      return MachineChecks(host: machine.name, system: system).all
        + [address(of: machine, system)].compactMap(\.self)
    }
  }

  /// A host that does not have its address: others would look for it in vain. (A router's is the
  /// site VPN's to judge.)
  private func address(of machine: Machine, _ system: SystemFacts) -> Diagnostic? {
    let address = machine.address.description
    let own = system.addresses.values.joined()
    guard !machine.isRouter, !own.isEmpty,
      !own.contains(where: { $0.split(separator: "/").first == address[...] })
    else { return nil }
    return Diagnostic(
      .warning, "the address \(address) is on none of \(machine.name)'s interfaces",
      detail: "It has \(own.sorted().joined(separator: ", ")). Others will look for it at "
        + "\(address): correct the inventory, or give the host that address.",
      host: machine.name)
  }
}
