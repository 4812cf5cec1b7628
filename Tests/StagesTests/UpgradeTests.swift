import Diagnostics
import Inventories
import Roles
import Testing

@testable import Stages

/// The way from one release to the next.
@Suite struct UpgradeTests {
  /// A cluster whose API servers and kubelets are of these versions.
  static func facts(
    _ inventory: Inventory, api: String = "1.33.5", kubelets: [String: String] = [:]
  ) -> Facts {
    var facts = MembershipTests.healthy(inventory)
    var nodes = "api=up\n"
    for (name, host) in facts.hosts.sorted(by: { $0.key < $1.key }) {
      let isMaster = host.registered["cluster_nodes"] != nil
      let kubelet = kubelets[name] ?? "1.33.5"
      facts.hosts[name]?.registered["kubernetes"] =
        ClusterStateTests.node().replacing("1.34.2", with: kubelet)
        + (isMaster ? "\napiserver=v\(api)" : "")
      facts.hosts[name]?.registered["kubeadm_version"] = kubelet
      facts.hosts[name]?.registered["kubelet_joined"] = "yes"
      nodes +=
        "node=\(name) Ready \(isMaster ? "control-plane" : "<none>") 1d v\(kubelet) 10.0.0.1\n"
    }
    for (name, host) in facts.hosts where host.registered["cluster_nodes"] != nil {
      facts.hosts[name]?.registered["cluster_nodes"] = nodes
    }
    return facts
  }

  static func inventory(_ version: String) throws -> Inventory {
    var inventory = try CaseFiles.inventory("mesh")
    inventory.kubernetes.version = version
    return inventory
  }

  /// What is done, a line each: machine, role, instance, and what comes before on another machine.
  static func work(_ inventory: Inventory, _ facts: Facts, batchSize: Int = 1) -> [String] {
    let stages: [any Stage] = [ControlPlane(), Workers()]
    let roles = [
      "kubernetes-release", "node-upgrade", "node-drain", "node-return", "kubelet-restart",
    ]
    return stages.flatMap {
      $0.applications(for: inventory, facts: facts, policy: RunPolicy(batchSize: batchSize))
    }.filter { roles.contains($0.id.role) }.map { application in
      var words = [application.id.host, application.id.role, application.id.instance]
      if application.variables["first"] == .boolean(true) { words.append("first") }
      for id in application.after where id.host != application.id.host || id.role == "node-return" {
        words += ["after", id.host, id.role, id.instance]
      }
      return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  @Test func mastersOneAtATimeThenWorkers() throws {
    let inventory = try Self.inventory("1.34.2")
    #expect(
      Self.work(inventory, Self.facts(inventory)) == [
        "master01 kubernetes-release kubeadm",
        "master01 node-upgrade first",
        "master01 node-drain master01",
        "master01 kubernetes-release kubelet",
        "master01 kubelet-restart",
        "master01 node-return master01",
        "master02 kubernetes-release kubeadm after master01 node-return master01",
        "master02 node-upgrade",
        "master01 node-drain master02 after master01 node-return master01 after master02 node-upgrade",
        "master02 kubernetes-release kubelet after master01 node-drain master02",
        "master02 kubelet-restart",
        "master01 node-return master02 after master02 kubelet-restart",
        "master03 kubernetes-release kubeadm after master01 node-return master02",
        "master03 node-upgrade",
        "master01 node-drain master03 after master01 node-return master02 after master03 node-upgrade",
        "master03 kubernetes-release kubelet after master01 node-drain master03",
        "master03 kubelet-restart",
        "master01 node-return master03 after master03 kubelet-restart",
      ] + Self.worker("node01", after: ["master01", "master02", "master03"])
        + Self.worker("node03", after: ["node01"]))
  }

  /// What is done to a worker that comes after others.
  static func worker(_ name: String, after others: [String]) -> [String] {
    let before = others.map { " after master01 node-return \($0)" }.joined()
    return [
      "\(name) kubernetes-release kubeadm\(before)",
      "\(name) node-upgrade",
      "master01 node-drain \(name)\(before) after \(name) node-upgrade",
      "\(name) kubernetes-release kubelet after master01 node-drain \(name)",
      "\(name) kubelet-restart",
      "master01 node-return \(name) after \(name) kubelet-restart",
    ]
  }

  @Test func aBatchIsDrainedTogether() throws {
    let inventory = try Self.inventory("1.34.2")
    let facts = Self.facts(
      inventory, api: "1.34.2",
      kubelets: ["master01": "1.34.2", "master02": "1.34.2", "master03": "1.34.2"])
    let work = Self.work(inventory, facts, batchSize: 2)
    #expect(
      work.filter { $0.contains("node-drain node") || $0.contains("node-return") } == [
        "master01 node-drain node01 after node01 node-upgrade",
        "node01 kubernetes-release kubelet after master01 node-drain node01",
        "master01 node-drain node03 after node03 node-upgrade",
        "node03 kubernetes-release kubelet after master01 node-drain node03",
        "master01 node-return node01 after node01 kubelet-restart",
        "master01 node-return node03 after node03 kubelet-restart",
      ])
  }

