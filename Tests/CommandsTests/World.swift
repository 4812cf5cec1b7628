import Commands
import Diagnostics
import Foundation
import Reporting
import ShellPrograms
import Synchronization
import Transport

/// The program in a world of the test's own: what it writes is kept, and what the test did not
/// provide fails.
struct World: Sendable {
  /// What was written.
  final class Written: Sendable {
    private let texts = Mutex((output: "", errors: ""))
    var output: String { texts.withLock { $0.output } }
    var errors: String { texts.withLock { $0.errors } }
    func add(output text: String) { texts.withLock { $0.output += text } }
    func add(errors text: String) { texts.withLock { $0.errors += text } }
  }

  /// The end of a use of the program.
  struct Outcome {
    var status: ExitStatus
    var output: String
    var errors: String
  }

  var environment: [String: String] = [:]
  var answers: [Bool]?
  var connector: any Connector = NoConnector()
  /// What is piped in; nil for a terminal.
  var input: String?
  var reaches = false

  /// Runs the program to its end.
  func run(_ arguments: String...) async -> Outcome { await run(arguments) }

  /// Runs the program to its end.
  func run(_ arguments: [String]) async -> Outcome {
    let written = Written()
    let console = Console(
      output: .init { written.add(output: $0) }, errors: .init { written.add(errors: $0) })
    let (connector, input, reaches) = (connector, input, reaches)
    let program = Program(
      Surroundings(
        environment: environment, console: console, interrupts: Interrupts(),
        terminal: answers.map { ScriptedTerminal($0) } ?? ScriptedTerminal(nil),
        input: StandardInput {
          input == nil
        } readAll: {
          guard let input else {
            throw Problem("the test expected no reading", exitStatus: .usage)
          }
          return Array(input.utf8)
        }, reaches: { _, _ in reaches }
      ) { _ in connector })
    let status = await program.run(arguments)
    return Outcome(status: status, output: written.output, errors: written.errors)
  }

  /// The repository's folder.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  /// An inventory whose machines are no lab's.
  static let inventory = repository + "/inventory/thesis.toml"
}

/// Answers questions in order; nobody is there when there are no answers at all.
struct ScriptedTerminal: Terminal {
  private let answers: Mutexed?

  final class Mutexed: Sendable {
    let left: Mutex<[Bool]>
    init(_ answers: [Bool]) { left = Mutex(answers) }
  }

  init(_ answers: [Bool]?) { self.answers = answers.map { Mutexed($0) } }

  var isThere: Bool { answers != nil }

  func agrees(_ question: String) async throws -> Bool {
    guard let answer = answers?.left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
      throw Problem("the test expected no question: \(question)", exitStatus: .usage)
    }
    return answer
  }

  func secret(_ question: String) async throws -> String {
    throw Problem("the test expected no question: \(question)", exitStatus: .usage)
  }
}

/// Refuses every connection.
struct NoConnector: Connector {
  func connect(to machine: String) async throws -> any Connection {
    throw Problem("\(machine) refused the connection", host: machine, exitStatus: .failure)
  }

  func close() async {}
}

/// Machines that answer programs as the test says.
struct ScriptedConnector: Connector {
  let answer: @Sendable (_ machine: String, _ program: RemoteProgram) throws -> ProgramResult

  func connect(to machine: String) async throws -> any Connection {
    ScriptedConnection(machine: machine, answer: answer)
  }

  func close() async {}
}

private struct ScriptedConnection: Connection {
  let machine: String
  let answer: @Sendable (String, RemoteProgram) throws -> ProgramResult
  var connectDuration: Duration { .milliseconds(300) }

  func run(
    _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    let result = try answer(machine, program)
    if !result.output.isEmpty { onOutput(.output(result.output)) }
    if !result.errors.isEmpty { onOutput(.errors(result.errors)) }
    return result
  }

  func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult {
    throw Problem("the test expected no conversation", exitStatus: .failure)
  }

  func close() async {}
}
