import Inventories
import Roles

/// What is there of the cluster, read from what its machines told: the fact `kubernetes` of every
/// master and worker, and the fact `cluster_nodes` of every master.
///
/// Machines may answer with anything: what does not read as it should counts as not told, and
/// everything has a bound.
package struct ClusterState: Sendable, Hashable {
  /// What the masters and workers told of themselves, by name; those that told nothing are absent.
  package let machines: [String: NodeReport]
  /// The nodes, as the API of the first master tells them whose API answers; empty when none does.
  package let nodes: [ClusterNode]
  /// The masters whose API answers, in the order of the file.
  package let answering: [String]
  /// The digest of the certificate authority of the cluster that the masters are in; nil while there is none.
  package let authority: String?
  /// The master that does what is to be done once for the cluster: the first that is a member and whose
  /// API answers, the first that is a member when none answers, and the first of the file while there is no
  /// cluster; nil without masters.
  package let seed: String?

  private let hosts: [String: HostRole]

  /// Reads what is known.
  package init(inventory: Inventory, facts: Facts) {
    let masters = inventory.hosts(.master).map(\.name)
    var hosts: [String: HostRole] = [:]
    for host in inventory.hosts(.master) + inventory.hosts(.worker) { hosts[host.name] = host.role }
    self.hosts = hosts
    var machines: [String: NodeReport] = [:]
    for name in hosts.keys {
      guard let text = facts[FactReference(host: name, name: "kubernetes")] else { continue }
      machines[name] = NodeReport(text)
    }
    self.machines = machines
    // The cluster is the one that most masters are in: one that was wiped and made anew by others
    // must not take the place of it.
    var counts: [String: Int] = [:]
    for master in masters {
      if let authority = machines[master]?.membership { counts[authority, default: 0] += 1 }
    }
    var authority: String?
    for master in masters {
      guard let own = machines[master]?.membership else { continue }
      if counts[own, default: 0] > authority.map({ counts[$0, default: 0] }) ?? 0 {
        authority = own
      }
    }
    self.authority = authority
    let members = masters.filter { authority != nil && machines[$0]?.membership == authority }
    var answering: [String] = []
    var nodes: [ClusterNode] = []
    for master in members {
      guard
        let answer = facts[FactReference(host: master, name: "cluster_nodes")]
          .flatMap(ClusterNode.all)
      else { continue }
      if answering.isEmpty { nodes = answer }
      answering.append(master)
    }
    self.answering = answering
    self.nodes = nodes
    seed = answering.first ?? members.first ?? masters.first
  }

  /// Whether there is a cluster.
  package var exists: Bool { authority != nil }

  /// The node of that name, as the API tells it.
  package func node(_ name: String) -> ClusterNode? { nodes.first { $0.name == name } }

  /// The nodes that the inventory has no master or worker for.
  package var strangers: [ClusterNode] { nodes.filter { hosts[$0.name] == nil } }

  /// How a machine stands to the cluster.
  package enum Standing: Sendable, Hashable {
    /// It told nothing.
    case unknown
    /// Nothing of Kubernetes is set up there.
    case blank
    /// It is a node of the cluster.
    case member
    /// planetbed began to make it a node, and did not come to the end.
    case halfDone
    /// planetbed had made it a node; its files, or its place in the cluster, are gone since.
    case lost
    /// It is set up, and not by planetbed for this testbed.
    case foreign
    /// planetbed made it a node of a cluster that the masters are not in.
    case elsewhere
  }

  /// How a machine stands to the cluster.
  package func standing(of host: String) -> Standing {
    guard let report = machines[host] else { return .unknown }
    if report.begun { return .halfDone }
    guard let done = report.done else { return report.hasTraces ? .foreign : .blank }
    guard let own = report.membership else { return .lost }
    guard own == authority else { return .elsewhere }
    // Only an API that knows its own master can be trusted in what it does not know.
    if let seed, node(seed) != nil, node(host) == nil { return .lost }
    return done == own ? .member : .elsewhere
  }
}

