import Diagnostics
import Execution
import Measurement

/// `planetbed apply`: what a run did, summed up, and how the testbed is afterwards.
package struct RunView: ResultView {
  private let result: RunResult
  private let status: StatusView?
  private let pods: PodTrialView?

  /// What a run did; `status` is what was measured after it, and `pods` what came of the trial with
  /// pods, when that was done.
  package init(result: RunResult, status: StatusView? = nil, pods: PodTrialResult? = nil) {
    self.result = result
    self.status = status
    self.pods = pods.map { PodTrialView(result: $0) }
  }

  package var verb: String { "apply" }

  package func text(_ layout: TextLayout) -> String {
    var text = ""
    if result.changed > 0 || result.failed > 0 || result.interrupted {
      text += table(layout) + "\n"
    }
    text += summary(layout) + "\n"
    if let status { text += "\n" + status.mainText(layout) }
    if let pods { text += pods.text(layout) }
    if let status { text += status.latencyText(layout) }
    return text
  }

  private func table(_ layout: TextLayout) -> String {
    var table = TextTable(
      ["host", "site", "changed", "ok", "failed", "trips", "time", ""],
      [.left, .left, .right, .right, .right, .right, .right, .left])
    var tones: [Int: Tone] = [:]
    for (row, host) in result.hosts.enumerated() {
      if host.failed > 0 { tones[row] = .error }
      if host.skippedBecause != nil { tones[row] = .warning }
      table.add([
        host.name, host.site, String(host.changed), String(host.ok), String(host.failed),
        String(host.roundTrips), Counted.seconds(host.seconds),
        host.skippedBecause.map { "left alone: \($0) failed" } ?? "",
      ])
    }
    return table.text(layout, tones: tones)
  }

  private func summary(_ layout: TextLayout) -> String {
    let (changed, tone): (String, Tone) =
      result.changed == 0 ? ("changed: 0", .good) : ("changed: \(result.changed)", .change)
    let failed = "failed: \(result.failed)"
    var text =
      "\(result.interrupted ? layout.style("Interrupted", .error) : "Apply"): "
      + "\(layout.style(changed, tone)), ok: \(result.ok), "
      + (result.failed > 0 ? layout.style(failed, .error) : failed)
    text += " on \(Counted.text(result.hosts.count, "host")) in \(Counted.seconds(result.seconds))"
    return text
  }

  package var members: [JSONValue.Member] {
    var members: [JSONValue.Member] = [
      JSONValue.Member("run", .string(result.run)),
      JSONValue.Member("changed", .integer(result.changed)),
      JSONValue.Member("ok", .integer(result.ok)),
      JSONValue.Member("failed", .integer(result.failed)),
      JSONValue.Member("seconds", .measured(result.seconds)),
      JSONValue.Member("interrupted", .boolean(result.interrupted)),
      JSONValue.Member(
        "stages",
        .array(
          result.stages.map {
            [
              "name": .string($0.name), "seconds": .measured($0.seconds),
              "changed": .integer($0.changed),
            ]
          })),
      JSONValue.Member("hosts", .array(result.hosts.map { $0.json() })),
    ]
    members.append(JSONValue.Member("diagnostics", .array(result.problems.map(\.json))))
    members.append(JSONValue.Member("verified", .boolean(status != nil)))
    for name in StatusView.sharedMembers {
      if let value = status?.json[name] { members.append(JSONValue.Member(name, value)) }
    }
    if let pods { members.append(JSONValue.Member("pods", pods.json)) }
    return members
  }
}

extension RunResult.HostResult {
  /// `{name, site, changed, ok, failed, roundTrips, connectSeconds, seconds, error, skippedBecause}`
  /// and more.
  package func json(more: [JSONValue.Member] = []) -> JSONValue {
    .object(
      [
        JSONValue.Member("name", .string(name)),
        JSONValue.Member("site", .string(site)),
        JSONValue.Member("changed", .integer(changed)),
        JSONValue.Member("ok", .integer(ok)),
        JSONValue.Member("failed", .integer(failed)),
        JSONValue.Member("roundTrips", .integer(roundTrips)),
        JSONValue.Member("connectSeconds", .measured(connectSeconds)),
        JSONValue.Member("seconds", .measured(seconds)),
        JSONValue.Member("error", .optional(problem?.description)),
        JSONValue.Member("skippedBecause", .optional(skippedBecause)),
      ] + more)
  }
}
