import Diagnostics
import Inventories
import Transport

/// Finds a master that has the cluster: the first, in the order of the inventory, that answers.
struct FirstMaster: Sendable {
  let inventory: Inventory
  let connector: any Connector

  /// Does something on the first master on which it can be done.
  /// - Parameter body: returns nil when the machine has no cluster.
  /// - Throws: `Problem` when no master could be asked, or none has a cluster.
  func run<Result: Sendable>(
    _ body: (_ master: Host, _ connection: any Connection) async throws -> Result?
  ) async throws -> Result {
    let masters = inventory.hosts(.master)
    guard !masters.isEmpty, inventory.kubernetes.installs else {
      throw Problem(
        "the inventory asks for no cluster",
        detail: masters.isEmpty
          ? "It names no host with role = \"master\"." : "[kubernetes] says install = false.",
        exitStatus: .usage)
    }
    var problems: [Diagnostic] = []
    for master in masters {
      let connection: any Connection
      do {
        connection = try await connector.connect(to: master.name)
      } catch let problem as Problem {
        // Another master has the same to tell.
        problems += problem.diagnostics
        continue
      }
      let result = try await body(master, connection)
      await connection.close()
      if let result { return result }
    }
    if problems.isEmpty {
      throw Problem(
        "there is no cluster yet", detail: "Make it with: planetbed apply \(inventory.file)",
        exitStatus: .failure)
    }
    throw Problem(problems, exitStatus: .failure)
  }
}
