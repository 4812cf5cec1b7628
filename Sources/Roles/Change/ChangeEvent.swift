import Diagnostics

/// What a change program tells, as it runs.
package enum ChangeEvent: Sendable {
  /// A task has begun to change something.
  case started(TaskID)
  /// A running task wrote a line (control characters made visible, no secrets).
  case output(TaskID, line: String)
  /// A task has ended.
  case finished(TaskID, TaskReport)
}

/// How a task ended.
package struct TaskReport: Sendable {
  /// How a task ended.
  package enum Status: String, Sendable, Hashable {
    /// It was so already.
    case ok
    /// It is so now.
    case changed
    /// It could not be made so.
    case failed
    /// It was not tried.
    case skipped
  }

  /// A fact, as a machine told it.
  package struct RegisteredFact: Sendable, Hashable {
    /// `FactReference.name`.
    package var name: String
    /// Its value.
    package var value: String

    /// A fact.
    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// How it ended.
  package var status: Status
  /// How long it took on the machine.
  package var seconds: Double
  /// The fact that it registered, when it did.
  package var registered: RegisteredFact?
  /// Why it failed, when it did: names host, task, exit status and the last lines written.
  package var failure: Problem?

  /// How a task ended.
  package init(
    status: Status, seconds: Double, registered: RegisteredFact? = nil, failure: Problem? = nil
  ) {
    self.status = status
    self.seconds = seconds
    self.registered = registered
    self.failure = failure
  }
}

/// What a reset program tells, as it runs.
package enum ResetEvent: Sendable, Hashable {
  /// Something was taken back: `file /etc/haproxy/haproxy.cfg restored`.
  case undone(String)
  /// Something was left, and why: `directory /etc/openvpn kept: not empty`.
  case kept(String)
  /// Something could not be taken back, and why, in the machine's own words.
  case failed(String)
}