  @Test func anInterruptedUpgradeGoesOn() throws {
    let inventory = try Self.inventory("1.34.2")
    var facts = Self.facts(
      inventory, api: "1.34.2",
      kubelets: [
        "master01": "1.34.2", "master02": "1.34.2", "master03": "1.34.2", "node01": "1.34.2",
      ])
    facts.hosts["master01"]?.registered["kubernetes"]? += "\ndrained=node01\ndrained=;reboot"
    #expect(
      Self.work(inventory, facts) == Self.worker("node03", after: []) + [
        "master01 node-return node01"
      ])
    // A node whose kubelet is still to be upgraded keeps its packages until its turn.
    facts.hosts["node03"]?.registered["kubeadm_version"] = "1.34.2"
    let packages = NodePackages().applications(for: inventory, facts: facts, policy: RunPolicy())
      .filter { $0.id.role == "kubernetes-packages" }
    #expect(packages.first { $0.id.host == "node03" }?.variables["version"] == .string(""))
    #expect(packages.first { $0.id.host == "node01" }?.variables["version"] == .string("1.34.2"))
  }

  /// The master that drained a node may not answer at the next run: another does its work then, and goes by its own note.
  @Test func whatAnotherMasterDrainedIsTakenBack() throws {
    let inventory = try Self.inventory("1.34.2")
    let upgraded = ["master01": "1.34.2", "master02": "1.34.2", "master03": "1.34.2"]
    var facts = Self.facts(
      inventory, api: "1.34.2", kubelets: upgraded.merging(["node01": "1.34.2"]) { $1 })
    for node in ["node01", "node03"] {
      facts.hosts["master03"]?.registered["kubernetes"]? += "\ndrained=\(node)"
    }
    #expect(
      Self.work(inventory, facts) == Self.worker("node03", after: []) + [
        "master03 node-return node01"
      ])
    #expect(Self.resumed(inventory, facts) == ["node03": true])
    facts.hosts["master03"]?.registered["cluster_nodes"] = "api=down"
    #expect(Self.work(inventory, facts) == Self.worker("node03", after: []))
    #expect(Self.resumed(inventory, facts) == ["node03": false])
  }

  /// Which of the nodes that are drained were drained before.
  static func resumed(_ inventory: Inventory, _ facts: Facts) -> [String: Bool] {
    var resumed: [String: Bool] = [:]
    for application in Workers().applications(for: inventory, facts: facts, policy: RunPolicy())
    where application.id.role == "node-drain" {
      resumed[application.id.instance] = application.variables["resumed"] == .boolean(true)
    }
    return resumed
  }

  @Test func nothingIsUpgradedThatIsOfTheRelease() throws {
    let inventory = try Self.inventory("1.33.5")
    #expect(Self.work(inventory, Self.facts(inventory)).isEmpty)
  }

  @Test func aReleaseCannotBeSkipped() throws {
    let inventory = try Self.inventory("1.35.0")
    let facts = Self.facts(inventory)
    let problem = try #require(
      ControlPlane().problems(for: inventory, facts: facts).first {
        $0.summary.contains("one step")
      })
    #expect(problem.severity == .error && problem.host == "master01")
    #expect(
      problem.summary == "master01 runs Kubernetes 1.33.5, which cannot become 1.35.0 in one step")
    #expect(problem.detail.contains("apply 1.34 first"))
    #expect(Self.work(inventory, facts).isEmpty)
  }

  @Test func thereIsNoWayBack() throws {
    let inventory = try Self.inventory("1.32.9")
    let facts = Self.facts(inventory)
    let problem = try #require(
      ControlPlane().problems(for: inventory, facts: facts).first { $0.summary.contains("again") })
    #expect(problem.severity == .error && problem.position == inventory.kubernetes.position)
    #expect(problem.summary == "master01 runs Kubernetes 1.33.5, which cannot become 1.32.9 again")
    #expect(Self.work(inventory, facts).isEmpty)
  }
}
