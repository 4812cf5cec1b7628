import CPlatform
import Diagnostics
import Foundation
import Inventories
import Lab
import Reporting

/// Where the process begins: what must be done before any other thread exists.
package enum EntryPoint {
  /// Runs the program and ends the process.
  package static func main() -> Never {
    // A reader of our output that goes away must not end an apply in the middle of a step.
    signal(SIGPIPE, SIG_IGN)
    StandardStreams.occupy()
    let interrupts = Interrupts()
    let loss = OutputLoss()
    let program = Program(
      Surroundings(
        environment: ProcessInfo.processInfo.environment,
        console: Console(
          output: stream(STDOUT_FILENO, loss), errors: stream(STDERR_FILENO, OutputLoss())),
        interrupts: interrupts, terminal: ControllingTerminal(interrupts: interrupts),
        connector: SSHConnectors.make))
    switch program.read(Array(CommandLine.arguments.dropFirst())) {
    case .done(let status): end(status, loss)
    case .ready(let ready):
      enterLab(ready, program)
      begin(ready, program, interrupts, loss)
    }
  }

  /// Runs the verb on threads of its own, and sees to signals on this one.
  private static func begin(
    _ ready: Program.Ready, _ program: Program, _ interrupts: Interrupts, _ loss: OutputLoss
  ) -> Never {
    // Until here a signal ends the process at once, also while it waits for an inventory that is a
    // pipe. The threads to come inherit the mask, so that this one alone takes these signals.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Task.detached {
      let status = await program.run(ready)
      interrupts.restoreTerminal()
      end(status, loss)
    }
    while true {
      var number: Int32 = 0
      if sigwait(&signals, &number) != 0 { continue }
      if interrupts.raise() { continue }
      interrupts.restoreTerminal()
      leave(.interrupted)
    }
  }

  /// A network namespace is entered by a thread, and inherited by those that it makes: by this one,
  /// the first, before there is a second.
  private static func enterLab(_ ready: Program.Ready, _ program: Program) {
    do {
      guard let inventory = try ready.labInventory(), let lab = inventory.lab else { return }
      try OperatorNamespace.enter(lab: lab.name, inventory: inventory.file)
    } catch {
      exit(program.refuse(ready, error).rawValue)
    }
  }

  /// Ends the process. A result that could not be written is no success.
  private static func end(_ status: ExitStatus, _ loss: OutputLoss) -> Never {
    guard let problem = loss.problem else { leave(status) }
    let text = DiagnosticText(TextLayout()).text(of: problem.diagnostics)
    StandardStreams.write(text, to: STDERR_FILENO, OutputLoss())
    leave(status == .success ? problem.exitStatus : status)
  }

  /// Ends the process without what `exit` does first: it would free what OpenSSL and others made for
  /// the whole process, while the threads of SSH sessions that are still being closed use it. Nothing is
  /// lost: what is written is written at once.
  private static func leave(_ status: ExitStatus) -> Never { _exit(status.rawValue) }

  private static func stream(_ descriptor: Int32, _ loss: OutputLoss) -> Console.Stream {
    let columns = Int(planetbed_terminal_columns(descriptor))
    let lock = NSLock()
    return Console.Stream(
      layout: TextLayout(columns: columns > 0 ? columns : nil),
      isTerminal: isatty(descriptor) == 1,
      writeBytes: { bytes in
        lock.withLock { StandardStreams.write(bytes, to: descriptor, loss) }
      }
    ) { text in
      lock.withLock { StandardStreams.write(text, to: descriptor, loss) }
    }
  }
}
