import CPlatform
import Lab
import Diagnostics
import Glibc

/// `planetbed lab shell`
enum LabShellVerb: Verb {
  static let host = ParameterDeclaration("host", "The machine, by its name in the inventory.")
  static let command = ParameterDeclaration(
    "command", arity: .optionalRest, "A program and its arguments to run in place of a shell.")

  static let declaration = CommandDeclaration(
    "shell", "Open root's shell on one of the lab's machines, or run a command there.",
    discussion: """
      It enters the machine from this computer, and needs neither its network nor SSH, but for \
      routers that run under user-mode Linux: to these it is SSH with the lab's key.
      """,
    parameters: [CommonParameters.inventory, host, command],
    examples: [
      "planetbed lab shell inventory/lab.toml master01",
      "planetbed lab shell inventory/lab.toml vyos01 -- journalctl -n 50",
    ])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let (path, arguments) = try setup.lab.shellCommand(
      on: invocation.arguments.word(host), running: invocation.arguments.words(command))
    throw become(path, arguments)
  }

  /// Becomes another program; returns only when that fails.
  private static func become(_ path: String, _ arguments: [String]) -> Problem {
    // What we do with signals is ours: the shell has its own ways.
    signal(SIGPIPE, SIG_DFL)
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    var pointers = arguments.map { strdup($0) } + [nil]
    execv(path, &pointers)
    return Problem(
      "cannot run \(path)", detail: String(cString: strerror(errno)), exitStatus: .failure)
  }
}
