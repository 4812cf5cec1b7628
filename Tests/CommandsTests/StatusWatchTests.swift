import Diagnostics
import Execution
import Foundation
import Reporting
import ShellPrograms
import Synchronization
import Testing
import Transport

@testable import Commands

/// `planetbed status --watch`, on a clock that the test turns.
@Suite struct StatusWatchTests {
  /// Looks so often, and then ends as Ctrl-C ends it.
  private func watch(
    looks: Int, terminal: Bool = false, _ words: [String] = []
  ) async -> (status: Diagnostics.ExitStatus, output: String, waits: [Duration]) {
    let written = World.Written()
    let waits = Mutex<[Duration]>([])
    let interrupts = Interrupts()
    let clock = OperatorClock(
      now: { 1_795_000_000_000 }, uptime: { 0 },
      wait: { duration in
        let count = waits.withLock { waits in
          waits.append(duration)
          return waits.count
        }
        if count == looks { #expect(interrupts.raise()) }
        try Task.checkCancellation()
      })
    let program = Program(
      Surroundings(
        environment: [:],
        console: Console(
          output: .init(isTerminal: terminal) { written.add(output: $0) },
          errors: .init { written.add(errors: $0) }),
        interrupts: interrupts, terminal: ScriptedTerminal(nil), clock: clock
      ) { _ in NoConnector() })
    let status = await program.run(["status", World.inventory, "--watch"] + words)
    return (status, written.output, waits.withLock { $0 })
  }

  @Test func aBlockForEachLook() async {
    let found = await watch(looks: 3)
    #expect(found.status == .interrupted)
    #expect(found.waits == [.seconds(2), .seconds(2), .seconds(2)])
    let heading = "2026-11-18 11:06:40 UTC  every 2 s, until Ctrl-C\n\n"
    #expect(found.output.components(separatedBy: heading).count == 4)
    #expect(!found.output.contains("\u{1B}"))
  }

  @Test func inTheSamePlaceOnATerminal() async {
    let found = await watch(looks: 2, terminal: true, ["--interval", "1min", "--color", "never"])
    #expect(found.status == .interrupted && found.waits == [.seconds(60), .seconds(60)])
    #expect(found.output.components(separatedBy: "\u{1B}[H\u{1B}[J").count == 3)
    #expect(found.output.contains("every 1 min"))
  }

  @Test func anObjectForEachLook() async throws {
    let found = await watch(looks: 2, ["--output", "jsonl"])
    let lines = found.output.split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines { #expect(line.hasPrefix(#"{"schema":"planetbed.status/1""#)) }
  }

  @Test(arguments: ["0s", "25h", "2", "x"]) func wrongIntervals(text: String) async {
    let outcome = await World().run("status", World.inventory, "--watch", "--interval", text)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("'\(text)' is no value for option '--interval'"))
  }

  /// Counts connections that are open and logins; whoever asks while one is open shares it.
  private actor CountingConnector: Connector {
    var isUp = true
    private(set) var open = 0
    private(set) var logins = 0

    func cut() { isUp = false }

    func connect(to machine: String) async throws -> any Connection {
      guard isUp else { throw Problem("cut", exitStatus: .failure) }
      if open == 0 { logins += 1 }
      open += 1
      return Counted(connector: self)
    }

    func closed() { open -= 1 }
    func close() async { open = 0 }
  }

  private struct Counted: Connection {
    let connector: CountingConnector
    var connectDuration: Duration { .zero }

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult { throw CancellationError() }

    func run(
      _ program: RemoteProgram, in conversation: Conversation
    ) async throws -> ProgramResult { throw CancellationError() }

    func close() async { await connector.closed() }
  }

  @Test func connectionsLastFromLookToLook() async throws {
    let counting = CountingConnector()
    let holding = HoldingConnector(counting)
    for _ in 1...3 {
      let connection = try await holding.connect(to: "a")
      await connection.close()
    }
    #expect(await counting.logins == 1)
    #expect(await counting.open == 1)
    await counting.cut()
    await #expect(throws: Problem.self) { _ = try await holding.connect(to: "a") }
    await holding.close()
    #expect(await counting.open == 0)
  }
}