/// What a machine told of Kubernetes on itself: the fact `kubernetes`.
package struct NodeReport: Sendable, Hashable {
  /// Whether planetbed began to make it a node, and did not come to the end.
  package var begun = false
  /// The digest of the certificate authority of the cluster that planetbed made it a node of.
  package var done: String?
  /// The digest of the certificate authority that is there.
  package var authority: String?
  /// Whether its kubelet has what it needs to talk to the API.
  package var isConfigured = false
  /// Whether anything of kubeadm's is there.
  package var hasTraces = false
  /// Whether kubeadm is at work there.
  package var isBusy = false
  /// Whether its limit of tracked connections cannot be set from within it, as in a container.
  package var hasFixedConntrack = false
  /// The version of its installed kubelet, `1.20.2`.
  package var kubelet: String?
  /// The version of its API server, as its static pod names it; nil for workers.
  package var apiServer: String?

  /// The nodes that it drained and has not made schedulable again.
  package var drained: [String] = []

  /// The digest of the authority of the cluster that it is in, as far as it knows itself.
  package var membership: String? { !begun && isConfigured && done != nil ? authority : nil }

  /// Reads the fact: lines `key=value`. What it does not know, it passes over.
  init(_ text: String) {
    for (key, value) in Self.lines(text) {
      switch key {
      case "begun": begun = value == "yes"
      case "done": done = Self.digest(value)
      case "authority": authority = Self.digest(value)
      case "configured": isConfigured = value == "yes"
      case "traces": hasTraces = value == "yes"
      case "busy": isBusy = value == "yes"
      case "conntrack": hasFixedConntrack = value == "fixed"
      case "drained":
        if ClusterNode.isName(value), drained.count < 1_000 { drained.append(String(value)) }
      case "kubelet": kubelet = KubernetesVersion(value)?.description
      case "apiserver": apiServer = KubernetesVersion(value)?.description
      default: continue
      }
    }
  }

  /// The first lines of a fact that have a `=`, split there.
  static func lines(_ text: String) -> [(String, Substring)] {
    text.utf8.prefix(1 << 18).split(separator: UInt8(ascii: "\n")).prefix(10_000).compactMap {
      line in
      let halves = line.split(separator: UInt8(ascii: "="), maxSplits: 1)
      guard halves.count == 2, let key = String(halves[0]), let value = String(halves[1]) else {
        return nil
      }
      return (key, value[...])
    }
  }

  /// A SHA-256 in hexadecimal.
  private static func digest(_ text: Substring) -> String? {
    let digits = Set("0123456789abcdef".utf8)
    return text.utf8.count == 64 && text.utf8.allSatisfy(digits.contains) ? String(text) : nil
  }
}

/// A node, as the API tells it.
package struct ClusterNode: Sendable, Hashable {
  /// Its name.
  package var name: String
  /// Its kubelet's version, `1.20.2`; nil when it told none.
  package var version: String?
  /// Whether it is ready.
  package var isReady: Bool
  /// Whether pods may be put there.
  package var isSchedulable: Bool
  /// Whether it is a control-plane node.
  package var isMaster: Bool
  /// Its internal address, when it told an IPv4 address.
  package var address: IPv4Address?

  /// The nodes of the fact `cluster_nodes`: `api=up`, and a line for each, `node=` and what
  /// `kubectl get nodes -o wide` says of it; nil when the API does not answer.
  static func all(_ text: String) -> [ClusterNode]? {
    var isUp = false
    var nodes: [ClusterNode] = []
    var seen: Set<String> = []
    for (key, value) in NodeReport.lines(text) {
      switch key {
      case "api": isUp = value == "up"
      case "node":
        guard let node = ClusterNode(value), seen.insert(node.name).inserted else { continue }
        nodes.append(node)
      default: continue
      }
    }
    return isUp ? nodes : nil
  }

  /// Name, status, roles, age, version, internal address; what follows is of no use here.
  private init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard fields.count >= 6, Self.isName(fields[0]) else { return nil }
    name = String(fields[0])
    let conditions = fields[1].split(separator: ",")
    isReady = conditions.contains("Ready")
    isSchedulable = !conditions.contains("SchedulingDisabled")
    isMaster = fields[2].split(separator: ",").contains {
      ["control-plane", "master"].contains($0)
    }
    version = KubernetesVersion(fields[4])?.description
    address = IPv4Address(String(fields[5]))
  }

  /// Whether a text is a name that Kubernetes gives a node (RFC 1123): nothing that a shell, or a
  /// screen, could take for anything else.
  fileprivate static func isName(_ text: Substring) -> Bool {
    let edges = Set("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let inner = edges.union("-.".utf8)
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return text.utf8.count <= 253 && edges.contains(first) && edges.contains(last)
      && text.utf8.allSatisfy(inner.contains)
  }
}

/// A version of Kubernetes: `1.20.2`, with or without `v` before it, and anything behind a `-` or `+`.
package struct KubernetesVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 1.
  package var major: Int
  /// 20.
  package var minor: Int
  /// 2.
  package var patch: Int

  /// The version in a text; nil when it has not three numbers.
  package init?(_ text: some StringProtocol) {
    let plain = (text.hasPrefix("v") ? text.dropFirst() : text[...])
      .prefix { $0 != "-" && $0 != "+" && $0 != "~" }
    let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part -> Int? in
      part.utf8.count <= 5 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
    }
    guard parts.count == 3, numbers.count == 3 else { return nil }
    (major, minor, patch) = (numbers[0], numbers[1], numbers[2])
  }

  /// `1.20.2`.
  package var description: String { "\(major).\(minor).\(patch)" }

  package static func < (left: KubernetesVersion, right: KubernetesVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }
}
