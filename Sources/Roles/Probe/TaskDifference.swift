/// What tells one task of a run from every other.
package struct TaskID: Hashable, Sendable, Comparable, Codable {
  /// The application that it belongs to.
  package var application: RoleApplication.ID
  /// Its place among the application's tasks, loops unrolled, counted from 0.
  package var index: Int

  /// A task's identity.
  package init(application: RoleApplication.ID, index: Int) {
    self.application = application
    self.index = index
  }

  package static func < (left: TaskID, right: TaskID) -> Bool {
    (left.application, left.index) < (right.application, right.index)
  }
}

/// What a task would do to its machine, as far as the probe can tell.
package struct TaskDifference: Hashable, Sendable, Codable {
  /// Whether there is anything to do.
  package enum Verdict: Hashable, Sendable, Codable {
    /// It is so already.
    case satisfied
    /// It is not so.
    case change
    /// It depends on facts that are known only after others were applied.
    case knownAfterApply([FactReference])
  }

  /// The task.
  package var task: TaskID
  /// The task's name, as the role gives it.
  package var name: String
  /// Whether there is anything to do.
  package var verdict: Verdict
  /// What would change, a line each: `mode 0644 → 0600`, `create`, `install openvpn`; secrets masked.
  package var changes: [String]
  /// The unified diff of a text file's content, headers included; nil when there is none, or it is secret or no text.
  package var diff: String?

  /// What a task would do.
  package init(
    task: TaskID, name: String, verdict: Verdict, changes: [String] = [], diff: String? = nil
  ) {
    self.task = task
    self.name = name
    self.verdict = verdict
    self.changes = changes
    self.diff = diff
  }
}
