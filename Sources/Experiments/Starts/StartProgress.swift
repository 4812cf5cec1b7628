import Diagnostics

/// What is told while containers are started.
package enum StartProgress: Sendable {
  /// The cluster is asked by way of this master, and its clock counts.
  case master(String)
  /// No containers are started on this worker.
  case leftOut(worker: String, reason: String)
  /// A machine that starts no containers could not be asked what it is.
  case undescribed(machine: String, problem: Problem)
  /// The workers see to it that they have the image.
  case fetching(image: String)
  /// A machine's clock was compared with the master's; both in milliseconds.
  case clock(machine: String, offset: Double, uncertainty: Double)
  /// What a worker did in a run is not known, and so not when its containers were started.
  case unread(worker: String, problem: Problem)
  /// A run was cut at its deadline; the cluster's last warnings, which may be empty.
  case incomplete(containers: Int, warnings: String)
}
