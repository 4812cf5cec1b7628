import Diagnostics
import Inventories
import ShellPrograms
import Synchronization
import Transport

/// Where a line of a command's output was written.
package enum ExecStream: String, Sendable, Hashable {
  /// Standard output.
  case output
  /// Standard error.
  case errors
}

/// What a command did on every machine.
package struct ExecResult: Sendable {
  /// What it did on one machine.
  package struct HostResult: Sendable {
    /// The machine.
    package var name: String
    /// Its site.
    package var site: String
    /// How the command ended; nil when it could not be run to its end.
    package var ending: ProgramResult.Ending?
    /// Why it could not be run to its end.
    package var problem: Problem?
    /// From the first packet to the end of the login.
    package var connectSeconds: Double
    /// From the first packet to the command's end.
    package var seconds: Double
  }

  /// The machines, in the order in which they were given.
  package var hosts: [HostResult]
  /// Whether the user interrupted it.
  package var interrupted: Bool

  /// Machines that could not run it to its end, or where its status was not 0.
  package var failed: Int { hosts.filter { $0.ending != .exited(0) }.count }
}

/// Runs one command on many machines at once.
package struct ExecRunner: Sendable {
  private let machines: [Machine]
  private let connector: any Connector
  private let interruption: Interruption
  private let clock: OperatorClock

  /// The longest line in bytes that is kept together; a longer one is handed on in pieces.
  package static let longestLine = 65_536

  /// Runs commands on `machines`. The connector is closed at the end of the command.
  package init(
    machines: [Machine], connector: any Connector, interruption: Interruption,
    clock: OperatorClock = .system
  ) {
    self.machines = machines
    self.connector = connector
    self.interruption = interruption
    self.clock = clock
  }

  /// Runs the command, a text for sh, everywhere at once. The user's first interruption ends it:
  /// what a command is in the middle of, only its author knows.
  /// - Parameters:
  ///   - asRoot: whether it runs as root, or as the user that logs in.
  ///   - deadline: how long it may take on each machine; nil for no limit.
  ///   - onLine: called with each line without its line feed as it comes, from several threads,
  ///     in order for each machine and stream; the bytes are the machine's own, unchecked.
  package func exec(
    _ command: String, asRoot: Bool, deadline: Duration? = nil,
    onLine: @escaping @Sendable (_ host: String, _ stream: ExecStream, _ line: [UInt8]) -> Void
  ) async -> ExecResult {
    let program = RemoteProgram(command, asRoot: asRoot, deadline: deadline)
    let results = await withTaskGroup(of: (Int, ExecResult.HostResult).self) { group in
      for (index, machine) in machines.enumerated() {
        group.addTask { (index, await run(program, on: machine, onLine: onLine)) }
      }
      var results: [(Int, ExecResult.HostResult)] = []
      for await result in group { results.append(result) }
      return results
    }
    await connector.close()
    return ExecResult(
      hosts: results.sorted { $0.0 < $1.0 }.map(\.1), interrupted: interruption.level > .none)
  }

  private func run(
    _ program: RemoteProgram, on machine: Machine,
    onLine: @escaping @Sendable (String, ExecStream, [UInt8]) -> Void
  ) async -> ExecResult.HostResult {
    let begun = clock.uptime()
    var result = ExecResult.HostResult(
      name: machine.name, site: machine.site, connectSeconds: 0, seconds: 0)
    let connected = Mutex(0.0)
    let lines = Mutex((output: LineAssembler(), errors: LineAssembler()))
    do {
      let ended = try await interruption.cancelling(at: .finishing) {
        let connection = try await connector.connect(to: machine.name)
        connected.withLock { $0 = connection.connectDuration.seconds }
        let ended = try await connection.run(program) { chunk in
          lines.withLock { lines in
            switch chunk {
            case .output(let bytes):
              lines.output.add(bytes) { onLine(machine.name, .output, $0) }
            case .errors(let bytes):
              lines.errors.add(bytes) { onLine(machine.name, .errors, $0) }
            }
          }
        }
        await connection.close()
        return ended
      }
      result.ending = ended.ending
    } catch {
      result.problem = Problem.of(error, host: machine.name, doing: "the command was running")
    }
    // What came before a failure is told too.
    lines.withLock { lines in
      lines.output.finish { onLine(machine.name, .output, $0) }
      lines.errors.finish { onLine(machine.name, .errors, $0) }
    }
    result.connectSeconds = connected.withLock { $0 }
    result.seconds = clock.uptime() - begun
    return result
  }
}

/// Puts lines together from pieces of a stream.
package struct LineAssembler: Sendable {
  private var partial: [UInt8] = []

  /// Nothing yet.
  package init() {}

  /// Takes the next piece and hands on the lines that it completes.
  package mutating func add(_ bytes: [UInt8], _ onLine: ([UInt8]) -> Void) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        onLine(partial)
        partial.removeAll(keepingCapacity: true)
      } else {
        partial.append(byte)
        if partial.count == ExecRunner.longestLine {
          onLine(partial)
          partial.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  /// Hands on what is left when the stream has ended without a line feed.
  package mutating func finish(_ onLine: ([UInt8]) -> Void) {
    if !partial.isEmpty { onLine(partial) }
    partial.removeAll()
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

extension Problem {
  /// The error as the user is told it; `doing` says what was going on when the run was given up.
  static func of(_ error: any Error, host: String, doing: String) -> Problem {
    switch error {
    case let problem as Problem: problem
    case is CancellationError:
      Problem(
        "\(host) was given up while \(doing)", detail: "The user interrupted the run.", host: host,
        exitStatus: .interrupted)
    default:
      Problem(
        "\(host) failed while \(doing)", detail: "\(error)", host: host, exitStatus: .failure)
    }
  }
}
