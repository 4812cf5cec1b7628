import Diagnostics
import Inventories
import Roles

/// The way from the release that a cluster has to the one that the inventory names: masters one after the other, then
/// workers in batches, each drained before its kubelet is replaced.
struct ClusterUpgrade {
  let inventory: Inventory
  let stage: String
  let state: ClusterState
  /// The master that drains nodes, and raises the cluster's version.
  let seed: Host
  /// What kubeadm may find wrong with the machines.
  let ignored: String

  /// How long a node has to become ready with its new kubelet, in seconds.
  static let secondsToBecomeReady = 300

  /// What has to be done to one node.
  private enum Part: String {
    case kubeadm, kubelet
  }

  // MARK: What is to be done

  /// The masters' upgrades, the seed's first, each after the one before.
  var ofMasters: [RoleApplication] {
    let masters = [seed] + inventory.hosts(.master).filter { $0.name != seed.name }
    let behind = masters.filter(isBehind)
    var previous: [RoleApplication.ID] = []
    var all: [RoleApplication] = []
    for master in behind {
      all += steps(of: master, after: previous)
      previous = [id("node-return", on: seed, for: master)]
    }
    return all + returns(of: masters.filter { !isBehind($0) })
  }

  /// The workers' upgrades, so many at a time, when the masters have theirs.
  func ofWorkers(batchSize: Int) -> [RoleApplication] {
    let workers = inventory.hosts(.worker)
    let behind = workers.filter(isBehind)
    let masters = ControlPlane.stageName
    var previous = inventory.hosts(.master).filter(isBehind).map {
      RoleApplication.ID(
        stage: masters, host: seed.name, role: "node-return", instance: $0.name)
    }
    var all: [RoleApplication] = []
    let size = max(1, batchSize)
    for start in stride(from: 0, to: behind.count, by: size) {
      let batch = behind[start..<min(start + size, behind.count)]
      let steps = batch.map { self.steps(of: $0, after: previous) }
      // A machine's applications run in the order of the list: all of a batch are drained before the first is awaited.
      all += steps.flatMap { $0.dropLast() } + steps.compactMap(\.last)
      previous = batch.map { id("node-return", on: seed, for: $0) }
    }
    return all + returns(of: workers.filter { !isBehind($0) })
  }

  /// Whether a node has yet to get the release that the inventory names, and may.
  private func isBehind(_ host: Host) -> Bool {
    guard let wanted = Self.wanted(inventory), state.standing(of: host.name) == .member,
      let report = state.machines[host.name],
      inventory.hosts(.master).allSatisfy({ Self.problem(of: $0, inventory, state) == nil })
    else { return false }
    let versions = [report.kubelet, report.apiServer, state.node(host.name)?.version]
    return versions.compactMap { $0.flatMap { KubernetesVersion($0) } }.contains { $0 < wanted }
  }

  private func steps(of host: Host, after previous: [RoleApplication.ID]) -> [RoleApplication] {
    let version = Variable.string(Self.wanted(inventory)?.description ?? "")
    // Each waits for the one before it, the machine's own too: what follows on one that failed, or was left alone,
    // is left alone.
    func release(
      _ part: Part, _ packages: [String], after: [RoleApplication.ID]
    ) -> RoleApplication {
      RoleApplication(
        .init(
          stage: stage, host: host.name, role: "kubernetes-release", instance: part.rawValue),
        variables: ["packages": .list(packages.map(Variable.string)), "version": version],
        after: after)
    }
    let kubeadm = release(.kubeadm, ["kubeadm"], after: previous)
    let upgrade = RoleApplication(
      .init(stage: stage, host: host.name, role: "node-upgrade"),
      variables: [
        "testbed": .string(inventory.testbed.name), "version": version,
        "first": .boolean(host.name == seed.name), "patience": .integer(900),
        "has_coredns": .boolean(inventory.kubernetes.dns == .kubeadm),
        "ignored": .string(ignored),
      ], after: [kubeadm.id])
    let drain = RoleApplication(
      id("node-drain", on: seed, for: host),
      variables: [
        "testbed": .string(inventory.testbed.name), "address": .string(seed.address.description),
        "node": .string(host.name), "version": version,
        "resumed": .boolean(!mastersThatDrained(host).isEmpty),
        "seconds": .integer(ClusterMembership.secondsOfDraining),
      ], after: previous + [upgrade.id], onBehalfOf: host.name)
    let kubelet = release(.kubelet, ["kubelet", "kubectl"], after: [drain.id])
    let restart = RoleApplication(
      .init(stage: stage, host: host.name, role: "kubelet-restart"), after: [kubelet.id])
    return [
      kubeadm, upgrade, drain, kubelet, restart,
      back(host, by: seed, version: version, after: [restart.id]),
    ]
  }

  /// What an earlier run drained, and did not come to make schedulable again.
  private func returns(of hosts: [Host]) -> [RoleApplication] {
    hosts.filter { state.standing(of: $0.name) == .member }.flatMap { host in
      mastersThatDrained(host).map { back(host, by: $0, version: .string(""), after: []) }
    }
  }

  /// The masters that have noted that they drained a node, and can be asked to take it back: the seed, and
  /// others that were the seed of a run before.
  private func mastersThatDrained(_ host: Host) -> [Host] {
    inventory.hosts(.master).filter {
      state.machines[$0.name]?.drained.contains(host.name) == true
        && ($0.name == seed.name || state.answering.contains($0.name))
    }
  }

  private func back(
    _ host: Host, by master: Host, version: Variable, after: [RoleApplication.ID]
  ) -> RoleApplication {
    RoleApplication(
      id("node-return", on: master, for: host),
      variables: [
        "testbed": .string(inventory.testbed.name), "address": .string(master.address.description),
        "node": .string(host.name), "version": version,
        "seconds": .integer(Self.secondsToBecomeReady),
      ], after: after, onBehalfOf: host.name)
  }

  private func id(_ role: String, on master: Host, for host: Host) -> RoleApplication.ID {
    .init(stage: stage, host: master.name, role: role, instance: host.name)
  }

  // MARK: What stands in the way

  private static func wanted(_ inventory: Inventory) -> KubernetesVersion? {
    inventory.kubernetes.version.flatMap { KubernetesVersion($0) }
  }

  /// Why a master's release cannot become the one that the inventory names.
  static func problem(
    of host: Host, _ inventory: Inventory, _ state: ClusterState
  ) -> Diagnostic? {
    guard host.role == .master, let wanted = wanted(inventory),
      let now = state.machines[host.name]?.apiServer.flatMap({ KubernetesVersion($0) })
    else { return nil }
    if wanted < now {
      return Diagnostic(
        .error, "\(host.name) runs Kubernetes \(now), which cannot become \(wanted) again",
        detail:
          "A cluster never goes back to an older release. Write version = \"\(now)\" or a later one in "
          + "[kubernetes].",
        at: inventory.kubernetes.position, host: host.name)
    }
    guard wanted.major == now.major, wanted.minor <= now.minor + 1 else {
      return Diagnostic(
        .error, "\(host.name) runs Kubernetes \(now), which cannot become \(wanted) in one step",
        detail:
          "kubeadm goes from one minor release to the next: apply \(now.major).\(now.minor + 1) first.",
        at: inventory.kubernetes.position, host: host.name)
    }
    return nil
  }
}
