import Diagnostics
import Execution
import Inventories
import Planning
import Reporting
import Roles
import Stages

/// The second half of `apply --prune`: what has left the cluster is made what it was before.
///
/// The inventory no longer says how to log in to such a machine. It is looked for at the address that
/// the cluster knew it by, in the LAN that has this address, with the login of that site's other hosts.
struct Pruning: Sendable {
  /// The machines that were in the cluster and are not in the inventory, as far as they can be found.
  let machines: [Machine]
  /// What is to be said of those that cannot.
  let remarks: [Diagnostic]

  /// What the masters' answers, from before the run, say of nodes that the inventory lacks.
  init(_ planned: PlannedRun) {
    let inventory = planned.setup.inventory
    let facts = Facts(hosts: planned.probes.answers.mapValues(\.facts))
    let strangers =
      planned.plan.policy.prunes
      ? ClusterState(inventory: inventory, facts: facts).strangers : []
    var machines: [Machine] = []
    var remarks: [Diagnostic] = []
    for node in strangers {
      if let machine = Self.machine(node, in: inventory) {
        machines.append(machine)
      } else {
        remarks.append(
          Diagnostic(
            .warning, "what planetbed put on \(node.name) stays there",
            detail: "Its address \(node.address?.description ?? "(unknown)") is of no site's LAN, "
              + "or another machine's, so that planetbed does not know how to log in to it."))
      }
    }
    self.machines = machines
    self.remarks = remarks
  }

  private static func machine(_ node: ClusterNode, in inventory: Inventory) -> Machine? {
    guard let address = node.address,
      let site = inventory.sites.first(where: { $0.lan.contains(address) }),
      !inventory.machines.contains(where: { $0.address == address || $0.name == node.name })
    else { return nil }
    let neighbour = site.hosts.first { $0.ssh.jump == site.router.name } ?? site.hosts.first
    var ssh =
      neighbour?.ssh
      ?? SSHSettings(
        address: "", user: site.router.ssh.user, identityFiles: site.router.ssh.identityFiles,
        sudo: site.router.ssh.sudo, jump: site.router.name,
        allowsPassword: site.router.ssh.allowsPassword)
    ssh.address = address.description
    ssh.hostKey = nil
    return Machine(
      name: node.name, site: site.name, kind: .host(node.isMaster ? .master : .worker),
      address: address, ssh: ssh)
  }

  /// Takes back what planetbed put on them. A machine that is not there any more is told, and is no
  /// failure: the cluster is rid of it.
  func reset(_ planned: PlannedRun, _ invocation: Invocation) async throws -> ResetResult? {
    invocation.tell(remarks)
    guard !machines.isEmpty else { return nil }
    let names = machines.map(\.name).joined(separator: ", ")
    invocation.remark("Taking back what planetbed put on \(names) …")
    let setup = planned.setup
    let interruption = planned.interruption
    let runner = ResetRunner(
      inventory: setup.inventory, machines: machines,
      connector: try setup.connector(alsoTo: machines), state: try setup.stateFolder(),
      operatorName: setup.operatorName, version: programVersion, interruption: interruption,
      clock: invocation.surroundings.clock
    ) { _ in }
    let result = try await invocation.surroundings.interrupts.handling {
      interruption.request()
    } while: {
      try await runner.reset()
    }
    for host in result.hosts {
      guard let problem = host.problem else { continue }
      invocation.tell([
        Diagnostic(
          .warning, "what planetbed put on \(host.name) stays there", detail: problem.description,
          host: host.name)
      ])
    }
    return result
  }
}
