import Diagnostics

/// What happens during a reset, as it happens.
package enum ResetProgress: Sendable {
  /// The login to a machine is done.
  case connected(host: String, seconds: Double)
  /// Something was taken back, in a line: `file /etc/haproxy/haproxy.cfg restored`.
  case undone(host: String, item: String)
  /// Something was left, and why.
  case kept(host: String, item: String)
  /// Something could not be taken back, and why.
  case failed(host: String, item: String)
  /// A machine is done.
  case finished(host: String, undone: Int, seconds: Double)
  /// A machine could not be reset, or not wholly.
  case hostFailed(host: String, problem: Problem)
  /// The user asked to stop; machines that have begun are let finish.
  case interrupted
}

/// What a reset did, summed up.
package struct ResetResult: Sendable {
  /// A machine in a reset.
  package struct HostResult: Sendable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
    /// What was taken back, in order, a line each.
    package var undone: [String] = []
    /// What was left, and why.
    package var kept: [String] = []
    /// What could not be taken back, and why.
    package var failed: [String] = []
    /// Why the machine could not be reset, or not wholly.
    package var problem: Problem?
    /// Whether its program ran to the end.
    package var isFinished = false
    /// Programs run on it.
    package var roundTrips = 0
    /// From the first packet to the end of the login.
    package var connectSeconds = 0.0
    /// From the first packet to the last answer.
    package var seconds = 0.0
  }

  /// The run's name in the journal.
  package var run: String
  /// The machines, in the order in which they were given.
  package var hosts: [HostResult]
  /// From the first connection to the last answer.
  package var seconds: Double
  /// Whether the user interrupted it.
  package var interrupted: Bool
  /// What went wrong beside the machines.
  package var problems: [Diagnostic]

  /// The number of things taken back.
  package var undone: Int { hosts.reduce(0) { $0 + $1.undone.count } }
  /// The number of machines that could not be reset, or not wholly.
  package var failed: Int { hosts.filter { $0.problem != nil }.count }
}
