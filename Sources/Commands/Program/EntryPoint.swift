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
    // The threads to come inherit the mask, so that this one alone takes these signals.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    let interrupts = Interrupts()
    let program = Program(
      Surroundings(
        environment: ProcessInfo.processInfo.environment,
        console: Console(output: stream(STDOUT_FILENO), errors: stream(STDERR_FILENO)),
        interrupts: interrupts, terminal: ControllingTerminal(interrupts: interrupts),
        connector: SSHConnectors.make))
    switch program.read(Array(CommandLine.arguments.dropFirst())) {
    case .done(let status): exit(status.rawValue)
    case .ready(let ready):
      enterLab(ready, program)
      Task.detached {
        let status = await program.run(ready)
        interrupts.restoreTerminal()
        exit(status.rawValue)
      }
    }
    while true {
      var number: Int32 = 0
      if sigwait(&signals, &number) != 0 { continue }
      if interrupts.raise() { continue }
      interrupts.restoreTerminal()
      exit(ExitStatus.interrupted.rawValue)
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

  private static func stream(_ descriptor: Int32) -> Console.Stream {
    let columns = Int(planetbed_terminal_columns(descriptor))
    let lock = NSLock()
    return Console.Stream(
      layout: TextLayout(columns: columns > 0 ? columns : nil),
      isTerminal: isatty(descriptor) == 1
    ) { text in
      lock.withLock { write(text, to: descriptor) }
    }
  }

  /// Writes all of it, or as much as the reader takes before it goes away.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let written = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          return
        }
        rest = rest.dropFirst(written)
      }
    }
  }
}
