import Diagnostics
import Execution
import Foundation
import Planning
import Reporting
import Roles
import TestSupport
import Testing

@testable import Measurement

/// Every view as text, compared with the files in Snapshots/.
@Suite struct SnapshotTests {
  private func expect(_ text: String, _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(
      of: text, from: folder.appending(path: name + ".txt").path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  private static let narrow = TextLayout(columns: 60)
  private static let wide = TextLayout(columns: 80)
  private static let colored = TextLayout(columns: 80, usesColor: true)

  @Test func diagnostics() throws {
    let place = SourcePosition(file: "inventory.toml", line: 12, column: 5)
    let diagnostics = [
      Diagnostic(
        .error, "unknown key \"rooter\"", detail: "Did you mean \"router\"?", at: place,
        sourceLine: "\t慶應 rooter = { name = \"vyos01\" }"),
      Diagnostic(
        .warning, "an even number of masters",
        detail:
          "etcd needs a majority: with 2 masters, the loss of one stops the cluster, so that a second one only makes it more likely.",
        at: SourcePosition(file: "inventory.toml", line: 40, column: 90),
        sourceLine: String(repeating: "x = 1; ", count: 12) + "masters = 2"
          + String(
            repeating: " # and on", count: 8)),
      Diagnostic(
        .error, "the configuration is refused",
        detail:
          "haproxy -c ended with exit status 1:\n  [ALERT] \u{1B}[31mno such \u{202E}backend\n\nLook at the template.",
        host: "lb", task: "haproxy: write the configuration"),
      Diagnostic(.error, "something simple"),
    ]
    try expect(DiagnosticText(Self.narrow).text(of: diagnostics), "diagnostics")
    try expect(DiagnosticText(Self.colored).text(of: diagnostics), "diagnostics-colored")
  }

  @Test func plan() throws {
    let view = PlanView(plan: Samples.plan, machines: Samples.machines, seconds: 1.5)
    try expect(view.text(Self.wide), "plan")
    try expect(view.text(Self.colored), "plan-colored")
    let all = PlanView(
      plan: Samples.plan, machines: Samples.machines, seconds: 1.5, showsSatisfied: true)
    try expect(all.text(Self.wide), "plan-verbose")
    try expect(view.json.pretty + "\n", "plan.json")
  }

  @Test func planThatIsTheSameOnSeveralMachines() throws {
    let hosts = ["lb", "master01", "node01"].map { name in
      let task = Samples.task(name, "hosts", 0, stage: "hosts")
      let diff = "--- /etc/hosts\n+++ /etc/hosts\n+\(name == "node01" ? "other" : "line")\n"
      return HostPlan(
        host: name, site: "vlan10",
        steps: [
          PlanStep(
            application: RoleApplication(task.application),
            differences: [
              TaskDifference(
                task: task, name: "name every host", verdict: .change, changes: ["add the block"],
                diff: diff)
            ], after: [])
        ])
    }
    let view = PlanView(
      plan: Plan(
        testbed: "lab", inventoryDigest: "", scope: RunScope(), hosts: hosts, warnings: []),
      machines: [], seconds: 1)
    try expect(view.text(Self.wide), "plan-same")
  }

  @Test func planWithNothingToDo() throws {
    let view = PlanView(
      plan: Plan(
        testbed: "lab", inventoryDigest: "", scope: RunScope(),
        hosts: [HostPlan(host: "lb", site: "vlan10", steps: [])], warnings: []),
      machines: [.init(name: "lb", site: "vlan10")], seconds: 1)
    #expect(view.text(Self.wide) == "Plan: nothing to change on 1 host.\n")
  }

  @Test func run() throws {
    let view = RunView(
      result: Samples.result, status: Samples.status, pods: Samples.pods)
    try expect(view.text(Self.wide), "apply")
    try expect(view.text(Self.narrow), "apply-narrow")
    try expect(view.json.pretty + "\n", "apply.json")
  }

  @Test func runThatChangedNothing() throws {
    let host = RunResult.HostResult(name: "lb", site: "vlan10", ok: 7, roundTrips: 1, seconds: 0.31)
    let result = RunResult(
      run: "r", changed: 0, ok: 7, failed: 0, seconds: 0.42, stages: [], hosts: [host],
      interrupted: false)
    #expect(
      RunView(result: result).text(Self.wide)
        == "Apply: changed: 0, ok: 7, failed: 0 on 1 host in 0.4 s\n")
  }

  @Test func status() throws {
    try expect(Samples.status.text(Self.wide), "status")
    try expect(Samples.status.json.pretty + "\n", "status.json")
    #expect(!Samples.status.isWell)
    let problem = try #require(Samples.status.problem)
    #expect(problem.exitStatus == .gate)
    try expect(DiagnosticText(Self.wide).text(of: problem.diagnostics), "status-problem")
  }

  @Test func cluster() throws {
    func text(_ health: ClusterHealth?) -> String {
      StatusView(
        tunnels: [], reachability: ReachabilityMatrix(hosts: []) { _, _ in .unknown },
        cluster: health, seconds: 1
      ).text(Self.wide)
    }
    #expect(text(nil) == "")
    #expect(text(ClusterHealth(.absent)) == "\nThere is no cluster yet.\n")
    #expect(text(ClusterHealth(.unknown)) == "\nNo master could tell how the cluster is.\n")
    // What a cluster only looks wrong in is told too.
    var health = ClusterHealth(.present)
    health.diagnostics = [Diagnostic(.warning, "cordoned", host: "node04")]
    let view = StatusView(
      tunnels: [], reachability: ReachabilityMatrix(hosts: ["a"]) { _, _ in .unknown },
      cluster: health, seconds: 1)
    #expect(view.isWell && view.problem == nil && view.remarks == health.diagnostics)
  }

  @Test func podsThatWereNotTried() {
    let result = PodTrialResult(Problem("no API", exitStatus: .gate), seconds: 1)
    let view = RunView(result: Samples.result, pods: result)
    #expect(view.text(Self.wide).hasSuffix("Pods: there was no trial\n"))
    #expect(view.json["pods"]?["complete"] == .boolean(false))
  }

  @Test(arguments: [80, 40]) func matrix(_ columns: Int) throws {
    let layout = TextLayout(columns: columns)
    let thesis = ReachabilityMatrix(hosts: Samples.hosts) { _, _ in .reached(milliseconds: 1) }
    try expect(thesis.text(layout), "matrix-thesis-\(columns)")
    let names = (1...45).map { $0 == 7 ? "慶應のマスター" : "host-with-a-long-name-\($0)" }
    let many = ReachabilityMatrix(hosts: names) { from, to in
      from == names[2] && to == names[40] ? .unreached : .reached(milliseconds: 1)
    }
    let text = many.text(layout)
    try expect(text, "matrix-many-\(columns)")
    for line in text.split(separator: "\n") { #expect(TextWidth.of(line) <= columns, "\(line)") }
  }

  @Test func matrixOfAPlanet() {
    let names = (1...100).map { "h\($0)" }
    let matrix = ReachabilityMatrix(hosts: names) { from, _ in
      from == "h7" ? .unknown : .reached(milliseconds: 1)
    }
    let lines = matrix.text(Self.wide).split(separator: "\n")
    #expect(lines.count == 22)
    #expect(lines.first == "  h7 → h1: no answer")
    #expect(lines[20] == "  and 79 more without an answer")
    #expect(lines.last == "99 of 9900 pairs without an answer")
  }

  @Test func lab() throws {
    let view = LabView(
      verb: "lab-status", lab: "lab",
      machines: [
        .init(
          name: "vyos01", site: "vlan10", kind: "router", address: "10.4.0.90", isRunning: true,
          answers: true),
        .init(
          name: "lb", site: "vlan10", kind: "loadbalancer", address: "192.168.10.253",
          isRunning: true, answers: false),
        .init(
          name: "node01", site: "vlan20", kind: "worker", address: "192.168.20.101",
          isRunning: false, answers: false),
      ])
    try expect(view.text(Self.wide), "lab-status")
    for (kubernetes, sentence) in [
      (true, "Masters and workers find Kubernetes in /srv/kubernetes.\n"),
      (false, "Without Kubernetes, until the lab is taken down.\n"),
    ] {
      let view = LabView(verb: "lab-up", lab: "lab", machines: [], kubernetes: kubernetes)
      #expect(view.text(Self.wide).hasSuffix("0 machines.\n" + sentence))
      #expect(view.members.contains(JSONValue.Member("kubernetes", .boolean(kubernetes))))
    }
    #expect(
      LabView(verb: "lab-down", lab: "lab", machines: [], seconds: 2.04).text(Self.wide)
        == "Lab lab is down in 2.0 s.\n")
  }

  @Test func execLines() {
    let line = ExecView.line("a\tb\u{1B}[2J", from: "lb", widest: 6, Self.wide)
    #expect(line == "lb     | a\tb\\e[2J\n")
  }
}
