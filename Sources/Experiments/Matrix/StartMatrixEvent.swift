import Diagnostics
import Measurement

/// A run within an experiment: where it stands.
package struct StartStep: Sendable, Hashable {
  /// The number of the cell's turn, from 1.
  package var cell: Int
  /// How many cells there are.
  package var cells: Int
  /// The delay in milliseconds; nil for the testbed's own.
  package var rttMilliseconds: Double?
  /// How many containers are started.
  package var containers: Int
  /// The run's number within its cell, from 1.
  package var run: Int
  /// How many runs a cell has.
  package var runs: Int

  /// A run within an experiment.
  package init(
    cell: Int, cells: Int, rttMilliseconds: Double?, containers: Int, run: Int, runs: Int
  ) {
    self.cell = cell
    self.cells = cells
    self.rttMilliseconds = rttMilliseconds
    self.containers = containers
    self.run = run
    self.runs = runs
  }
}

/// What happens during an experiment with container starts, as it happens.
package enum StartMatrixEvent: Sendable {
  /// It begins, or goes on: so many runs are to be done, of so many.
  case began(run: String, missing: Int, of: Int)
  /// The cluster and its machines are known, and the image is on all workers.
  case prepared(StartGround)
  /// A start without containers begins: so many of so many.
  case instrument(run: Int, of: Int)
  /// The delay is being changed to so many milliseconds; nil for the testbed's own.
  case switching(rttMilliseconds: Double?)
  /// The delay is in force and was measured.
  case switched(rttMilliseconds: Double?, DelayInForce)
  /// The start that is not counted begins.
  case warmUp(rttMilliseconds: Double?, containers: Int)
  /// A run begins.
  case started(StartStep)
  /// A run is done, and in the journal.
  case finished(StartStep, StartRun)
  /// The user asked to stop: what was begun is taken away.
  case interrupted
  /// What was there before is being put back, and what was made is taken away.
  case restoring
}

/// What an experiment came to.
package struct StartExperimentResult: Sendable {
  /// What was measured, as far as it was.
  package var experiment: StartExperiment
  /// Whether the user interrupted it.
  package var interrupted: Bool
  /// How many runs are missing: `--resume` does them.
  package var missing: Int
  /// Why it could not be completed, but for an interruption.
  package var failure: Problem?
  /// What is to be said of the delays: those that were off, and workers that they do not concern.
  package var remarks: [Diagnostic]
  /// What could not be put back, taken away or entered in the journal at the end.
  package var problems: [Diagnostic]

  /// What an experiment came to.
  package init(
    experiment: StartExperiment, interrupted: Bool, missing: Int, failure: Problem? = nil,
    remarks: [Diagnostic] = [], problems: [Diagnostic] = []
  ) {
    self.experiment = experiment
    self.interrupted = interrupted
    self.missing = missing
    self.failure = failure
    self.remarks = remarks
    self.problems = problems
  }

  /// Whether every delay was as asked, as far as that could be judged, and every run was completed.
  package var isWell: Bool {
    experiment.cells.allSatisfy { cell in
      cell.isAsAsked != false && cell.runs.allSatisfy(\.isComplete)
    }
  }

  /// How the process ends: by the interruption, by the failure, by what could not be put back, or by the
  /// gate.
  package var exitStatus: ExitStatus {
    if interrupted { return .interrupted }
    if let failure { return failure.exitStatus }
    if !problems.isEmpty { return .failure }
    return isWell ? .success : .gate
  }
}
