import Diagnostics
import Foundation
import Glibc
import ShellPrograms
import TestSupport
import Transport

/// Every machine is this computer: for programs that only look.
struct LocalConnector: Connector {
  func connect(to machine: String) async throws -> any Connection { LocalConnection() }
  func close() async {}
}

private struct LocalConnection: Connection {
  var connectDuration: Duration { .milliseconds(1) }

  func run(
    _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    let file = FileManager.default.temporaryDirectory.path + "/program-\(UUID().uuidString)"
    try Data(program.text.utf8).write(to: URL(filePath: file))
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    try FileManager.default.removeItem(atPath: file)
    let child = try ChildProcess("/bin/sh", ["-c", "eval \"$(cat)\""], input: descriptor)
    Glibc.close(descriptor)
    let outcome = await child.outcome()
    onOutput(.output(Array(outcome.output.utf8)))
    return ProgramResult(
      ending: .exited(outcome.status), output: Array(outcome.output.utf8),
      errors: Array(outcome.errors.utf8))
  }

  func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult {
    throw Problem("the test expected no conversation", exitStatus: .failure)
  }

  func close() async {}
}
