/// A POSIX-sh program to be run on a machine, and what it may read.
///
/// The text travels over standard input and never stands in the argument list of a process, so
/// that it may carry secrets and be of any length. The transport runs it as
/// `sh -c 'eval "$(cat)"'`: the program's own standard input is therefore at its end.
package struct RemoteProgram: Sendable, Hashable {
  /// The program, in POSIX sh (dash and busybox must run it); it holds no NUL byte.
  package var text: String
  /// Whether it must run as root, by the way that the inventory names (`become = "sudo"`).
  package var asRoot: Bool
  /// How long it may take before it is given up; nil for no limit.
  package var deadline: Duration?

  /// A program to be run on a machine.
  package init(_ text: String, asRoot: Bool = true, deadline: Duration? = nil) {
    self.text = text
    self.asRoot = asRoot
    self.deadline = deadline
  }
}

/// What a program said, all of it, and how it ended.
package struct ProgramResult: Sendable, Hashable {
  /// How a program ended.
  package enum Ending: Sendable, Hashable {
    /// It ended by itself with this exit status, 0 to 255.
    case exited(Int32)
    /// A signal ended it; the name without SIG, as SSH gives it (RFC 4254, section 6.10).
    case signalled(String)
  }

  /// How it ended.
  package var ending: Ending
  /// All bytes of its standard output.
  package var output: [UInt8]
  /// All bytes of its standard error.
  package var errors: [UInt8]

  /// What a program said.
  package init(ending: Ending, output: [UInt8], errors: [UInt8]) {
    self.ending = ending
    self.output = output
    self.errors = errors
  }
}
