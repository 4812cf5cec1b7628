import Diagnostics
import Execution
import Planning
import Reporting
import Roles

/// Values that views are drawn from.
enum Samples {
  static let hosts = [
    "lb", "master01", "master02", "master03", "node01", "node02", "node03", "node04",
  ]

  static func task(_ host: String, _ role: String, _ index: Int, stage: String = "site-vpn")
    -> TaskID
  {
    TaskID(
      application: RoleApplication.ID(stage: stage, host: host, role: role, instance: "a-b"),
      index: index)
  }

  static let plan = Plan(
    testbed: "lab", inventoryDigest: "0123", scope: RunScope(),
    hosts: [
      HostPlan(
        host: "vyos01", site: "vlan10",
        steps: [
          PlanStep(
            application: RoleApplication(task("vyos01", "vpn-tunnel", 0).application),
            differences: [
              TaskDifference(
                task: task("vyos01", "vpn-tunnel", 0), name: "install openvpn", verdict: .change,
                changes: ["install openvpn"]),
              TaskDifference(
                task: task("vyos01", "vpn-tunnel", 1), name: "write the configuration",
                verdict: .change, changes: ["mode 0644 → 0600"],
                diff: """
                  --- /etc/openvpn/a-b.conf
                  +++ /etc/openvpn/a-b.conf
                  @@ -1,2 +1,2 @@
                   dev pb-b
                  -port 1\u{1B}[2J
                  +port 20000

                  """),
              TaskDifference(
                task: task("vyos01", "vpn-tunnel", 2), name: "accept the peer",
                verdict: .knownAfterApply([FactReference(host: "vyos02", name: "fingerprint")])),
              TaskDifference(
                task: task("vyos01", "vpn-tunnel", 3), name: "start the tunnel",
                verdict: .satisfied),
            ], after: [])
        ]),
      HostPlan(
        host: "lb", site: "vlan10",
        steps: [
          PlanStep(
            application: RoleApplication(task("lb", "hosts", 0, stage: "hosts").application),
            differences: [
              TaskDifference(
                task: task("lb", "hosts", 0, stage: "hosts"), name: "name every host",
                verdict: .satisfied)
            ], after: [])
        ]),
      HostPlan(
        host: "vyos02", site: "vlan20", steps: [],
        problems: [Diagnostic(.error, "/dev/net/tun is missing", host: "vyos02")]),
    ], warnings: [Diagnostic(.warning, "the clock is 3 s off", host: "lb")])

  static let machines: [RunResult.HostResult] = [
    .init(name: "vyos01", site: "vlan10", roundTrips: 1, connectSeconds: 0.31, seconds: 1.1),
    .init(name: "lb", site: "vlan10", roundTrips: 1, connectSeconds: 0.4, seconds: 1.2),
    .init(name: "vyos02", site: "vlan20", roundTrips: 1, connectSeconds: 0.2, seconds: 0.9),
    .init(
      name: "node01", site: "vlan20", failed: 1, seconds: 10,
      problem: Problem("node01 refused the connection", host: "node01", exitStatus: .failure)),
  ]

  static let result = RunResult(
    run: "20261121T152400Z-0badcafe", changed: 24, ok: 3, failed: 1, seconds: 63.2,
    stages: [
      .init(name: "site-vpn", seconds: 40.25, changed: 20),
      .init(name: "hosts", seconds: 2, changed: 4),
    ],
    hosts: [
      .init(
        name: "vyos01", site: "vlan10", changed: 20, ok: 2, roundTrips: 3, connectSeconds: 0.31,
        seconds: 41.3),
      .init(
        name: "lb", site: "vlan10", changed: 4, ok: 1, failed: 1, roundTrips: 2,
        connectSeconds: 0.4, seconds: 12.2,
        problem: Problem(
          "the configuration is refused", detail: "exit status 1", host: "lb",
          task: "haproxy: write the configuration", exitStatus: .failure)),
      .init(
        name: "node01", site: "vlan20", roundTrips: 1, connectSeconds: 0.2, seconds: 0.9,
        skippedBecause: "vyos02"),
    ], interrupted: false)

  static let status = StatusView(
    tunnels: [
      .init(from: "vlan10", to: "vlan20", milliseconds: 0.52),
      .init(
        from: "vlan10", to: "vlan30", milliseconds: nil,
        remark: "on vyos01: journalctl -u planetbed-lab-vpn@vlan10-vlan30.service"),
      .init(from: "vlan20", to: "vlan30", milliseconds: 301.27),
    ],
    reachability: ReachabilityMatrix(hosts: hosts) { from, to in
      if from == "node04" { return .unknown }
      let isApart = from.hasPrefix("node") != to.hasPrefix("node")
      return isApart && (from == "lb" || to == "lb")
        ? .unreached : .reached(milliseconds: isApart ? 1.24 : 0.31)
    }, seconds: 1.25,
    diagnostics: [Diagnostic(.error, "node04 could not be reached", host: "node04")])
}
