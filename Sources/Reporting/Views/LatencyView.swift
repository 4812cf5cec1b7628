import Diagnostics
import Execution
import Inventories
import Measurement
import Stages

/// Asked against measured delays of every path: a part of what `status` and `apply` show.
package struct LatencyView: Sendable {
  private let delays: MeasuredDelays

  /// With more ordered pairs than this, those that are off are shown alone.
  static let mostDrawn = 30
  /// As many remarks are shown.
  private static let mostNotes = 10

  /// What was measured.
  package init(_ delays: MeasuredDelays) { self.delays = delays }

  /// Whether all is as it is asked to be.
  package var isWell: Bool { delays.isWell }
  /// What is to be said of it.
  package var diagnostics: [Diagnostic] { delays.diagnostics }

  /// The table, and below it what it amounts to.
  package func text(_ layout: TextLayout) -> String {
    let isWhole = delays.paths.count <= Self.mostDrawn
    return "\n" + table(layout, all: isWhole) + notes(layout, all: isWhole) + summary(layout) + "\n"
  }

  /// A path with what was measured from both of its ends.
  private struct Row {
    var path: MeasuredPath
    var other: MeasuredPath?

    var isOff: Bool { path.isOff || other?.isOff == true }
    var both: [MeasuredPath?] { [path, other] }
  }

  private var rows: [Row] {
    var rows: [Row] = []
    var places: [[String]: Int] = [:]
    for path in delays.paths {
      if let place = places[[path.to, path.from]] {
        rows[place].other = path
      } else {
        places[[path.from, path.to]] = rows.count
        rows.append(Row(path: path))
      }
    }
    return rows
  }

  /// A row for each path; those that are off alone, or all.
  func table(_ layout: TextLayout, all: Bool) -> String {
    let rows = rows.filter { all || $0.isOff }
    if rows.isEmpty { return "" }
    let loses = rows.contains { row in
      row.both.contains { ($0?.expectation.loss ?? 0) > 0 || ($0?.statistics?.loss ?? 0) > 0 }
    }
    var tones: [Int: Tone] = [:]
    for (place, row) in rows.enumerated() where row.isOff { tones[place] = .error }
    func table(natural: Bool, askedLoss: Bool) -> TextTable {
      let heading =
        ["path", "asked", "measured →", "←"] + (loses ? ["lost"] : [])
        + (natural ? ["natural"] : [])
      var table = TextTable(
        heading + [""],
        [.left] + [TextTable.Side](repeating: .right, count: heading.count - 1) + [.left])
      for row in rows {
        var cells = [
          "\(row.path.from) – \(row.path.to)", Self.asked(row.path), Self.measured(row.path),
          row.other.map(Self.measured) ?? "–",
        ]
        if loses { cells.append(Self.lost(row.path, row.other, withAsked: askedLoss)) }
        if natural { cells.append(row.path.natural.map { DelayText.milliseconds($0) } ?? "–") }
        table.add(cells + [verdict(row)])
      }
      return table
    }
    // Names matter more than the natural delay and the asked loss, where not all have room.
    var drawn = table(natural: true, askedLoss: true)
    if drawn.width > layout.columns { drawn = table(natural: false, askedLoss: true) }
    if drawn.width > layout.columns { drawn = table(natural: false, askedLoss: false) }
    return drawn.text(layout, tones: tones)
  }

  private static func asked(_ path: MeasuredPath) -> String {
    let expectation = path.expectation
    if expectation.isCut { return "cut" }
    guard expectation.isAsked else { return "–" }
    var text =
      expectation.asked.map { ConditionsText.decimal($0, places: 1) }
      ?? (path.natural.map { DelayText.number($0) } ?? "natural")
    if expectation.spread.standardDeviation > 0 {
      text += " ±" + ConditionsText.decimal(expectation.spread.standardDeviation, places: 1)
    }
    if expectation.asked != nil || path.natural != nil { text += " ms" }
    return text
  }

  private static func measured(_ path: MeasuredPath) -> String {
    guard let statistics = path.statistics, let mean = statistics.mean else { return "–" }
    var text = DelayText.number(mean)
    if path.expectation.spread.standardDeviation > 0, let spread = statistics.standardDeviation {
      text += " ±" + DelayText.number(spread)
    }
    return text
  }

  /// `0.4/0.6 % of 0.5 %`: what was lost from both ends, and what is asked of a round trip.
  private static func lost(
    _ path: MeasuredPath, _ other: MeasuredPath?, withAsked: Bool
  ) -> String {
    let measured = [path, other].map { path in
      path?.statistics?.loss.map { ConditionsText.decimal($0 * 100, places: 1) } ?? "–"
    }
    let text = measured.joined(separator: "/") + " %"
    guard withAsked, path.expectation.loss > 0, !path.expectation.isCut else { return text }
    return text + " of \(ConditionsText.decimal(path.expectation.loss * 100, places: 2)) %"
  }

  private func verdict(_ row: Row) -> String {
    let verdicts = row.both.compactMap { $0?.verdict }
    if row.isOff { return "off" }
    if verdicts.contains(where: { if case .notJudged = $0 { true } else { false } }) {
      return "not judged"
    }
    return verdicts.contains(.asAsked) ? "ok" : ""
  }

  /// By whose will a path is as it is; nil for the inventory's.
  func text(of source: DelaySource) -> String? {
    switch source {
    case .inventory: nil
    case .held(let until): until.map { "held until \(clock($0))" } ?? "held"
    case .run(let name, let until):
      "run \(VisibleText.line(name))" + (until.map { " until \(clock($0))" } ?? "")
    }
  }

  /// `15:24 UTC`, with the day where that is not today.
  private func clock(_ milliseconds: Int64) -> String {
    let text = OperatorClock.text(milliseconds)
    let today = OperatorClock.text(delays.time)
    let time = text.dropFirst(11).prefix(5) + " UTC"
    return text.prefix(10) == today.prefix(10) ? String(time) : "\(text.prefix(10)) \(time)"
  }

  private func notes(_ layout: TextLayout, all: Bool) -> String {
    var lines: [String] = []
    for row in rows where all || row.isOff {
      if let source = text(of: row.path.source) {
        lines.append("\(row.path.from) – \(row.path.to): \(source)")
      }
      var told: Set<String> = []
      for case .some(let path) in row.both {
        var notes = path.notes
        if case .notJudged(let why) = path.verdict { notes.append("not judged: \(why)") }
        for note in notes where told.insert(note).inserted {
          lines.append("\(path.from) → \(path.to): \(note)")
        }
      }
    }
    var text = ""
    for line in lines.prefix(Self.mostNotes) {
      for (number, part) in TextWidth.wrapped(line, to: layout.columns - 4).enumerated() {
        text += (number == 0 ? "  " : "    ") + part + "\n"
      }
    }
    if lines.count > Self.mostNotes {
      text += "  and \(lines.count - Self.mostNotes) remarks more\n"
    }
    return text
  }

  /// `Delays: 5 of 6 pairs as asked, 1 off`
  private func summary(_ layout: TextLayout) -> String {
    let asked = delays.paths.filter { $0.verdict != .notAsked }
    guard !asked.isEmpty else { return "Delays: nothing is asked\n" }
    let well = asked.count { $0.verdict == .asAsked }
    let off = delays.off.count
    var parts = [
      layout.style(
        "\(well) of \(Counted.text(asked.count, "pair")) as asked",
        well == asked.count ? .good : off > 0 ? .error : .warning)
    ]
    if off > 0 { parts.append(layout.style("\(off) off", .error)) }
    let open = asked.count - well - off
    if open > 0 { parts.append("\(open) not judged") }
    return "Delays: \(parts.joined(separator: ", "))\n"
  }
}

