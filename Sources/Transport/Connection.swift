import ShellPrograms

/// A piece of what a running program writes, as it arrives.
package enum OutputChunk: Sendable, Hashable {
  /// Bytes of its standard output.
  case output([UInt8])
  /// Bytes of its standard error.
  case errors([UInt8])
}

/// A way to run programs on one machine. It may be used by several tasks at once.
package protocol Connection: Sendable {
  /// How long it took to make the connection, from the first packet to the end of the login.
  var connectDuration: Duration { get }

  /// Runs a program and waits for its end; `onOutput` is called, in order, with what it writes.
  ///
  /// A cancelled task ends the channel and throws `CancellationError`; the program on the machine
  /// may run on until it writes.
  /// - Throws: `Problem` naming the machine when the connection is lost, when the deadline
  ///   passes, or when it cannot become root. A non-zero exit status is a result and no error.
  func run(
    _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult

  /// Runs a program whose standard input stays open, so that it can be talked with, and waits for its
  /// end; see `converse`, which is what to call.
  ///
  /// The program reads `conversation`'s lines with sh's own `read`. A cancelled task ends it as `run`
  /// does.
  /// - Throws: as `run` does.
  func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult

  /// Ends the connection; programs that still run are given up. May be called twice.
  func close() async
}

extension Connection {
  /// Runs a program and waits for its end.
  package func run(_ program: RemoteProgram) async throws -> ProgramResult {
    try await run(program, onOutput: { _ in })
  }
}

/// What makes connections to the machines of a testbed, by their names in the inventory.
package protocol Connector: Sendable {
  /// Connects and logs in.
  /// - Throws: `Problem` naming the machine, the cause and the remedy.
  func connect(to machine: String) async throws -> any Connection

  /// Ends everything that it made, shared connections to routers included.
  func close() async
}
