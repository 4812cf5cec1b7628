import Inventories
import Roles
import Testing

@testable import Stages

/// What machines tell of the cluster, and what is made of it, whatever they tell.
@Suite struct ClusterStateTests {
  static let authority = String(repeating: "ab", count: 32)
  static let other = String(repeating: "cd", count: 32)

  /// What a node says of itself.
  static func node(_ authority: String = authority) -> String {
    "done=\(authority)\nauthority=\(authority)\nconfigured=yes\ntraces=yes\nkubelet=1.34.2-1.1"
  }

  /// What the API says when it has these nodes.
  static func nodes(_ names: String...) -> String {
    "api=up\n"
      + names.map {
        "node=\($0)   Ready   \($0.hasPrefix("master") ? "control-plane" : "<none>")   5m   v1.34.2   192.168.10.101   <none>   Debian\n"
      }.joined()
  }

  static func facts(_ told: [String: [String: String]]) -> Facts {
    Facts(hosts: told.mapValues { HostFacts(system: SystemFacts(), registered: $0) })
  }

  static func state(_ told: [String: [String: String]]) throws -> ClusterState {
    ClusterState(inventory: try CaseFiles.inventory("mesh"), facts: facts(told))
  }

  @Test func nothingIsKnownAtFirst() throws {
    let state = try Self.state([:])
    #expect(!state.exists && state.nodes.isEmpty && state.seed == "master01")
    #expect(state.standing(of: "master01") == .unknown)
    #expect(state.standing(of: "nobody") == .unknown)
  }

  @Test func aClusterIsKnownByItsMasters() throws {
    let state = try Self.state([
      "master01": ["kubernetes": "kubelet=1.34.2-1.1", "cluster_nodes": "api=none"],
      "master02": ["kubernetes": Self.node(), "cluster_nodes": "api=down"],
      "master03": [
        "kubernetes": Self.node(), "cluster_nodes": Self.nodes("master02", "master03", "gone"),
      ],
      "node01": ["kubernetes": Self.node()],
      "node03": ["kubernetes": Self.node(Self.other)],
    ])
    #expect(state.authority == Self.authority)
    #expect(state.seed == "master03" && state.answering == ["master03"])
    #expect(state.standing(of: "master01") == .blank)
    #expect(state.standing(of: "master02") == .member)
    #expect(state.standing(of: "node01") == .lost, "the API does not know it")
    #expect(state.standing(of: "node03") == .elsewhere)
    #expect(state.strangers.map(\.name) == ["gone"])
    #expect(state.machines["node01"]?.kubelet == "1.34.2")
    let node = try #require(state.node("master02"))
    #expect(node.isReady && node.isSchedulable && node.isMaster && node.version == "1.34.2")
    #expect(node.address == IPv4Address("192.168.10.101"))
  }

  @Test func whatIsUnfinishedOrStrange() throws {
    let traces = "authority=\(Self.authority)\nconfigured=yes\ntraces=yes"
    let state = try Self.state([
      "master01": ["kubernetes": "begun=yes\n" + traces],
      "master02": ["kubernetes": traces],
      "master03": ["kubernetes": "done=\(Self.authority)\nbusy=yes"],
    ])
    #expect(!state.exists && state.seed == "master01")
    #expect(state.standing(of: "master01") == .halfDone)
    #expect(state.standing(of: "master02") == .foreign)
    #expect(state.standing(of: "master03") == .lost)
    #expect(state.machines["master03"]?.isBusy == true)
  }

  @Test func theClusterIsTheOneOfMostMasters() throws {
    let state = try Self.state([
      "master01": ["kubernetes": Self.node(Self.other)],
      "master02": ["kubernetes": Self.node()],
      "master03": ["kubernetes": Self.node()],
    ])
    #expect(state.authority == Self.authority && state.seed == "master02")
    #expect(state.standing(of: "master01") == .elsewhere)
  }

  @Test func anAPIThatDoesNotKnowItselfIsNotBelieved() throws {
    let state = try Self.state([
      "master01": ["kubernetes": Self.node(), "cluster_nodes": Self.nodes("nobody")],
      "node01": ["kubernetes": Self.node()],
    ])
    #expect(state.standing(of: "node01") == .member)
  }

  @Test(arguments: [
    "", "=", "api", "done", "\u{0}", "done=" + String(repeating: "A", count: 64),
    "done=../../etc/passwd\nauthority=$(reboot)\nconfigured=yes",
    String(repeating: "begun=no\n", count: 100_000), "kubelet=999999.1.1\nkubelet=1.2",
  ])
  func nonsenseIsNothing(_ text: String) throws {
    let state = try Self.state([
      "master01": ["kubernetes": text, "cluster_nodes": text], "node01": ["kubernetes": text],
    ])
    #expect(!state.exists && state.nodes.isEmpty)
    #expect(state.machines["node01"]?.kubelet == nil)
    #expect(state.standing(of: "node01") == .blank)
  }

  @Test(arguments: [
    "node=-a Ready <none> 1m v1.2.3 10.0.0.1", "node=a;reboot Ready <none> 1m v1.2.3 10.0.0.1",
    "node=A Ready <none> 1m v1.2.3 10.0.0.1", "node=a Ready",
    "node=\u{1b}[2J Ready <none> 1m v1.2.3 10.0.0.1",
    "node=" + String(repeating: "a", count: 254) + " Ready <none> 1m v1.2.3 10.0.0.1",
  ])
  func aNameThatIsNoneIsLeftOut(_ line: String) {
    #expect(ClusterNode.all("api=up\n" + line) == [])
  }

  @Test func nodesAreCountedOnceAndHaveStates() throws {
    let nodes = try #require(
      ClusterNode.all(
        """
        api=up
        node=a NotReady,SchedulingDisabled master 1d v1.20.2+k3s <none>
        node=a Ready <none> 1d v1.20.2 10.0.0.1
        """))
    #expect(nodes.count == 1)
    #expect(!nodes[0].isReady && !nodes[0].isSchedulable && nodes[0].isMaster)
    #expect(nodes[0].address == nil && nodes[0].version == "1.20.2")
    #expect(ClusterNode.all("node=a Ready <none> 1d v1.20.2 10.0.0.1") == nil)
  }

  @Test func versionsAreCompared() throws {
    let old = try #require(KubernetesVersion("v1.9.11"))
    let new = try #require(KubernetesVersion("1.34.2-1.1"))
    #expect(old < new && new.description == "1.34.2")
    for text in ["", "1", "1.2", "1.2.x", "1.-2.3", "1.2.3.4", "vv1.2.3", "1..3"] {
      #expect(KubernetesVersion(text) == nil, "\(text)")
    }
  }
}
