import Diagnostics
import LatencyInjection
import ShellPrograms
import Stages
import Testing

/// What routers answer, and what they cannot have answered.
@Suite struct ReportTests {
  private static let text = """
    uptime 1000000
    module present
    lane b pb-b
    baseline b 1000
    own b total 50000 0 0 normal 6250
    held b 1060000 added 7000 0 0 normal 1000
    now b added 7000 0 0 normal 1000
    qdisc b ours 12 3 qdisc netem 4e: dev pb-b root limit 1000 delay 7ms
    lane c pb-c
    qdisc c absent 0 0
    lane d pb-d
    held d 0 added 1 0 0 normal 1000
    qdisc d foreign 9 2 qdisc tbf 8001: dev pb-d root rate 1Mbit
    run moving-device 900000 0
    fired 0 10
    fired 500 0

    """

  @Test func aReportIsRead() throws {
    let report = try AgentReport(Self.text)
    #expect(report.uptime == 1_000_000)
    #expect(report.hasModule)
    #expect(report.lanes.map(\.peer) == ["b", "c", "d"])
    let lane = try #require(report.lane(to: "b"))
    #expect(lane.device == "pb-b")
    #expect(lane.baselineMicroseconds == 1000)
    #expect(lane.own == "total 50000 0 0 normal 6250")
    #expect(lane.held?.until == 1_060_000)
    #expect(lane.held?.text == "added 7000 0 0 normal 1000")
    #expect(lane.now == lane.held?.text)
    #expect(lane.queue.ownership == .ours)
    #expect(lane.queue.sent == 12)
    #expect(lane.queue.dropped == 3)
    #expect(lane.queue.line.hasPrefix("qdisc netem 4e:"))
    #expect(report.lane(to: "c")?.queue.ownership == .absent)
    #expect(report.lane(to: "c")?.now == nil)
    #expect(report.lane(to: "d")?.held?.until == nil)
    #expect(report.lane(to: "d")?.queue.ownership == .foreign)
    #expect(report.run?.name == "moving-device")
    #expect(report.run?.start == 900_000)
    #expect(report.run?.until == nil)
    #expect(report.fired.map(\.late) == [10, 0])
  }

  @Test(arguments: [
    ("", "it is not a report of delays"),
    ("lane b pb-b\n", "it is not a report of delays"),
    ("uptime 1\nsomething else\n", "it is not a report of delays"),
    ("uptime -1\n", "a number is missing"),
    ("uptime 12345678901234567890\n", "a number is missing"),
    ("uptime\n", "a number is missing"),
    ("uptime 1\nbaseline b 1000\n", "it tells of a lane that it has not named"),
    ("uptime 1\nlane b pb-b\nlane b pb-b\n", "it tells of a lane twice, or of too many"),
    ("uptime 1\nlane b\n", "a name is missing"),
    ("uptime 1\nlane b\u{1b}[2J pb-b\n", "a name is missing"),
    (
      "uptime 1\nlane b pb-b\nqdisc b mine 0 0\n",
      "it does not say whose a queueing discipline is"
    ),
    (
      "uptime 1\n" + String(repeating: "fired 0 0\n", count: 1001),
      "it tells of too many changes"
    ),
    (
      "uptime 1\n" + (0...10_000).map { "lane s\($0) pb\n" }.joined(),
      "it tells of a lane twice, or of too many"
    ),
  ]) func whatItCannotHaveSaidIsRefused(_ text: String, _ reason: String) {
    #expect(throws: FrameError(reason)) { try AgentReport(text) }
  }

  @Test func linesAreCut() throws {
    let report = try AgentReport(
      "uptime 1\nlane b pb-b\nown b \(String(repeating: "x", count: 100_000))\n")
    #expect(report.lane(to: "b")?.own?.count == 500)
  }

  private static func result(_ output: String) -> ProgramResult {
    ProgramResult(ending: .exited(0), output: Array(output.utf8), errors: [])
  }

  private static let boundary = String(repeating: "5a", count: 16)

  @Test func answersAreRead() throws {
    let opening = "planetbed 1 \(Self.boundary)\n"
    let done = try AgentAnswer(
      Self.result("motd\n\(opening)\(Self.boundary) 14 ended 0\nswitched 20370\n"))
    #expect(done == .done("switched 20370"))
    #expect(done.switchedAt == 20370)
    #expect(try done.text(on: "ra", attempt: "changing delays") == "switched 20370")
    let refused = try AgentAnswer(Self.result("\(opening)\(Self.boundary) 4 ended 2\nno b\n"))
    #expect(refused == .refused("no b", status: 2))
    #expect(refused.switchedAt == nil)
    let problem = #expect(throws: Problem.self) {
      try refused.text(on: "ra", attempt: "changing delays")
    }
    #expect(problem?.description == "changing delays failed on ra: no b")
    let absent = try AgentAnswer(Self.result("\(opening)\(Self.boundary) 0 absent\n\n"))
    #expect(absent == .absent)
    let missing = #expect(throws: Problem.self) {
      try absent.text(on: "ra", attempt: "changing delays")
    }
    #expect(
      missing?.description
        == "ra has no program for delays: It comes with the stage latency: planetbed apply.")
  }

  @Test(arguments: [
    ("planetbed 1 \(boundary)\n", "it is not the answer to one call"),
    ("planetbed 1 \(boundary)\n\(boundary) 0 ended 256\n\n", "it says no exit status"),
    ("planetbed 1 \(boundary)\n\(boundary) 0 other\n\n", "it is not the answer to a call"),
    (
      "planetbed 1 \(boundary)\n\(boundary) 0 absent\n\n\(boundary) 0 absent\n\n",
      "it is not the answer to one call"
    ),
  ]) func otherAnswersAreRefused(_ output: String, _ reason: String) {
    #expect(throws: FrameError(reason)) { try AgentAnswer(Self.result(output)) }
  }
}
