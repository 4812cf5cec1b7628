import Diagnostics
import Execution
import Inventories
import Planning
import Reporting
import Roles

@testable import Measurement

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
    }, cluster: cluster, seconds: 1.25,
    diagnostics: [Diagnostic(.error, "node04 could not be reached", host: "node04")])

  static let cluster: ClusterHealth = {
    var health = ClusterHealth(.present)
    func node(
      _ name: String, _ site: String?, _ address: String, ready: Bool = true,
      cordoned: Bool = false,
      atSite: Bool = true
    ) -> ClusterHealth.Node {
      .init(
        name: name, site: site,
        role: site.map { _ in name.hasPrefix("master") ? .master : .worker },
        reading: .init(
          name: name, version: "v1.34.2", isCordoned: cordoned, addresses: [address],
          isReady: ready, reason: ready ? "" : "KubeletNotReady: no network"),
        isAtSiteAddress: atSite)
    }
    health.nodes = [
      node("master01", "vlan10", "192.168.10.101"), node("node01", "vlan20", "192.168.20.101"),
      node("node02", "vlan20", "192.168.20.102", ready: false),
      node("node03", "vlan30", "172.30.0.9\u{1B}[2J", atSite: false),
      node("node04", "vlan30", "192.168.30.102", cordoned: true),
      .init(name: "node05", site: "vlan30", role: .worker, reading: nil, isAtSiteAddress: false),
      node("old", nil, "192.168.30.109", atSite: false),
    ]
    let names = ClusterHealth.components
    func parts(of master: String, _ ready: (String) -> Bool) -> [ClusterReading.Component] {
      names.map {
        .init(name: $0, node: master, isReady: ready($0), reason: ready($0) ? "" : "Crash")
      }
    }
    health.masters = [
      .init(
        name: "master01", site: "vlan10", answersAPI: true,
        components: parts(of: "master01") { _ in true }),
      .init(
        name: "master02", site: "vlan10", answersAPI: true,
        components: parts(of: "master02") { $0 != "kube-scheduler" }),
      .init(name: "master03", site: "vlan10", answersAPI: nil, components: []),
    ]
    health.members = ["master01", "master02", "master03"].map {
      .init(
        reading: .init(id: "a5", name: $0, isStarted: true, isLearner: false),
        isHealthy: $0 == "master03" ? nil : true)
    }
    health.certificates = [
      .init(
        host: "master01",
        reading: .init(name: "apiserver", expires: "2027-11-21T18:19Z", days: 364))
    ]
    health.diagnostics = [
      Diagnostic(.error, "the node is not ready", detail: "KubeletNotReady", host: "node02"),
      Diagnostic(.warning, "the node is cordoned", host: "node04"),
      Diagnostic(.error, "node04 could not be reached", host: "node04"),
    ]
    return health
  }()

  static let pods: PodTrialResult = {
    var result = PodTrialResult(Problem([], exitStatus: .gate), seconds: 9.4)
    result.workers = [
      .init(
        name: "node01", site: "vlan20", runs: true, reaches: [nil, true], reachesService: true,
        backends: 2, findsNames: true),
      .init(
        name: "node03", site: "vlan30", runs: true, reaches: [false, nil], reachesService: false,
        backends: 0, findsNames: true),
    ]
    result.diagnostics = [Diagnostic(.error, "its pod does not reach the service", host: "node03")]
    return result
  }()
}
