import Diagnostics
import Inventories
import Roles

/// The workers join the cluster, all at the same time.
package struct Workers: Stage {
  static let stageName = "workers"
  package let name = Self.stageName
  package let title = "Workers"

  /// The workers.
  package init() {}

  package func applications(for inventory: Inventory) -> [RoleApplication] {
    applications(ClusterMembership(inventory: inventory, stage: name, facts: nil))
  }

  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] {
    let membership = ClusterMembership(inventory: inventory, stage: name, facts: facts)
    let workers = inventory.hasCluster ? inventory.hosts(.worker) : []
    return applications(membership) + membership.admissions(of: workers)
      + (membership.upgrade?.ofWorkers(batchSize: policy.batchSize) ?? [])
      + (policy.prunes ? membership.removals(ofMasters: false) : [])
  }

  private func applications(_ membership: ClusterMembership) -> [RoleApplication] {
    guard membership.inventory.hasCluster else { return [] }
    return membership.inventory.hosts(.worker).flatMap {
      [membership.state(of: $0), membership.member($0)]
    }
  }

  package func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] {
    guard inventory.hasCluster else { return [] }
    return ClusterChecks(inventory: inventory, facts: facts).problems(of: inventory.hosts(.worker))
  }
}
