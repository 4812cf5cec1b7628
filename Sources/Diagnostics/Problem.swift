/// What the process says to its caller when it ends (docs/cli.md).
package enum ExitStatus: Int32, Sendable {
  /// All that was asked for is so.
  case success = 0
  /// Something failed on a machine.
  case failure = 1
  /// The command line, the inventory or a role is wrong: nothing was tried.
  case usage = 2
  /// A verification gate failed: reachability, readiness, a measured delay.
  case gate = 3
  /// `plan --exit-code`, and there are changes to make.
  case changesPending = 4
  /// Interrupted by the user (SIGINT: 128 + 2).
  case interrupted = 130
}

/// The one error type that reaches the user: what went wrong, and how the process ends for it.
package struct Problem: Error, Sendable {
  /// What went wrong; never empty.
  package var diagnostics: [Diagnostic]
  /// How the process ends when nobody handles it.
  package var exitStatus: ExitStatus

  /// Several things that went wrong together.
  package init(_ diagnostics: [Diagnostic], exitStatus: ExitStatus) {
    self.diagnostics = diagnostics
    self.exitStatus = exitStatus
  }

  /// One thing that went wrong.
  package init(
    _ summary: String, detail: String = "", at position: SourcePosition? = nil,
    host: String? = nil, task: String? = nil, exitStatus: ExitStatus
  ) {
    self.init(
      [Diagnostic(.error, summary, detail: detail, at: position, host: host, task: task)],
      exitStatus: exitStatus)
  }
}

extension Problem: CustomStringConvertible {
  /// The summaries and details in plain text, for logs and for a test that fails.
  package var description: String {
    diagnostics.map { $0.detail.isEmpty ? $0.summary : "\($0.summary): \($0.detail)" }
      .joined(separator: "\n")
  }
}
