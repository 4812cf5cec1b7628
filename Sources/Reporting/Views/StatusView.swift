import Diagnostics
import Measurement

/// `planetbed status`: the tunnels, who reaches whom, how the cluster is, and the delays.
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
    /// Whether the path is cut as it is asked to be.
    package var isCut: Bool

    /// A tunnel between two sites.
    package init(
      from: String, to: String, milliseconds: Double?, remark: String = "", isCut: Bool = false
    ) {
      self.from = from
      self.to = to
      self.milliseconds = milliseconds
      self.remark = remark
      self.isCut = isCut
    }

    /// Whether nothing comes through, though nobody asked for that.
    var isDown: Bool { milliseconds == nil && !isCut }
  }

  private let tunnels: [Tunnel]
  private let reachability: ReachabilityMatrix
  private let cluster: ClusterView
  private let latency: LatencyView?
  private let seconds: Double
  private let diagnostics: [Diagnostic]

  /// What was measured, and how long that took; `cluster` is nil when the inventory asks for none, and
  /// `delays` when it asks for no delay and there is no experiment.
  package init(
    tunnels: [Tunnel], reachability: ReachabilityMatrix, cluster: ClusterHealth? = nil,
    delays: MeasuredDelays? = nil, seconds: Double, diagnostics: [Diagnostic] = []
  ) {
    self.tunnels = tunnels
    self.reachability = reachability
    self.cluster = ClusterView(health: cluster)
    latency = delays.map { LatencyView($0) }
    self.seconds = seconds
    self.diagnostics = diagnostics
  }

  package var verb: String { "status" }

  /// Whether every tunnel is up and every host reaches every other.
  private var isConnected: Bool {
    !tunnels.contains { $0.isDown } && reachability.isComplete
  }

  /// Whether all is as it should be.
  package var isWell: Bool { isConnected && cluster.isWell && latency?.isWell != false }

  /// What is to be said when it is not, and of the machines that could not be asked.
  package var problem: Problem? {
    isWell ? nil : Problem(remarks, exitStatus: .gate)
  }

  /// What is to be said in any case: what looks wrong, and what is.
  package var remarks: [Diagnostic] {
    var remarks = isConnected ? [] : diagnostics + [unconnected]
    for remark in cluster.diagnostics + (latency?.diagnostics ?? [])
    where !remarks.contains(remark) { remarks.append(remark) }
    return remarks
  }

  private var unconnected: Diagnostic {
    var parts: [String] = []
    let down = tunnels.filter(\.isDown)
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

  package func text(_ layout: TextLayout) -> String { mainText(layout) + latencyText(layout) }

  /// All but the delays.
  func mainText(_ layout: TextLayout) -> String {
    var text = ""
    if !tunnels.isEmpty {
      var table = TextTable(["tunnel", "", "rtt"], [.left, .left, .right])
      var tones: [Int: Tone] = [:]
      for (row, tunnel) in tunnels.enumerated() {
        if tunnel.isDown { tones[row] = .error }
        table.add([
          "\(tunnel.from) – \(tunnel.to)",
          tunnel.isDown ? "down" : tunnel.milliseconds == nil ? "cut" : "up",
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

  /// The delays, asked and measured; empty when there are none.
  func latencyText(_ layout: TextLayout) -> String { latency?.text(layout) ?? "" }

  /// The members that the result of `apply` has too.
  static let sharedMembers = [
    "tunnels", "reachability", "cluster", "nodes", "controlPlane", "etcd", "certificates",
    "latency",
  ]

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("tunnels", .array(tunnels.map(\.json))),
      JSONValue.Member("reachability", reachability.json),
    ] + cluster.members + [
      JSONValue.Member("latency", latency?.json ?? []),
      JSONValue.Member("seconds", .measured(seconds)),
      JSONValue.Member("diagnostics", .array(allDiagnostics.map(\.json))),
    ]
  }
}

extension StatusView {
  /// Of the machines that could not be asked, the cluster and the delays, each once.
  private var allDiagnostics: [Diagnostic] {
    let seen = Set(diagnostics)
    return diagnostics + cluster.diagnostics
      + (latency?.diagnostics ?? []).filter { !seen.contains($0) }
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
