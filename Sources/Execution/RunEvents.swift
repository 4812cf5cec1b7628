import Diagnostics
import Roles

/// What happens during a run, as it happens: the progress view, the plain lines, `--output jsonl`
/// and the journal are all made from these.
package enum RunEvent: Sendable {
  /// The login to a machine is done.
  case connected(host: String, seconds: Double)
  /// A machine has answered the probe.
  case probed(host: String, seconds: Double)
  /// A machine has begun the tasks of a stage.
  case stageStarted(host: String, stage: String)
  /// A task has begun to change something.
  case taskStarted(host: String, task: TaskID, name: String)
  /// A running task wrote a line (control characters made visible, secrets never).
  case taskOutput(host: String, task: TaskID, line: String)
  /// A task has ended.
  case taskFinished(host: String, task: TaskID, name: String, status: TaskStatus, seconds: Double)
  /// A machine has done the tasks of a stage.
  case stageFinished(host: String, stage: String, changed: Int, seconds: Double)
  /// A machine failed; nothing more is done to it.
  case hostFailed(host: String, problem: Problem)
  /// A machine was left alone, because `because` failed, which it depends on.
  case hostSkipped(host: String, because: String)
  /// The user asked to stop; the current steps are being finished.
  case interrupted
}

/// How a task ended.
package enum TaskStatus: String, Sendable, Hashable, Codable {
  /// It was so already.
  case ok
  /// It is so now.
  case changed
  /// It could not be made so.
  case failed
  /// It was not tried: its condition did not hold, or one before it failed.
  case skipped
}

/// What a run did, summed up: the fields of `planetbed.apply/1` (docs/json.md).
package struct RunResult: Sendable {
  /// The run's name in the journal.
  package var run: String
  /// Tasks that changed something.
  package var changed: Int
  /// Tasks that found it so already.
  package var ok: Int
  /// Tasks that failed, and machines that could not be reached.
  package var failed: Int
  /// From the first connection to the last answer.
  package var seconds: Double
  /// The stages, in their order.
  package var stages: [StageResult]
  /// The machines, in the order of the inventory.
  package var hosts: [HostResult]
  /// Whether the user interrupted it.
  package var interrupted: Bool
  /// What went wrong beside the machines: the journal that could not be written, the lock that was lost.
  package var problems: [Diagnostic]

  /// A stage of a run.
  package struct StageResult: Sendable {
    /// Its name.
    package var name: String
    /// From its first task's beginning to its last one's end.
    package var seconds: Double
    /// Tasks that changed something.
    package var changed: Int

    /// A stage of a run.
    package init(name: String, seconds: Double, changed: Int) {
      self.name = name
      self.seconds = seconds
      self.changed = changed
    }
  }

  /// A machine in a run.
  package struct HostResult: Sendable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
    /// Tasks that changed something.
    package var changed: Int
    /// Tasks that found it so already.
    package var ok: Int
    /// Tasks that failed, or 1 when it could not be reached.
    package var failed: Int
    /// Programs run on it.
    package var roundTrips: Int
    /// From the first packet to the end of the login.
    package var connectSeconds: Double
    /// From the first packet to the last answer.
    package var seconds: Double
    /// Why it failed, when it did.
    package var problem: Problem?
    /// The failed machine for whose sake it was left alone, when it was.
    package var skippedBecause: String?

    /// A machine in a run.
    package init(
      name: String, site: String, changed: Int = 0, ok: Int = 0, failed: Int = 0,
      roundTrips: Int = 0, connectSeconds: Double = 0, seconds: Double = 0,
      problem: Problem? = nil, skippedBecause: String? = nil
    ) {
      self.name = name
      self.site = site
      self.changed = changed
      self.ok = ok
      self.failed = failed
      self.roundTrips = roundTrips
      self.connectSeconds = connectSeconds
      self.seconds = seconds
      self.problem = problem
      self.skippedBecause = skippedBecause
    }
  }

  /// What a run did.
  package init(
    run: String, changed: Int, ok: Int, failed: Int, seconds: Double, stages: [StageResult],
    hosts: [HostResult], interrupted: Bool, problems: [Diagnostic] = []
  ) {
    self.run = run
    self.changed = changed
    self.ok = ok
    self.failed = failed
    self.seconds = seconds
    self.stages = stages
    self.hosts = hosts
    self.interrupted = interrupted
    self.problems = problems
  }
}
