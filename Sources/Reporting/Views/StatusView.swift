import Diagnostics
import Measurement

/// `planetbed status`: the tunnels, who reaches whom, and how the cluster is.
package struct StatusView: ResultView {
  /// A tunnel between two sites.
  package struct Tunnel: Sendable, Hashable {
    /// The site of its one end.
    package var from: String
    /// The site of its other end.
    package var to: String
    /// The round-trip time through it in milliseconds; nil when it is not up.
    package var milliseconds: Double?
    /// Where to look when it is not up, or why that is not known; empty when it is.
    package var remark: String

    /// A tunnel between two sites.
    package init(from: String, to: String, milliseconds: Double?, remark: String = "") {
      self.from = from
      self.to = to
      self.milliseconds = milliseconds
      self.remark = remark
    }
  }

  private let tunnels: [Tunnel]
  private let reachability: ReachabilityMatrix
  private let cluster: ClusterView
  private let seconds: Double
  private let diagnostics: [Diagnostic]

  /// What was measured, and how long that took; `cluster` is nil when the inventory asks for none.
  package init(
    tunnels: [Tunnel], reachability: ReachabilityMatrix, cluster: ClusterHealth? = nil,
    seconds: Double, diagnostics: [Diagnostic] = []
  ) {
    self.tunnels = tunnels
    self.reachability = reachability
    self.cluster = ClusterView(health: cluster)
    self.seconds = seconds
    self.diagnostics = diagnostics
  }

  package var verb: String { "status" }

  /// Whether every tunnel is up and every host reaches every other.
  private var isConnected: Bool {
    tunnels.allSatisfy { $0.milliseconds != nil } && reachability.isComplete
  }

  /// Whether all is as it should be.
  package var isWell: Bool { isConnected && cluster.isWell }

  /// What is to be said when it is not, and of the machines that could not be asked.
  package var problem: Problem? {
    isWell ? nil : Problem(remarks, exitStatus: .gate)
  }

  /// What is to be said in any case: what looks wrong, and what is.
  package var remarks: [Diagnostic] {
    var remarks = isConnected ? [] : diagnostics + [unconnected]
    for remark in cluster.diagnostics where !remarks.contains(remark) { remarks.append(remark) }
    return remarks
  }

  private var unconnected: Diagnostic {
    var parts: [String] = []
    let down = tunnels.filter { $0.milliseconds == nil }
    if !down.isEmpty {
      parts.append("\(Counted.text(down.count, "tunnel")) down")
    }
    let gaps = reachability.gaps
    if !gaps.isEmpty {
      parts.append(
        "\(gaps.count) of \(Counted.text(reachability.pairCount, "pair")) without an answer")
    }
    let listed = gaps.prefix(10).map { "\($0.from) → \($0.to)" }
    let rest = gaps.count > listed.count ? " and \(gaps.count - listed.count) more" : ""
    return Diagnostic(
      .error, "not every host reaches every other: " + parts.joined(separator: ", "),
      detail: listed.joined(separator: ", ") + rest)
  }

  package func text(_ layout: TextLayout) -> String {
    var text = ""
    if !tunnels.isEmpty {
      var table = TextTable(["tunnel", "", "rtt"], [.left, .left, .right])
      var tones: [Int: Tone] = [:]
      for (row, tunnel) in tunnels.enumerated() {
        if tunnel.milliseconds == nil { tones[row] = .error }
        table.add([
          "\(tunnel.from) – \(tunnel.to)", tunnel.milliseconds == nil ? "down" : "up",
          tunnel.milliseconds.map { Counted.milliseconds($0) } ?? "–",
        ])
      }
      text += table.text(layout, tones: tones)
      for tunnel in tunnels where !tunnel.remark.isEmpty {
        let remark = "\(tunnel.from) – \(tunnel.to): \(VisibleText.line(tunnel.remark))"
        for (number, line) in TextWidth.wrapped(remark, to: layout.columns - 4).enumerated() {
          text += (number == 0 ? "  " : "    ") + line + "\n"
        }
      }
      text += "\n"
    }
    return text + reachability.text(layout) + cluster.text(layout)
  }

  /// The members that the result of `apply` has too.
  static let sharedMembers = [
    "tunnels", "reachability", "cluster", "nodes", "controlPlane", "etcd", "certificates",
  ]

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("tunnels", .array(tunnels.map(\.json))),
      JSONValue.Member("reachability", reachability.json),
    ] + cluster.members + [
      JSONValue.Member("seconds", .measured(seconds)),
      JSONValue.Member("diagnostics", .array((diagnostics + cluster.diagnostics).map(\.json))),
    ]
  }
}

extension StatusView.Tunnel {
  /// `{from, to, up, rttMs, remark}`
  package var json: JSONValue {
    [
      "from": .string(from), "to": .string(to), "up": .boolean(milliseconds != nil),
      "rttMs": .measured(milliseconds), "remark": .string(remark),
    ]
  }
}
