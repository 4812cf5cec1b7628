import Diagnostics
import Inventories
import Roles
import Testing

@testable import Stages

/// What is to be done to make machines nodes, by what they told.
@Suite struct MembershipTests {
  static let node = ClusterStateTests.node()
  static let all = ClusterStateTests.nodes(
    "master01", "master02", "master03", "node01", "node03")

  /// Machines on which nothing is set up.
  static func blank(_ inventory: Inventory) -> Facts {
    var told: [String: [String: String]] = [:]
    for host in inventory.hosts(.master) + inventory.hosts(.worker) {
      told[host.name] = [
        "kubernetes": "kubelet=1.34.2-1.1", "cgroup_driver": "systemd",
        "cluster_nodes": host.role == .master ? "api=none" : nil,
      ].compactMapValues(\.self)
    }
    return ClusterStateTests.facts(told)
  }

  /// A cluster of all machines, every one well.
  static func healthy(_ inventory: Inventory) -> Facts {
    var facts = blank(inventory)
    for host in facts.hosts.keys {
      facts.hosts[host]?.registered["kubernetes"] = node
      if facts.hosts[host]?.registered["cluster_nodes"] != nil {
        facts.hosts[host]?.registered["cluster_nodes"] = all
      }
    }
    return facts
  }

  /// What is done beside looking, a line each: machine, role, instance, action, and what comes before.
  static func work(
    _ change: (inout Facts) -> Void, prunes: Bool = false,
    from start: (Inventory) -> Facts = healthy
  ) throws -> [String] {
    let inventory = try CaseFiles.inventory("mesh")
    var facts = start(inventory)
    change(&facts)
    let stages: [any Stage] = [ControlPlane(), Workers()]
    return stages.flatMap {
      $0.applications(for: inventory, facts: facts, policy: RunPolicy(prunes: prunes))
    }.compactMap { application in
      guard application.id.role != "node-state" else { return nil }
      var words = [application.id.host, application.id.role, application.id.instance]
      if case .string(let action)? = application.variables["action"] {
        guard action != "none" else { return nil }
        words.append(action)
      }
      if application.variables["afresh"] == .boolean(true) { words.append("afresh") }
      if application.variables["returning"] == .boolean(true) { words.append("returning") }
      words += application.after.map { "after \($0.host) \($0.role)" }
      if let host = application.onBehalfOf { words.append("for \(host)") }
      return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  @Test func aClusterIsBegunOnTheFirstMaster() throws {
    #expect(
      try Self.work({ _ in }, from: Self.blank) == [
        "master01 cluster-member init after lb load-balancer",
        "master02 cluster-member join after lb load-balancer",
        "master03 cluster-member join after master02 cluster-member after lb load-balancer",
        "master01 node-admission master02 after master01 cluster-member for master02",
        "master01 node-admission master03 after master01 cluster-member for master03",
        "node01 cluster-member join after lb load-balancer",
        "node03 cluster-member join after lb load-balancer",
        "master01 node-admission node01 after master01 cluster-member for node01",
        "master01 node-admission node03 after master01 cluster-member for node03",
      ])
  }

  @Test func nothingIsDoneToAHealthyCluster() throws {
    #expect(try Self.work { _ in }.isEmpty)
    #expect(try Self.work({ _ in }, prunes: true).isEmpty)
  }

  @Test func aHalfDoneInitIsDoneAgain() throws {
    let work = try Self.work(
      { $0.hosts["master01"]?.registered["kubernetes"] = "begun=yes\ntraces=yes" },
      from: Self.blank)
    #expect(work.first == "master01 cluster-member init after lb load-balancer")
  }

  @Test func aWipedWorkerIsLetInAgain() throws {
    #expect(
      try Self.work { $0.hosts["node01"]?.registered["kubernetes"] = "" } == [
        "node01 cluster-member join after lb load-balancer",
        "master01 node-admission node01 returning after master01 cluster-member for node01",
      ])
  }

