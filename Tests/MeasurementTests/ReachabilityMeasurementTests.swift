import Diagnostics
import Inventories
import Measurement
import ShellPrograms
import Synchronization
import Testing
import Transport

@Suite struct ReachabilityMeasurementTests {
  /// Machines that answer what a test says; one that it does not know fails.
  private final class Machines: Connector {
    let answers: [String: ProgramResult]
    let open = Mutex(0)
    let runs = Mutex(0)

    init(_ answers: [String: ProgramResult]) { self.answers = answers }

    func connect(to machine: String) async throws -> any Connection {
      guard let answer = answers[machine] else {
        throw Problem("\(machine) cannot be reached", host: machine, exitStatus: .failure)
      }
      open.withLock { $0 += 1 }
      return Line(machines: self, answer: answer)
    }

    func close() async {}
  }

  private final class Line: Connection {
    let connectDuration = Duration.zero
    let machines: Machines
    let answer: ProgramResult

    init(machines: Machines, answer: ProgramResult) {
      self.machines = machines
      self.answer = answer
    }

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult {
      machines.runs.withLock { $0 += 1 }
      return answer
    }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      throw Problem("the test expected no conversation", exitStatus: .failure)
    }

    func close() async { machines.open.withLock { $0 -= 1 } }
  }

  private func result(_ text: String, status: Int32 = 0, errors: String = "") -> ProgramResult {
    ProgramResult(
      ending: .exited(status), output: Array(text.utf8), errors: Array(errors.utf8))
  }

  @Test func asksEveryMachineOnce() async throws {
    let one = IPv4Address(bits: 1)
    let two = IPv4Address(bits: 2)
    let machines = Machines([
      "a": result("reached 0 1.5\nunreached 1 down failed\n"), "b": result("unreached 0\n"),
      "c": result("absent\n"), "e": result("", status: 2, errors: "no shell"),
    ])
    let measurement = ReachabilityMeasurement(connector: machines)
    let answers = await measurement.measure([
      .init(
        machine: "a", targets: [.init(one), .init(two, tunnel: .init(device: "d", unit: "u"))]),
      .init(machine: "b", targets: [.init(one)]), .init(machine: "c", targets: [.init(one)]),
      .init(machine: "d", targets: [.init(one)]), .init(machine: "e", targets: [.init(one)]),
      .init(machine: "f", targets: []),
    ])
    #expect(answers.times["a"] == [one: 1.5, two: nil] as [IPv4Address: Double?])
    #expect(answers.times["b"] == [one: nil] as [IPv4Address: Double?])
    #expect(answers.tunnels == ["a": [two: TunnelState(device: .down, unit: "failed")]])
    #expect(Set(answers.times.keys) == ["a", "b"])
    #expect(
      answers.problems.map(\.summary) == [
        "c has no ping, so that whom it reaches cannot be measured", "d cannot be reached",
        "the pings of e did not end well",
      ])
    #expect(answers.problems.map(\.host) == ["c", "d", "e"])
    #expect(answers.problems[0].detail.contains("apt-get install iputils-ping"))
    #expect(answers.problems[2].detail.contains("no shell"))
    #expect(machines.open.withLock { $0 } == 0 && machines.runs.withLock { $0 } == 4)
  }
}
