import Foundation
import Inventories
import LatencyInjection
import ShellPrograms
import Stages
import TestSupport
import Testing

/// The programs that call the program on a router, run as the transport runs them.
@Suite(.timeLimit(.minutes(10))) struct ProgramTests {
  private static func answer(
    _ program: RemoteProgram, on machine: AgentMachine
  ) async throws -> AgentAnswer {
    // The program is where the machine of the test has it.
    try machine.put(
      program.text.replacing("'/etc/planetbed/", with: "'\(machine.root)/etc/planetbed/"),
      at: "program")
    let shell = machine.shell == .dash ? ["/bin/dash"] : ["/bin/busybox", "sh"]
    let outcome = try await ChildProcess.run(
      shell[0], Array(shell.dropFirst()) + ["\(machine.root)/program"],
      environment: machine.environment)
    return try AgentAnswer(
      ProgramResult(
        ending: .exited(outcome.status), output: Array(outcome.output.utf8),
        errors: Array(outcome.errors.utf8)))
  }

  @Test(arguments: Shell.allCases) func callsAreUnderstood(_ shell: Shell) async throws {
    let machine = try AgentMachine(shell)
    let agent = RouterAgent(testbed: "lab")
    #expect(try await Self.answer(agent.show, on: machine) == .absent)

    let text = try String(contentsOfFile: "\(machine.root)/agent", encoding: .utf8)
    try machine.put(text, at: "etc/planetbed/lab/latency/agent")
    _ = try await ChildProcess.run(
      "/bin/chmod", ["755", "\(machine.root)/etc/planetbed/lab/latency/agent"])
    try machine.put(
      "b pb-b - 10.0.0.2 all\nc pb-c - 10.0.0.3 all\n", at: AgentMachine.place("lanes"))
    try machine.put("b 1000\n", at: AgentMachine.place("baseline"))
    try machine.put("qdisc fq_codel 0: dev pb-b root refcnt 2\n", at: "kernel")
    let conditions = OneWayConditions(
      delay: .total(milliseconds: 50), jitterMilliseconds: 5, distribution: .uniform, loss: 0.01,
      duplicate: 0.0002, reorder: 0.5, corrupt: 0.000_001, rateBitsPerSecond: 1e6)

    let held = try await Self.answer(
      agent.hold([.init(peer: "b", conditions: conditions)], until: 2_000_000), on: machine)
    #expect(held.switchedAt == 1_000_000)
    let calls = try String(contentsOfFile: "\(machine.root)/calls", encoding: .utf8)
    #expect(
      calls.contains(
        "tc qdisc add dev pb-b root handle 4e: netem limit 50 delay 49500us 5000us 0% distribution "
          + "uniform loss 1% duplicate 0.02% reorder 50% corrupt 0.0001% rate 1000000bit"))

    let ran = try await Self.answer(
      agent.run(
        "cut", events: [.init(milliseconds: 0, change: .init(peer: "c", conditions: nil))],
        at: 1_001_000, until: nil, period: 1000, times: 1), on: machine)
    #expect(ran == .done(""))

    let shown = try await Self.answer(agent.show, on: machine)
    let report = try AgentReport(shown.text(on: "ra", attempt: "looking at delays"))
    #expect(report.uptime == 1_000_000)
    #expect(report.lane(to: "b")?.held?.until == 2_000_000)
    #expect(report.lane(to: "b")?.held?.text == conditions.laneText)
    #expect(report.run?.name == "cut")

    #expect(try await Self.answer(agent.stop, on: machine) == .done(""))
    #expect(try await Self.answer(agent.clear, on: machine) == .done(""))
    #expect(try await Self.answer(agent.settle, on: machine) == .done(""))
    let after = try await Self.answer(agent.show, on: machine)
    let idle = try AgentReport(after.text(on: "ra", attempt: "looking at delays"))
    #expect(idle.run == nil)
    #expect(idle.lane(to: "b")?.held == nil)

    let refused = try await Self.answer(
      agent.hold([.init(peer: "it's $(reboot)", conditions: nil)], until: nil), on: machine)
    #expect(refused == .refused("line 1: there is no lane to such a site", status: 2))
    let unnamed = try await Self.answer(
      agent.run("a b'; reboot", events: [], at: 0, until: nil, period: 1, times: nil), on: machine)
    guard case .refused(let reason, status: 2) = unnamed else {
      Issue.record("\(unnamed)")
      return
    }
    #expect(reason.hasPrefix("A run's name is of letters"))
  }

  @Test func namesFollowFromTheTestbed() {
    let agent = RouterAgent(testbed: "thesis")
    #expect(agent.path == "/etc/planetbed/thesis/latency/agent")
    #expect(agent.runUnit == "planetbed-thesis-latency-run.service")
    #expect(agent.show.asRoot)
  }
}