  @Test func theFirstMasterWipedIsLetInByAnother() throws {
    #expect(
      try Self.work {
        $0.hosts["master01"]?.registered["kubernetes"] = ""
        $0.hosts["master01"]?.registered["cluster_nodes"] = "api=none"
      } == [
        "master01 cluster-member join after lb load-balancer",
        "master02 node-admission master01 returning after master02 cluster-member for master01",
      ])
  }

  @Test func aNodeThatTheClusterForgotBeginsAfresh() throws {
    let nodes = ClusterStateTests.nodes("master01", "master02", "master03", "node01")
    #expect(
      try Self.work { facts in
        for master in ["master01", "master02", "master03"] {
          facts.hosts[master]?.registered["cluster_nodes"] = nodes
        }
      }.first == "node03 cluster-member join afresh after lb load-balancer")
  }

  @Test func thereIsNoSecondCluster() throws {
    // Two masters are silent: they may have one.
    #expect(
      try Self.work({ $0.hosts["master03"] = nil }, from: Self.blank).isEmpty)
    // One that is silent beside a cluster keeps no other from joining.
    #expect(
      try Self.work {
        $0.hosts["master02"] = nil
        $0.hosts["master03"]?.registered["kubernetes"] = ""
      }.first == "master03 cluster-member join after lb load-balancer")
  }

  @Test func whatIsNotOursIsLeftAlone() throws {
    for told in [
      "traces=yes\nconfigured=yes", ClusterStateTests.node(ClusterStateTests.other), "busy=yes",
    ] {
      #expect(try Self.work { $0.hosts["node01"]?.registered["kubernetes"] = told }.isEmpty)
    }
    // Nor is anybody let into a cluster that cannot be begun.
    #expect(
      try Self.work(
        { $0.hosts["master01"]?.registered["kubernetes"] = "traces=yes" }, from: Self.blank
      ).isEmpty)
  }

  @Test func strangersGoOnlyWhenThatIsAsked() throws {
    let nodes = Self.all + ClusterStateTests.nodes("master09", "node09")
    func change(_ facts: inout Facts) {
      for master in ["master01", "master02", "master03"] {
        facts.hosts[master]?.registered["cluster_nodes"] = nodes
      }
    }
    #expect(try Self.work(change).isEmpty)
    #expect(
      try Self.work(change, prunes: true) == [
        "master01 node-removal master09", "master01 node-removal node09",
      ])
    let inventory = try CaseFiles.inventory("mesh")
    var facts = Self.healthy(inventory)
    change(&facts)
    let warning = try #require(
      ControlPlane().problems(for: inventory, facts: facts).first {
        $0.host == "master01" && $0.summary.contains("cluster")
      })
    #expect(warning.severity == .warning)
    #expect(
      warning.summary == "the cluster has nodes that the inventory does not name: master09, node09")
    #expect(warning.detail.contains("--prune"))
  }

  @Test func allThatCountsIsAskedBeforehand() throws {
    let inventory = try CaseFiles.inventory("mesh")
    let worker = try #require(
      Workers().applications(for: inventory).first { $0.id.role == "cluster-member" })
    guard case .list(let consults)? = worker.variables["consults"] else {
      Issue.record("it consults nobody")
      return
    }
    for master in ["master01", "master02", "master03"] {
      for name in ["kubernetes", "cluster_nodes"] {
        #expect(consults.contains(.fact(FactReference(host: master, name: name))))
      }
    }
  }

  @Test func nothingIsAskedWithoutACluster() throws {
    var inventory = try CaseFiles.inventory("mesh")
    inventory.kubernetes.installs = false
    let stages: [any Stage] = [ControlPlane(), Workers()]
    for stage in stages {
      #expect(stage.applications(for: inventory).isEmpty)
      #expect(
        stage.applications(for: inventory, facts: Facts(), policy: RunPolicy(prunes: true)).isEmpty)
      #expect(stage.problems(for: inventory, facts: Self.blank(inventory)).isEmpty)
      #expect(stage.objections(to: inventory).isEmpty)
    }
  }

  /// What is said of node01 or of the seed when it tells this, beside the machine itself.
  static func problem(
    _ told: String, of host: String = "node01", from start: (Inventory) -> Facts = healthy
  ) throws -> Diagnostic? {
    let inventory = try CaseFiles.inventory("mesh")
    var facts = start(inventory)
    facts.hosts[host]?.registered["kubernetes"] = told
    let stages: [any Stage] = [ControlPlane(), Workers()]
    return stages.flatMap { $0.problems(for: inventory, facts: facts) }.first {
      $0.host == host && !$0.summary.contains("systemd") && !$0.summary.contains("operating system")
    }
  }

  @Test func whatStandsInTheWayIsTold() throws {
    let foreign = try #require(try Self.problem("traces=yes"))
    #expect(foreign.severity == .error)
    #expect(foreign.summary == "node01 is a Kubernetes node already, and not of this testbed")
    let elsewhere = try #require(
      try Self.problem(ClusterStateTests.node(ClusterStateTests.other)))
    #expect(elsewhere.severity == .error)
    #expect(elsewhere.summary == "node01 is a node of another cluster")
    #expect(elsewhere.detail.contains("--limit host=node01"))
    let busy = try #require(try Self.problem("busy=yes"))
    #expect(busy.severity == .error)
    #expect(busy.summary == "kubeadm is still at work on node01, from an earlier run")
    #expect(try Self.problem("") == nil)
  }

  @Test func thatNoClusterIsMadeIsTold() throws {
    let inventory = try CaseFiles.inventory("mesh")
    var facts = Self.blank(inventory)
    facts.hosts["master02"] = nil
    let warning = try #require(
      ControlPlane().problems(for: inventory, facts: facts).first {
        $0.summary.contains("no cluster")
      })
    #expect(warning.severity == .warning)
    #expect(warning.summary == "no cluster is made: master02 did not tell whether there is one")
  }
}
