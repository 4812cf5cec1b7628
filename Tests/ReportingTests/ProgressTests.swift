import Diagnostics
import Execution
import Foundation
import Reporting
import Roles
import Synchronization
import TestSupport
import Testing

@Suite struct ProgressTests {
  private func expect(_ lines: [String], _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(
      of: lines.joined(separator: "\n") + "\n", from: folder.appending(path: name + ".txt").path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  /// What happens in a small run, in the middle of it.
  private static let events: [RunEvent] = [
    .connected(host: "vyos01", seconds: 0.3), .connected(host: "lb", seconds: 0.4),
    .probed(host: "vyos01", seconds: 1), .probed(host: "lb", seconds: 1),
    .hostFailed(
      host: "node01",
      problem: Problem("node01 refused the connection", host: "node01", exitStatus: .failure)),
    .stageStarted(host: "vyos01", stage: "site-vpn"),
    .taskStarted(host: "vyos01", task: Samples.task("vyos01", "vpn", 0), name: "install openvpn"),
    .taskOutput(host: "vyos01", task: Samples.task("vyos01", "vpn", 0), line: "Setting up …"),
    .taskFinished(
      host: "vyos01", task: Samples.task("vyos01", "vpn", 0), name: "install openvpn",
      status: .changed, seconds: 3.25),
    .taskFinished(
      host: "vyos01", task: Samples.task("vyos01", "vpn", 1), name: "load tun", status: .ok,
      seconds: 0),
    .taskStarted(
      host: "vyos01", task: Samples.task("vyos01", "vpn", 2), name: "start\u{1B}[2J the tunnel"),
    .hostSkipped(host: "node02", because: "node01"),
  ]
  private static let names = ["vyos01", "lb", "node01", "node02", "node03"]

  @Test func looking() throws {
    var state = ProgressState(title: "Looking at the machines", machines: Self.names)
    for event in Self.events.prefix(4) { state.take(event) }
    try expect(
      ProgressDrawing(TextLayout(columns: 60)).lines(state, elapsed: 1.9), "progress-looking")
    #expect(state.settled == 2)
  }

  @Test(arguments: [80, 32]) func applying(_ columns: Int) throws {
    var state = ProgressState(title: "Looking at the machines", machines: Self.names)
    for event in Self.events.prefix(5) { state.take(event) }
    state.expect(
      title: "Applying to lab",
      stages: [("site-vpn", "Site VPN"), ("hosts", "Hosts"), ("load-balancer", "Load balancer")],
      tasks: [
        Samples.task("vyos01", "vpn", 0), Samples.task("vyos01", "vpn", 2),
        Samples.task("node03", "hosts", 0, stage: "hosts"),
      ])
    for event in Self.events.dropFirst(5) { state.take(event) }
    let layout = TextLayout(columns: columns)
    let lines = ProgressDrawing(layout, mostMachines: 4).lines(state, elapsed: 12.4)
    try expect(lines, "progress-applying-\(columns)")
    for line in lines { #expect(TextWidth.of(line) < columns, "\(line)") }
    state.take(.interrupted)
    #expect(ProgressDrawing(layout).lines(state, elapsed: 13)[0].hasPrefix("Applying to lab"))
    #expect(state.isInterrupted)
  }

  @Test func machinesEnd() {
    var state = ProgressState(title: "", machines: ["vyos01"])
    state.take(.probed(host: "vyos01", seconds: 1))
    state.expect(
      title: "", stages: [("site-vpn", "Site VPN")], tasks: [Samples.task("vyos01", "vpn", 0)])
    state.take(
      .taskFinished(
        host: "vyos01", task: Samples.task("vyos01", "vpn", 0), name: "", status: .changed,
        seconds: 1))
    #expect(state.machines[0].phase == .done)
    #expect(state.stages[0].finished == 1)
  }

  @Test func plainLines() throws {
    let plain = PlainProgress(TextLayout(), verbosity: 0)
    try expect(Self.events.compactMap { plain.line($0)?.trimmingSuffix }, "progress-plain")
    let more = PlainProgress(TextLayout(), verbosity: 1)
    try expect(Self.events.compactMap { more.line($0)?.trimmingSuffix }, "progress-plain-verbose")
  }

  @Test func jsonLines() throws {
    let lines = (Self.events + [.interrupted]).map { $0.json(elapsed: 1.23456).compact }
    try expect(lines, "events.jsonl")
    for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
  }

  @Test func theLiveDisplayTakesItsLinesAwayAndShowsTheCursor() {
    let written = Mutex("")
    let display = LiveDisplay(
      Console.Stream(isTerminal: true) { text in written.withLock { $0 += text } })
    display.draw(at: 1) { ["one", "two"] }
    display.draw(at: 1.05) { ["too soon"] }
    display.write("above\n")
    display.draw(at: 1.2) { ["three"] }
    display.end()
    display.end()
    display.draw(at: 9) { ["late"] }
    #expect(
      written.withLock { $0 }
        == "\u{1B}[?25lone\ntwo\n\u{1B}[2F\u{1B}[Jabove\none\ntwo\n\u{1B}[2F\u{1B}[Jthree\n"
        + "\u{1B}[1F\u{1B}[J\u{1B}[?25h")
  }
}

extension String {
  /// Without the line end.
  fileprivate var trimmingSuffix: String { hasSuffix("\n") ? String(dropLast()) : self }
}
