import Diagnostics
import Roles
import Stages

/// What `apply` would do, machine by machine: what `plan` shows.
package struct Plan: Sendable, Hashable {
  /// The testbed's name.
  package var testbed: String
  /// `Inventory.digest` of the inventory that it was made from.
  package var inventoryDigest: String
  /// What it was limited to.
  package var scope: RunScope
  /// What the user allows it to do.
  package var policy: RunPolicy
  /// The machines in scope that answered, in the order of the inventory.
  package var hosts: [HostPlan]
  /// Warnings to show with it.
  package var warnings: [Diagnostic]

  /// A plan.
  package init(
    testbed: String, inventoryDigest: String, scope: RunScope, policy: RunPolicy = RunPolicy(),
    hosts: [HostPlan], warnings: [Diagnostic]
  ) {
    self.testbed = testbed
    self.inventoryDigest = inventoryDigest
    self.scope = scope
    self.policy = policy
    self.hosts = hosts
    self.warnings = warnings
  }

  /// The number of tasks that are not known to be satisfied.
  package var changeCount: Int { hosts.reduce(0) { $0 + $1.changeCount } }
}

/// What `apply` would do to one machine.
package struct HostPlan: Sendable, Hashable {
  /// The machine's name.
  package var host: String
  /// Its site.
  package var site: String
  /// The roles it must have, in the order in which it gets them.
  package var steps: [PlanStep]
  /// Why nothing can be done to it, when something stands in the way; its steps are then empty.
  package var problems: [Diagnostic]

  /// What `apply` would do to one machine.
  package init(host: String, site: String, steps: [PlanStep], problems: [Diagnostic] = []) {
    self.host = host
    self.site = site
    self.steps = steps
    self.problems = problems
  }

  /// The number of tasks that are not known to be satisfied.
  package var changeCount: Int { steps.reduce(0) { $0 + $1.changeCount } }
}

/// One role that a machine must have, and what it lacks of it.
package struct PlanStep: Sendable, Hashable {
  /// The application, with its variables.
  package var application: RoleApplication
  /// What each of its tasks would do, in order.
  package var differences: [TaskDifference]
  /// The applications that must have been done before, the providers of its facts among them; only such as are in the plan.
  package var after: Set<RoleApplication.ID>

  /// One role that a machine must have.
  package init(
    application: RoleApplication, differences: [TaskDifference], after: Set<RoleApplication.ID>
  ) {
    self.application = application
    self.differences = differences
    self.after = after
  }

  /// The number of tasks that are not known to be satisfied.
  package var changeCount: Int { differences.filter { $0.verdict != .satisfied }.count }
}
