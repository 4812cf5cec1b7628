import Digests
import Diagnostics
import Inventories
import Roles

/// What the user's own manifests bring into the cluster: the pods' network, and answers to questions for
/// names within it. One master applies them, once for each version of them.
package struct Addons: Stage {
  package let name = "addons"
  package let title = "Add-ons"

  /// The user's own manifests.
  package init() {}

  /// How long an add-on may take until all its pods are ready, in seconds: their images may come from
  /// far away.
  static let patience = 600

  /// Any master may turn out to be the one that applies them, so each is asked.
  package func applications(for inventory: Inventory) -> [RoleApplication] {
    guard inventory.hasCluster else { return [] }
    return inventory.hosts(.master).flatMap { applications(on: $0.name, inventory) }
  }

  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] {
    guard inventory.hasCluster else { return [] }
    let state = ClusterState(inventory: inventory, facts: facts)
    let masters = inventory.hosts(.master)
    let actions = masters.map { ClusterMembership.action(on: $0, state, masters: masters) }
    guard let seed = state.seed, state.exists || actions.contains(.initialise) else { return [] }
    // While etcd takes a member in, the API may be away for moments; and while an add-on's pods are
    // waited for, the seed hands out nothing that a worker joins with: nobody would run them.
    let joining =
      zip(masters, actions).filter { $1 == .join && $0.name != seed }.map(\.0)
      + inventory.hosts(.worker).filter {
        ClusterMembership.action(on: $0, state, masters: masters) == .join
      }
    let after = joining.map(ClusterMembership.member)
    return applications(on: seed, inventory).map { application in
      var application = application
      application.after = after
      return application
    }
  }

  /// The network first: other pods need it.
  private func applications(on master: String, _ inventory: Inventory) -> [RoleApplication] {
    var manifests: [(instance: String, manifest: ClusterManifest)] = []
    if case .manifest(let manifest) = inventory.kubernetes.network {
      manifests.append(("network", manifest))
    }
    if case .manifest(let manifest) = inventory.kubernetes.dns {
      manifests.append(("dns", manifest))
    }
    return manifests.map { instance, manifest in
      var variables: [String: Variable] = [
        "proxy": .string(inventory.kubernetes.proxy ?? ""), "patience": .integer(Self.patience),
      ]
      switch manifest {
      case .url(let url):
        variables["url"] = .string(url)
        variables["digest"] = .string(SHA256.hexadecimal(of: "url \(url)".utf8))
      case .file(let path, let text):
        variables["path"] = .string(path)
        variables["text"] = .string(text)
        variables["digest"] = .string(SHA256.hexadecimal(of: text.utf8))
      }
      return RoleApplication(
        .init(stage: name, host: master, role: "cluster-manifest", instance: instance),
        variables: variables)
    }
  }

  /// What stands in the way of a master is told by the stages that make it one.
  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] { [] }
}
