import Diagnostics
import Inventories
import Roles

/// The masters: kubeadm makes a cluster on the first, and the others join it one at a time.
package struct ControlPlane: Stage {
  static let stageName = "control-plane"
  package let name = Self.stageName
  package let title = "Control plane"

  /// The masters.
  package init() {}

  package func objections(to inventory: Inventory) -> [Diagnostic] {
    inventory.hasCluster ? ControlPlaneChecks(inventory: inventory).objections : []
  }

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    applications(ClusterMembership(inventory: inventory, stage: name, facts: nil))
  }

  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] {
    let membership = ClusterMembership(inventory: inventory, stage: name, facts: facts)
    let masters = inventory.hasCluster ? inventory.hosts(.master) : []
    // A master that is gone must not be asked for its part in etcd when another joins.
    return applications(membership) + (membership.upgrade?.ofMasters ?? [])
      + (policy.prunes ? membership.removals(ofMasters: true) : [])
      + membership.admissions(of: masters)
  }

  private func applications(_ membership: ClusterMembership) -> [RoleApplication] {
    guard membership.inventory.hasCluster else { return [] }
    // etcd takes one new member at a time (kubernetes/kubernetes#136014).
    var previous: RoleApplication.ID?
    return membership.inventory.hosts(.master).flatMap { master -> [RoleApplication] in
      let member = membership.member(master, joiningAfter: previous)
      if member.variables["action"] == .string(ClusterMembership.Action.join.rawValue) {
        previous = member.id
      }
      return [membership.state(of: master), member]
    }
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard inventory.hasCluster else { return [] }
    let checks = ClusterChecks(inventory: inventory, facts: facts)
    return checks.problems(of: inventory.hosts(.master)) + checks.cluster
  }
}
