import Diagnostics
import Roles
import Transport

/// What the machines said to the probe, and the connections that `apply` goes on with.
package struct Probes: Sendable {
  /// What each machine said that answered.
  package internal(set) var answers: [String: ProbeAnswer]
  /// Why the others did not.
  package internal(set) var failures: [String: Problem]
  /// Each machine's part of a result so far: programs run, times, the failure.
  package internal(set) var hosts: [RunResult.HostResult]
  /// From the first connection to the last answer.
  package internal(set) var seconds: Double
  /// Whether the user interrupted it.
  package internal(set) var interrupted: Bool
  var connections: [String: any Connection]
  let connector: any Connector

  /// Ends the connections: what a run does that only plans.
  package func close() async {
    for connection in connections.values { await connection.close() }
    await connector.close()
  }
}

/// One machine's answer to the probe, or why there is none.
struct ProbeOutcome: Sendable {
  var result: RunResult.HostResult
  var connection: (any Connection)?
  var answer: ProbeAnswer?
}
