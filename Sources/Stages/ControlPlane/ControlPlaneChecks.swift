import Diagnostics
import Inventories
import Roles

/// What in an inventory cannot be a control plane.
struct ControlPlaneChecks {
  let inventory: Inventory

  /// All that is wrong, or looks wrong.
  var objections: [Diagnostic] { delays }

  private var masters: [(site: Site, host: Host)] {
    inventory.hosts.filter { $0.host.role == .master }
  }

  /// Every two sites with masters between which etcd cannot work.
  private var delays: [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    var sites: [Site] = []
    for (site, _) in masters where !sites.contains(where: { $0.name == site.name }) {
      sites.append(site)
    }
    for (index, left) in sites.enumerated() {
      for right in sites[(index + 1)...] {
        guard let path = inventory.askedPath(from: left.name, to: right.name),
          let rtt = path.conditions.delay?.roundTripMilliseconds,
          rtt > ClusterTiming.greatestBetweenMasters
        else { continue }
        diagnostics.append(hopeless(left, right, rtt, at: path.rulePosition))
      }
    }
    return diagnostics
  }

  private func hopeless(
    _ left: Site, _ right: Site, _ milliseconds: Double, at position: SourcePosition?
  ) -> Diagnostic {
    let seconds = (milliseconds / 10).rounded() / 100
    var reason =
      "An API server is ready only while etcd answers it within 2 s, and an answer takes two round trips "
      + "between masters, \(seconds * 2) s here."
    if 10 * milliseconds > ClusterTiming.greatestElection {
      reason += " etcd's election timeout would have to be ten round trips, and 50 s is the most."
    }
    return Diagnostic(
      .error,
      "masters at \(left.name) and \(right.name) cannot form a cluster \(seconds) s apart",
      detail: reason + " Put all masters at one site, or ask for 1 s or less.", at: position)
  }
}

/// What on the machines stands in the way of a cluster.
struct ClusterChecks {
  let inventory: Inventory
  let facts: Facts
  private let state: ClusterState

  init(inventory: Inventory, facts: Facts) {
    self.inventory = inventory
    self.facts = facts
    state = ClusterState(inventory: inventory, facts: facts)
  }

  /// What stands in the way on each of these.
  func problems(of hosts: [Host]) -> [Diagnostic] {
    hosts.flatMap { host -> [Diagnostic] in
      guard let system = facts.hosts[host.name]?.system else { return [] }
      return MachineChecks(host: host.name, system: system).all
        + [problem(of: host)].compactMap(\.self)
    }
  }

  private func problem(of host: Host) -> Diagnostic? {
    if state.machines[host.name]?.isBusy == true {
      return Diagnostic(
        .error, "kubeadm is still at work on \(host.name), from an earlier run",
        detail: "It was waited for in vain. Plan again when it has ended; its messages are in "
          + "/var/lib/planetbed/\(inventory.testbed.name)/kubernetes/log there.",
        host: host.name)
    }
    switch state.standing(of: host.name) {
    case .member: return ClusterUpgrade.problem(of: host, inventory, state)
    case .foreign:
      return Diagnostic(
        .error, "\(host.name) is a Kubernetes node already, and not of this testbed",
        detail: "planetbed leaves alone what it did not make. If nobody needs that node, run "
          + "`kubeadm reset` there, then plan again.",
        host: host.name)
    case .elsewhere:
      return Diagnostic(
        .error, "\(host.name) is a node of another cluster",
        detail:
          "Its certificate authority is not that of the masters, which were made anew, or belong "
          + "to another testbed. `planetbed reset \(inventory.file) --limit host=\(host.name)` makes it free.",
        host: host.name)
    case .unknown, .blank, .halfDone, .lost: return nil
    }
  }

  /// What is to be told of the cluster as a whole.
  var cluster: [Diagnostic] { [unknownMasters, strangers].compactMap(\.self) }

  private var unknownMasters: Diagnostic? {
    guard let seed = state.seed, !state.exists else { return nil }
    let silent = inventory.hosts(.master).map(\.name).filter { state.machines[$0] == nil }
    guard !silent.isEmpty, state.machines[seed] != nil || silent != [seed] else { return nil }
    return Diagnostic(
      .warning,
      "no cluster is made: \(silent.joined(separator: ", ")) did not tell whether there is one",
      detail:
        "A second cluster would be worse than none. Apply again when all masters answer, or take "
        + "those out of the inventory that are gone.",
      host: state.machines[seed] == nil ? nil : seed)
  }

  private var strangers: Diagnostic? {
    let names = state.strangers.map(\.name)
    guard let seed = state.seed, !names.isEmpty else { return nil }
    return Diagnostic(
      .warning,
      "the cluster has nodes that the inventory does not name: \(names.joined(separator: ", "))",
      detail: "A run with --prune drains and deletes them; any other leaves them.", host: seed)
  }
}
