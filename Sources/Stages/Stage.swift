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

  /// What on the machines stands in the way: too old a program, a missing device, a wrong clock.
  /// Only machines in `facts` answered. Each diagnostic names its host.
  func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic]
}

extension Stage {
  /// Most stages can make whatever a correct inventory asks for.
  package func objections(to inventory: Inventory) -> [Diagnostic] { [] }
}
