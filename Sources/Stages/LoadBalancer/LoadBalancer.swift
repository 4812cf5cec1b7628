import Diagnostics
import Inventories
import Roles

/// HAProxy in front of the masters, so that the cluster has one address whichever of them is up.
package struct LoadBalancer: Stage {
  package let name = "load-balancer"
  package let title = "Load balancer"

  /// HAProxy in front of the masters.
  package init() {}

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    let masters = inventory.hosts.filter { $0.host.role == .master }
    guard !masters.isEmpty else { return [] }
    return inventory.hosts.filter { $0.host.role == .loadBalancer }.map { site, host in
      let timing = HealthCheckTiming(
        roundTrips: masters.map { inventory.askedRoundTrip(site.name, $0.site.name) })
      return RoleApplication(
        .init(stage: name, host: host.name, role: "load-balancer"),
        variables: [
          "testbed": .string(inventory.testbed.name),
          "masters": .list(
            masters.map {
              .table([
                "name": .string($0.host.name), "address": .string($0.host.address.description),
              ])
            }),
          "etcd": .boolean(inventory.loadBalancer.etcd),
          "check_timeout": .integer(timing.timeoutMilliseconds),
          "check_interval": .integer(timing.intervalMilliseconds),
        ])
    }
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    inventory.hosts(.loadBalancer).flatMap { host -> [Diagnostic] in
      guard let system = facts.hosts[host.name]?.system else { return [] }
      return MachineChecks(host: host.name, system: system).all
    }
  }
}

/// How often HAProxy asks a master whether it is ready, and how long it waits for the answer.
///
/// A check takes a round trip for TCP, one or two for TLS and one for HTTP; eight leave room for a
/// lost packet. Near masters are asked every two seconds, as HAProxy does by default.
struct HealthCheckTiming {
  /// How long an answer may take, in milliseconds.
  let timeoutMilliseconds: Int
  /// The time between two checks, in milliseconds.
  let intervalMilliseconds: Int

  /// The timing for masters at these round-trip times in milliseconds.
  init(roundTrips: [Double]) {
    let longest = min(max(roundTrips.max() ?? 0, 0), 60_000)
    timeoutMilliseconds = max(2_000, Int((longest * 8).rounded(.up)))
    intervalMilliseconds = timeoutMilliseconds
  }
}
