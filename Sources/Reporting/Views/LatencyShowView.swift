import Diagnostics
import Inventories
import LatencyInjection
import Measurement
import Stages

/// `planetbed latency show`: of each path what is asked and why, what is in force, installed, natural and
/// measured, and whether that goes together.
package struct LatencyShowView: ResultView {
  private let delays: MeasuredDelays
  private let view: LatencyView

  /// With more paths than this, a table is shown in place of all there is to know.
  private static let mostDetailed = 10

  /// What was measured.
  package init(_ delays: MeasuredDelays) {
    self.delays = delays
    view = LatencyView(delays)
  }

  package var verb: String { "latency-show" }

  package func text(_ layout: TextLayout) -> String {
    let pairs = pairs
    guard pairs.count <= Self.mostDetailed else {
      return String(view.text(layout).drop { $0 == "\n" })
    }
    return pairs.map { details(of: $0, $1, layout) }.joined(separator: "\n")
  }

  /// Each path from both of its ends.
  private var pairs: [(MeasuredPath, MeasuredPath?)] {
    delays.paths.enumerated().compactMap { place, path in
      let other = delays.paths.firstIndex { $0.from == path.to && $0.to == path.from }
      if let other, other < place { return nil }
      return (path, other.map { delays.paths[$0] })
    }
  }

  private func details(
    of path: MeasuredPath, _ other: MeasuredPath?, _ layout: TextLayout
  ) -> String {
    let (word, tone) = verdict(path, other)
    var text =
      layout.style("\(path.from) – \(path.to)", .strong) + ": " + layout.style(word, tone) + "\n"
    func line(_ label: String, _ value: String) {
      // What goes on in another line stands below the value, or below what an arrow is of.
      let indent = value.first == "→" || value.first == "←" ? 15 : 13
      for (number, part) in TextWidth.wrapped(value, to: layout.columns - indent).enumerated() {
        text +=
          number == 0
          ? "  " + TextWidth.padded(label, to: 11) : String(repeating: " ", count: indent)
        text += part + "\n"
      }
    }
    let asked = path.asked
    line(
      "asked",
      asked.map {
        "\(ConditionsText.text(of: $0.conditions)) (\(AskedPathsView.text(of: $0.source)))"
      } ?? "nothing")
    if let source = view.text(of: path.source) {
      line(
        "in force",
        "\(ConditionsText.text(there: path.there.conditions, back: path.back.conditions)) (\(source))"
      )
    }
    line("natural", path.natural.map { DelayText.milliseconds($0) } ?? "not measured")
    line("measured", "→ " + measured(path))
    if let other { line("", "← " + measured(other)) }
    for (place, state) in [path.there, path.back].enumerated() {
      line(place == 0 ? "installed" : "", (place == 0 ? "→ " : "← ") + installed(state))
    }
    var told: Set<String> = []
    for reason in path.reasons + (other?.reasons ?? []) where told.insert(reason).inserted {
      line("off", reason)
    }
    for note in path.allNotes + (other?.allNotes ?? []) where told.insert(note).inserted {
      line("note", note)
    }
    return text
  }

  private func verdict(_ path: MeasuredPath, _ other: MeasuredPath?) -> (String, Tone) {
    let verdicts = [path.verdict, other?.verdict].compactMap { $0 }
    if path.isOff || other?.isOff == true { return ("off", .error) }
    if verdicts.contains(where: { if case .notJudged = $0 { true } else { false } }) {
      return ("not judged", .warning)
    }
    return verdicts.contains(.asAsked) ? ("as asked", .good) : ("nothing is asked", .faint)
  }

  private func measured(_ path: MeasuredPath) -> String {
    guard let statistics = path.statistics else { return "not measured" }
    guard let mean = statistics.mean else {
      return "none of \(statistics.sent) probes was answered"
    }
    var text = DelayText.milliseconds(mean)
    if let deviation = statistics.standardDeviation {
      text += " ± \(DelayText.milliseconds(deviation))"
    }
    if let least = statistics.times.min(), let most = statistics.times.max() {
      text += ", \(DelayText.number(least)) to \(DelayText.milliseconds(most))"
    }
    let lost = statistics.loss.map { $0 > 0 ? ConditionsText.percent($0) : "none" } ?? "none"
    text += ", \(lost) of \(statistics.sent) lost"
    if statistics.duplicates > 0 { text += ", \(statistics.duplicates) twice" }
    return text
  }

  private func installed(_ state: LaneState) -> String {
    guard let report = state.report else { return "\(state.lane.router): not known" }
    let device = VisibleText.line(report.device)
    switch report.queue.ownership {
    case .absent: return "\(state.lane.router): nothing"
    case .foreign:
      return "\(state.lane.router) \(device), not ours: \(VisibleText.line(report.queue.line))"
    case .ours:
      return "\(state.lane.router) \(device): \(Self.discipline(report.queue.line)); "
        + "\(report.queue.dropped) dropped, \(Counted.text(report.queue.sent, "packet")) sent"
    }
  }

  /// tc's line without the words that are the same in every one: `netem limit 12500 delay 49.2ms`.
  private static func discipline(_ line: String) -> String {
    var words = VisibleText.line(line).split(separator: " ")
    if words.first == "qdisc" { words.removeFirst() }
    words.removeAll { $0 == "root" || $0 == "4e:" }
    for name in ["dev", "refcnt", "parent"] {
      guard let place = words.firstIndex(of: name[...]), place + 1 < words.count else { continue }
      words.removeSubrange(place...place + 1)
    }
    return words.joined(separator: " ")
  }

  package var members: [JSONValue.Member] {
    [
      .init("latency", .array(delays.paths.map { .object(Self.members(of: $0)) })),
      .init("diagnostics", .array(delays.problems.map(\.json))),
    ]
  }

  /// As of `status`, and `asked`, `because`, `inForce`, `router`, `device`, `installed` and `sent`.
  private static func members(of path: MeasuredPath) -> [JSONValue.Member] {
    let queue = path.there.report?.queue
    return LatencyView.members(of: path) + [
      .init("asked", path.asked.map { .object($0.conditions.jsonMembers) } ?? .null),
      .init("because", .optional(path.asked.map { AskedPathsView.text(of: $0.source) })),
      .init(
        "inForce",
        .string(ConditionsText.text(there: path.there.conditions, back: path.back.conditions))),
      .init("router", .string(path.there.lane.router)),
      .init("device", .string(path.there.lane.device)),
      .init(
        "installed",
        .optional(queue.map { $0.ownership == .ours ? $0.line : $0.ownership.rawValue })),
      .init("sent", .optional(queue?.sent)),
    ]
  }
}
