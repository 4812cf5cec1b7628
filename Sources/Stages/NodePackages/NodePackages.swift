import Diagnostics
import Digests
import Inventories
import Roles

/// What makes a machine able to be a node: containerd, the kubelet and kubeadm, on masters and workers.
package struct NodePackages: Stage {
  package let name = "node-packages"
  package let title = "Node packages"

  /// The facts that the roles register of every node.
  enum Fact {
    /// The version of the kubeadm that is installed, `1.34.2`; unknown while there is none.
    static let kubeadmVersion = "kubeadm_version"
    /// The version of the containerd that is installed; unknown while there is none.
    static let containerdVersion = "containerd_version"
    /// The image of a pod's first process, as kubeadm names it.
    static let pauseImage = "pause_image"
    /// Who manages cgroups: `systemd` or `cgroupfs`.
    static let cgroupDriver = "cgroup_driver"
    /// Whether the out-of-memory score can be lowered: `free` or `restricted`.
    static let oomScore = "oom_score"
    /// Whether the machine is a node of a cluster: `yes` or `no`.
    static let joined = "kubelet_joined"
    /// Processors, memory in KiB, swap in KiB.
    static let resources = "node_resources"
  }

  /// Packages on masters and workers.
  package init() {}

  package func objections(to inventory: Inventory) -> [Diagnostic] {
    guard Self.isAsked(by: inventory), inventory.kubernetes.packages == .community else {
      return []
    }
    let position = inventory.kubernetes.position
    guard let version = inventory.kubernetes.version else {
      return [
        Diagnostic(
          .error, "[kubernetes] names no version",
          detail:
            "The community has a repository for each minor release: write which is meant, such "
            + "as version = \"1.34.2\". Or name a repository that has one release alone, or none "
            + "(install = false).",
          at: position)
      ]
    }
    guard Version(version) < Version(PackageRepository.firstCommunityVersion) else { return [] }
    return [
      Diagnostic(
        .error, "the community's repository does not have Kubernetes \(version)",
        detail:
          "It begins with \(PackageRepository.firstCommunityVersion). Name a repository that has "
          + "this version (repository = \"https://mirror.example/kubernetes ./\"), or \"none\" when the "
          + "machines have one.",
        at: position)
    ]
  }

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    applications(for: inventory) { _ in inventory.kubernetes.version ?? "" }
  }

  /// A machine that is a node already keeps the release that it has: upgrading takes an order among
  /// the nodes, and is the control plane's and the workers' stages to do.
  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] {
    let wanted = inventory.kubernetes.version ?? ""
    let state = ClusterState(inventory: inventory, facts: facts)
    return applications(for: inventory) { host in
      let known = facts.hosts[host]?.registered ?? [:]
      // An upgrade that was interrupted may have come as far as kubeadm.
      let kubelet = state.machines[host]?.kubelet
      let isOther = [known[Fact.kubeadmVersion], kubelet].contains { $0 != nil && $0 != wanted }
      return known[Fact.joined] == "yes" && isOther ? "" : wanted
    }
  }

  private func applications(
    for inventory: Inventory, version: (String) -> String
  ) -> [RoleApplication] {
    guard Self.isAsked(by: inventory) else { return [] }
    let settings = inventory.kubernetes
    let testbed = Variable.string(inventory.testbed.name)
    let proxy = Variable.string(settings.proxy ?? "")
    var packages: [String: Variable] = [
      "testbed": testbed, "proxy": proxy,
      "image_repository": .string(settings.imageRepository ?? ""),
    ]
    if let repository = PackageRepository(settings) {
      packages.merge(repository.variables(testbed: inventory.testbed.name)) { $1 }
    }
    let direct = Variable.list(Self.reachedDirectly(inventory).map(Variable.string))
    return Self.nodes(of: inventory).flatMap { host -> [RoleApplication] in
      var variables = packages
      variables["version"] = .string(version(host.name))
      func fact(_ name: String) -> Variable {
        .fact(FactReference(host: host.name, name: name))
      }
      let folders = settings.imageArchives.map { folder in
        [folder] + (host.role == .master ? ["\(folder)/masters"] : [])
      }
      return [
        RoleApplication(
          .init(stage: name, host: host.name, role: "kubernetes-packages"), variables: variables),
        RoleApplication(
          .init(stage: name, host: host.name, role: "container-runtime"),
          variables: [
            "testbed": testbed, "proxy": proxy, "direct": direct,
            "archives": .list((folders ?? []).map(Variable.string)),
            "containerd_version": fact(Fact.containerdVersion),
            "cgroup_driver": fact(Fact.cgroupDriver), "oom_score": fact(Fact.oomScore),
            "pause_image": fact(Fact.pauseImage),
          ]),
      ]
    }
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard Self.isAsked(by: inventory) else { return [] }
    return Self.nodes(of: inventory).flatMap { host -> [Diagnostic] in
      guard let known = facts.hosts[host.name] else { return [] }
      return MachineChecks(host: host.name, system: known.system).all
        + NodeChecks(host: host, settings: inventory.kubernetes, facts: known).all
    }
  }

  /// Whether there is a cluster to be made.
  private static func isAsked(by inventory: Inventory) -> Bool {
    inventory.kubernetes.installs && !inventory.hosts(.master).isEmpty
  }

  /// Masters and workers, in the order of the file.
  private static func nodes(of inventory: Inventory) -> [Host] {
    inventory.hosts.map(\.host).filter { $0.role != .loadBalancer }
  }

  /// What no proxy is asked for: the testbed's own networks, and names within the cluster.
  private static func reachedDirectly(_ inventory: Inventory) -> [String] {
    ["localhost", "127.0.0.0/8"] + inventory.sites.map(\.lan.description)
      + [
        inventory.testbed.tunnelNetwork.description, inventory.kubernetes.podNetwork.description,
        inventory.kubernetes.serviceNetwork.description, ".svc", ".cluster.local",
      ]
  }
}
