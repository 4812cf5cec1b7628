import Diagnostics
import Inventories
import Roles

/// A part of the testbed that must be so: which machines need which roles, and in which order.
///
/// A stage is pure: it knows the inventory and the facts, and nothing of SSH, clocks or files.
package protocol Stage: Sendable {
  /// Its name on the command line (`--limit stage=site-vpn`) and in results.
  var name: String { get }
  /// What the progress view calls it: "Site VPN".
  var title: String { get }

  /// What in the inventory the stage cannot make, with the place in the file: known before any
  /// machine is asked, and so told by `check` too.
  func objections(to inventory: Inventory) -> [Diagnostic]

  /// The roles that machines must have, in the order in which each machine gets them. It names the
  /// same applications whatever is known; what is not known yet is a `Variable.fact`.
  func applications(for inventory: Inventory) -> [RoleApplication]

  /// The roles that machines must have, now that they were asked: what is done depends on what is
  /// there (which master has a cluster already, which nodes must still be let in). Machines that did
  /// not answer are not in `facts`.
  ///
  /// It may name applications that the other list does not, when nothing must be asked beforehand to
  /// know whether they are to be done: their tasks are commands that run whenever they are named.
  func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication]

  /// What on the machines stands in the way: too old a program, a missing device, a wrong clock.
  /// Only machines in `facts` answered. Each diagnostic names its host.
  func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic]
}

extension Stage {
  /// Most stages can make whatever a correct inventory asks for.
  package func objections(to inventory: Inventory) -> [Diagnostic] { [] }

  /// Most stages want the same whatever is there.
  package func applications(
    for inventory: Inventory, facts: Facts, policy: RunPolicy
  ) -> [RoleApplication] { applications(for: inventory) }
}

/// What the user allows a run to do, beyond making machines what the inventory says.
package struct RunPolicy: Sendable, Hashable, Codable {
  /// Whether nodes that the inventory does not name are drained, deleted and reset (`--prune`).
  package var prunes: Bool
  /// How many workers are upgraded at the same time (`--batch`), at least 1.
  package var batchSize: Int

  /// Nothing is pruned, and one worker upgraded after the other, unless said otherwise.
  package init(prunes: Bool = false, batchSize: Int = 1) {
    self.prunes = prunes
    self.batchSize = batchSize
  }
}
