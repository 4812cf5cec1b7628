import Diagnostics
import Inventories
import Roles

/// What the inventory asks of the paths between sites, put in force on the sites' routers.
///
/// It has three parts, since nothing may be added to a path before its natural delay is known at both of
/// its ends: the program on each router; the natural delays that are not known yet, which wait for the
/// program on the router at the other end, and so for its tunnels; and the delays themselves, which wait
/// until the router at the other end has measured.
package struct Latency: Stage {
  package let name = "latency"
  package let title = "Latency"

  /// Delays between the sites.
  package init() {}

  package func objections(to inventory: Inventory) -> [Diagnostic] {
    guard case .hub = inventory.testbed.topology, inventory.sites.count - 1 > Lane.mostNumbers,
      let first = inventory.sites.dropFirst(Lane.mostNumbers + 1).first
    else { return [] }
    return [
      Diagnostic(
        .error, "a hub can delay what is sent to \(Lane.mostNumbers) other sites, and no more",
        detail: "There are \(inventory.sites.count) sites. With the topology \"mesh\" there is no "
          + "such limit.",
        at: first.position)
    ]
  }

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    applications(inventory, measurements: [:], joining: [])
  }

  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] {
    applications(
      inventory, measurements: BaselineMeasurement.needed(in: inventory, facts: facts),
      joining: ClusterMembership(inventory: inventory, stage: Workers.stageName, facts: facts)
        .joining)
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard inventory.sites.count > 1 else { return [] }
    let layout = LatencyLayout(inventory)
    return inventory.sites.flatMap { site -> [Diagnostic] in
      guard let host = facts.hosts[site.router.name],
        let state = LaneState(of: site.router.name, in: facts)
      else { return [] }
      return LatencyChecks(
        inventory: inventory, site: site, lanes: layout.lanes(at: site.name), state: state,
        system: host.system
      ).all
    }
  }

  /// All of it, with the measurements that are to be made, by the site, and the hosts that are about
  /// to become nodes.
  private func applications(
    _ inventory: Inventory, measurements: [String: BaselineMeasurement], joining: [Host]
  ) -> [RoleApplication] {
    guard inventory.sites.count > 1 else { return [] }
    let layout = LatencyLayout(inventory)
    let routers = Dictionary(
      inventory.sites.map { ($0.name, $0.router.name) }, uniquingKeysWith: { first, _ in first })
    let joins = Joins(joining, of: inventory)
    // In a mesh, a site's line is the same on all routers.
    var known: [String: String] = [:]
    return inventory.sites.flatMap { site -> [RoleApplication] in
      let lanes = layout.lanes(at: site.name)
      var (lines, own): (String, String) = ("", "")
      var after = joins.before(site)
      for (place, lane) in lanes.enumerated() {
        if case .all = lane.packets, let line = known[lane.peer] {
          lines += line
        } else {
          let line = lane.line(number: place + 1) + "\n"
          known[lane.peer] = line
          lines += line
        }
        guard let asked = inventory.askedPath(from: site.name, to: lane.peer) else { continue }
        own += lane.peer
        own += " "
        own += asked.conditions.leavingFirst.laneText
        own += "\n"
        guard measurements[lane.peer]?.asked.contains(site.name) == true,
          let router = routers[lane.peer]
        else { continue }
        after.append(id(router, "path-baselines"))
      }
      let router = site.router.name
      let testbed = Variable.string(inventory.testbed.name)
      return [
        RoleApplication(
          id(router, "site-latency"),
          variables: [
            "testbed": testbed, "lanes": .string(lines), "delays": .boolean(!own.isEmpty),
          ])
      ] + (measurements[site.name].map { [measure($0, on: router, routers, testbed)] } ?? []) + [
        RoleApplication(
          id(router, "site-delays"), variables: ["testbed": testbed, "own": .string(own)],
          after: after)
      ]
    }
  }

  private func measure(
    _ measurement: BaselineMeasurement, on router: String, _ routers: [String: String],
    _ testbed: Variable
  ) -> RoleApplication {
    RoleApplication(
      id(router, "path-baselines"),
      variables: [
        "testbed": testbed, "peers": .string(measurement.words),
        "paths": .string(measurement.lines),
      ],
      after: measurement.asked.sorted().compactMap { routers[$0] }.map { id($0, "site-latency") })
  }

  private func id(_ router: String, _ role: String) -> RoleApplication.ID {
    .init(stage: name, host: router, role: role)
  }
}

/// Which hosts' joins a router's delays wait for: kubeadm gives up after minutes
/// (kubernetes/kubernetes#122529), and a join has many round trips.
private struct Joins {
  private var atSite: [String: [RoleApplication.ID]] = [:]
  private let all: [RoleApplication.ID]
  private let sitesOfMasters: Set<String>

  init(_ joining: [Host], of inventory: Inventory) {
    let names = Set(joining.map(\.name))
    for (site, host) in inventory.hosts where names.contains(host.name) {
      atSite[site.name, default: []].append(ClusterMembership.member(host))
    }
    all = joining.map(ClusterMembership.member)
    sitesOfMasters = Set(
      inventory.hosts.filter { $0.host.role == .master || $0.host.role == .loadBalancer }
        .map(\.site.name))
  }

  /// The joins of the site's own hosts; where the cluster answers, those of all.
  func before(_ site: Site) -> [RoleApplication.ID] {
    sitesOfMasters.contains(site.name) ? all : atSite[site.name] ?? []
  }
}
