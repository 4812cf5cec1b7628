/// What the process says to its caller when it ends (docs/cli.md).
package struct ExitStatus: RawRepresentable, Sendable, Hashable {
  /// The number, 0 to 255.
  package let rawValue: Int32

  /// Another number than those below: how a program ended that ran in ours' place.
  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// All that was asked for is so.
  package static let success = ExitStatus(rawValue: 0)
  /// Something failed on a machine.
  package static let failure = ExitStatus(rawValue: 1)
  /// The command line, the inventory or a role is wrong: nothing was tried.
  package static let usage = ExitStatus(rawValue: 2)
  /// A verification gate failed: reachability, readiness, a measured delay.
  package static let gate = ExitStatus(rawValue: 3)
  /// `plan --exit-code`, and there are changes to make.
  package static let changesPending = ExitStatus(rawValue: 4)
  /// Interrupted by the user (SIGINT: 128 + 2).
  package static let interrupted = ExitStatus(rawValue: 130)
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
