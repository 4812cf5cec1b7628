import Diagnostics
import Inventories
import Measurement

/// How the cluster is: a part of `planetbed status`, and of what `apply` ends with.
struct ClusterView {
  /// Nil when the inventory asks for no cluster.
  let health: ClusterHealth?

  /// Whether nothing is wrong with it.
  var isWell: Bool { health?.isWell ?? true }

  /// What is wrong, and what looks wrong.
  var diagnostics: [Diagnostic] { health?.diagnostics ?? [] }

  func text(_ layout: TextLayout) -> String {
    guard let health else { return "" }
    switch health.presence {
    case .absent: return "\nThere is no cluster yet.\n"
    case .unknown: return "\nNo master could tell how the cluster is.\n"
    case .present: break
    }
    var text = "\n"
    if !health.nodes.isEmpty { text += nodes(health, layout) + "\n" }
    text += masters(health, layout) + "\n"
    text += summary(health, layout)
    return text
  }

  private func nodes(_ health: ClusterHealth, _ layout: TextLayout) -> String {
    var table = TextTable(
      ["node", "site", "role", "version", "ready", "address"], Array(repeating: .left, count: 6))
    var tones: [Int: Tone] = [:]
    for (row, node) in health.nodes.enumerated() {
      let (ready, tone) = state(of: node)
      tones[row] = tone
      table.add([
        node.name, node.site ?? "–", node.role?.rawValue ?? "–",
        VisibleText.line(node.reading?.version ?? "–"), ready,
        VisibleText.line(node.reading?.addresses.first ?? "–"),
      ])
    }
    return table.text(layout, tones: tones)
  }

  private func state(of node: ClusterHealth.Node) -> (String, Tone?) {
    guard let reading = node.reading else { return ("missing", .error) }
    if node.site == nil {
      return ("\(reading.isReady ? "yes" : "no"), not in the inventory", .warning)
    }
    if !reading.isReady { return ("no", .error) }
    if !node.isAtSiteAddress { return ("yes, another address", .error) }
    return reading.isCordoned ? ("yes, cordoned", .warning) : ("yes", nil)
  }

  private func masters(_ health: ClusterHealth, _ layout: TextLayout) -> String {
    var table = TextTable(
      ["master", "API", "controllers", "scheduler", "etcd"], Array(repeating: .left, count: 5))
    var tones: [Int: Tone] = [:]
    for (row, master) in health.masters.enumerated() {
      let member = health.members.first { $0.reading.name == master.name }
      let states = [
        master.answersAPI, master.isReady("kube-controller-manager"),
        master.isReady("kube-scheduler"), member?.isHealthy,
      ]
      if states.contains(false) {
        tones[row] = .error
      } else if states.contains(nil) {
        tones[row] = .warning
      }
      let unknown = [
        "?", master.isStarting("kube-controller-manager") ? "starting" : "?",
        master.isStarting("kube-scheduler") ? "starting" : "?", "?",
      ]
      table.add(
        [master.name]
          + zip(states, unknown).map { $0.map { $0 ? "well" : "not well" } ?? $1 })
    }
    return table.text(layout, tones: tones)
  }

  private func summary(_ health: ClusterHealth, _ layout: TextLayout) -> String {
    let expected = health.nodes.filter { $0.site != nil }
    let ready = expected.filter { $0.reading?.isReady == true }.count
    let members = health.members.filter { $0.isHealthy == true }.count
    var text = layout.style(
      "\(ready) of \(Counted.text(expected.count, "node")) ready",
      ready == expected.count && ready > 0 ? .good : .error)
    text += ", \(members) of \(Counted.text(health.members.count, "member")) of etcd healthy"
    if let first = health.certificates.min(by: { $0.reading.days < $1.reading.days }) {
      let days = first.reading.days
      text += days < 0 ? ", a certificate expired" : ", certificates valid for \(days) days"
    }
    return text + "\n"
  }
}

extension ClusterView {
  /// `cluster`, `nodes[]`, `controlPlane[]`, `etcd[]` and `certificates[]`.
  var members: [JSONValue.Member] {
    [
      JSONValue.Member("cluster", .optional(health?.presence.rawValue)),
      JSONValue.Member("nodes", .array((health?.nodes ?? []).map(json))),
      JSONValue.Member("controlPlane", .array((health?.masters ?? []).map(json))),
      JSONValue.Member("etcd", .array((health?.members ?? []).map(json))),
      JSONValue.Member("certificates", .array((health?.certificates ?? []).map(json))),
    ]
  }

  private func json(_ node: ClusterHealth.Node) -> JSONValue {
    [
      "name": .string(node.name), "site": .optional(node.site),
      "role": .optional(node.role?.rawValue), "ready": .boolean(node.reading?.isReady ?? false),
      "version": .optional(node.reading?.version),
      "address": .optional(node.reading?.addresses.first),
      "atSiteAddress": .boolean(node.isAtSiteAddress),
      "cordoned": .boolean(node.reading?.isCordoned ?? false),
      "inCluster": .boolean(node.reading != nil), "inInventory": .boolean(node.site != nil),
      "reason": .optional(node.reading?.reason),
    ]
  }

  private func json(_ master: ClusterHealth.Master) -> JSONValue {
    [
      "name": .string(master.name), "site": .string(master.site),
      "api": master.answersAPI.map { .boolean($0) } ?? .null,
      "components": .array(
        master.components.map {
          [
            "name": .string($0.name), "ready": .boolean($0.isReady), "reason": .string($0.reason),
          ]
        }),
    ]
  }

  private func json(_ member: ClusterHealth.Member) -> JSONValue {
    [
      "name": .string(member.reading.name), "id": .string(member.reading.id),
      "started": .boolean(member.reading.isStarted), "learner": .boolean(member.reading.isLearner),
      "healthy": member.isHealthy.map { .boolean($0) } ?? .null,
    ]
  }

  private func json(_ certificate: ClusterHealth.Certificate) -> JSONValue {
    [
      "host": .string(certificate.host), "name": .string(certificate.reading.name),
      "expires": .string(certificate.reading.expires),
      "days": .integer(certificate.reading.days),
    ]
  }
}