extension LatencyView {
  /// `[{from, to, askedRttMs, …}]`, an element for each ordered pair.
  package var json: JSONValue { .array(delays.paths.map { .object(Self.members(of: $0)) }) }

  /// `{from, to, askedRttMs, expectedRttMs, measuredRttMs, baselineRttMs, within, drops, …}`
  static func members(of path: MeasuredPath) -> [JSONValue.Member] {
    let expectation = path.expectation
    var source = "inventory"
    var run: String?
    var until: Int64?
    switch path.source {
    case .inventory: break
    case .held(let end): (source, until) = ("held", end)
    case .run(let name, let end): (source, run, until) = ("run", name, end)
    }
    let isAsked = expectation.isAsked
    return [
      .init("from", .string(path.from)), .init("to", .string(path.to)),
      .init("askedRttMs", .measured(expectation.asked)),
      .init("expectedRttMs", .measured(isAsked && !expectation.isCut ? expectation.mean : nil)),
      .init("measuredRttMs", .measured(path.statistics?.mean)),
      .init("medianRttMs", .measured(path.statistics?.median)),
      .init("quickestRttMs", .measured(path.statistics?.times.min())),
      .init("baselineRttMs", .measured(path.natural)),
      .init("within", path.isWithin.map { .boolean($0) } ?? .null),
      .init("drops", .optional(path.drops)),
      .init("askedJitterMs", .measured(isAsked ? expectation.spread.standardDeviation : nil)),
      .init("measuredJitterMs", .measured(path.statistics?.standardDeviation)),
      .init("askedLoss", .share(isAsked ? expectation.loss : nil)),
      .init("measuredLoss", .share(path.statistics?.loss)),
      .init("probes", .optional(path.statistics?.sent)),
      .init("source", .string(source)), .init("run", .optional(run)),
      .init("until", .optional(until.map { OperatorClock.text($0) })),
      .init("reasons", .array(path.reasons.map { .string($0) })),
      .init("notes", .array(path.allNotes.map { .string($0) })),
    ]
  }
}

extension MeasuredPath {
  /// What else there is to know, and why it could not be judged.
  var allNotes: [String] {
    if case .notJudged(let why) = verdict { return notes + ["not judged: \(why)"] }
    return notes
  }
}
