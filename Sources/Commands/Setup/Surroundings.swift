import Diagnostics
import Execution
import Reporting
import Transport

/// All of the world that verbs may touch. A test gives them one that refuses what it does not expect.
package struct Surroundings: Sendable {
  /// The process's environment variables.
  package var environment: [String: String]
  /// Where text goes.
  package var console: Console
  /// What happens when the user asks to stop.
  package var interrupts: Interrupts
  /// Where questions are asked.
  package var terminal: any Terminal
  /// What is piped in.
  package var input: StandardInput
  /// Whether a program of the user's would reach a TCP port at an address.
  package var reaches: @Sendable (_ host: String, _ port: Int) async -> Bool
  /// Makes the connector through which a run reaches its machines.
  package var connector: @Sendable (ConnectorRequest) throws -> any Connector
  /// The operator's clocks.
  package var clock: OperatorClock

  /// All of the world that verbs may touch.
  package init(
    environment: [String: String], console: Console, interrupts: Interrupts,
    terminal: any Terminal, clock: OperatorClock = .system,
    input: StandardInput = .process,
    reaches: @escaping @Sendable (String, Int) async -> Bool = PortProbe.reaches,
    connector: @escaping @Sendable (ConnectorRequest) throws -> any Connector
  ) {
    self.environment = environment
    self.console = console
    self.interrupts = interrupts
    self.terminal = terminal
    self.connector = connector
    self.clock = clock
    self.input = input
    self.reaches = reaches
  }
}

/// What a connector is asked to be.
package struct ConnectorRequest: Sendable {
  /// How to log in to each machine.
  package var machines: [LoginDetails]
  /// Whether the host key of a machine that is not known yet is accepted and noted.
  package var acceptsNewHostKeys: Bool
  /// The file to read in place of `~/.ssh/config`; `none` for no file.
  package var configurationFile: String?
  /// The process's environment variables.
  package var environment: [String: String]
  /// Where secrets are asked for.
  package var prompt: any SecretPrompt
}
