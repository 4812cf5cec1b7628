import Diagnostics
import Execution
import Experiments
import Measurement

/// `planetbed history show`: a run of the journal, what happened in it and what was measured.
package struct HistoryShowView: ResultView {
  private let run: RecordedRun
  private let showsAll: Bool

  /// As many failures are shown, and as many paths.
  private static let mostShown = 40

  /// A run; `showsAll` shows every event and not only those that changed or failed.
  package init(_ run: RecordedRun, showsAll: Bool = false) {
    self.run = run
    self.showsAll = showsAll
  }

  package var verb: String { "history-show" }

  package func text(_ layout: TextLayout) -> String {
    let record = run.record
    var text = layout.style(record.name, .strong) + "\n\n"
    var facts = [
      ("verb", RunRecordText.verb(record)), ("begun", OperatorClock.text(record.started)),
      ("took", record.seconds.map { Counted.seconds($0) } ?? "no end is recorded"),
      ("outcome", RunRecordText.outcome(record)),
      ("operator", RunRecordText.operatorName(record)),
      ("inventory", RunRecordText.visible(record.inventory)),
      ("digest", RunRecordText.visible(String(record.digest.prefix(16)))),
      ("planetbed", RunRecordText.visible(record.version)),
      ("tasks", "\(record.changed) changed, \(record.ok) ok, \(record.failed) failed"),
    ]
    if let starts = run.starts {
      facts.append(("Kubernetes", RunRecordText.visible(starts.manifest.kubernetes)))
      facts.append(("image", RunRecordText.visible(starts.manifest.image)))
    }
    for (name, value) in facts { text += "  \(TextWidth.padded(name, to: 10))  \(value)\n" }
    return text + stageText(layout) + eventText(layout) + pathText(layout) + cellText(layout)
  }

  // MARK: - What happened

  /// What a stage came to.
  private struct Stage {
    var name: String
    var counts: [TaskStatus: Int] = [:]
    var seconds = 0.0
  }

  private var stages: [Stage] {
    var stages: [Stage] = []
    var places: [String: Int] = [:]
    for event in run.events {
      guard let name = event.stage, let status = event.status.flatMap({ TaskStatus(rawValue: $0) })
      else { continue }
      let place = places[name] ?? stages.count
      if place == stages.count {
        places[name] = place
        stages.append(Stage(name: name))
      }
      stages[place].counts[status, default: 0] += 1
      stages[place].seconds += event.seconds ?? 0
    }
    return stages
  }

  private func stageText(_ layout: TextLayout) -> String {
    let stages = stages
    if stages.isEmpty { return "" }
    var table = TextTable(
      ["stage", "changed", "ok", "failed", "skipped", "time of tasks"],
      [.left, .right, .right, .right, .right, .right])
    for stage in stages {
      table.add(
        [RunRecordText.visible(stage.name)]
          + [TaskStatus.changed, .ok, .failed, .skipped].map { "\(stage.counts[$0] ?? 0)" }
          + [Counted.seconds(stage.seconds)])
    }
    return "\n" + table.text(layout)
  }

  private static func isQuiet(_ event: EventRecord) -> Bool {
    event.status == TaskStatus.ok.rawValue || event.status == TaskStatus.skipped.rawValue
  }

  private static func isFailure(_ event: EventRecord) -> Bool {
    event.kind == "failed" || event.status == TaskStatus.failed.rawValue
  }

  private func eventText(_ layout: TextLayout) -> String {
    let told = run.events.filter { showsAll || !Self.isQuiet($0) }
    let shown = showsAll ? told[...] : told.prefix(Self.mostShown)
    if shown.isEmpty { return "" }
    var text = "\n"
    for event in shown {
      let what = [event.task, event.status ?? event.kind].compactMap(\.self)
        .map(RunRecordText.visible).joined(separator: ": ")
      let line = "\(RunRecordText.visible(event.host))  \(what)"
      text += "  " + (Self.isFailure(event) ? layout.style(line, .error) : line) + "\n"
      for part in (event.detail ?? "").split(separator: "\n").prefix(showsAll ? .max : 4) {
        text += "    " + VisibleText.line(part, limit: 500) + "\n"
      }
    }
    if told.count > shown.count { text += "  and \(told.count - shown.count) more: -v\n" }
    return text
  }

  // MARK: - What was measured

  private func pathText(_ layout: TextLayout) -> String {
    if run.paths.isEmpty { return "" }
    var table = TextTable(
      ["path", "samples", "mean", "sd", "median"], [.left, .right, .right, .right, .right])
    let shown = showsAll ? run.paths[...] : run.paths.prefix(Self.mostShown)
    for path in shown {
      guard let summary = SampleSummary(path.milliseconds) else { continue }
      table.add(
        ["\(RunRecordText.visible(path.from)) → \(RunRecordText.visible(path.to))"]
          + ["\(summary.count)"]
          + [summary.mean, summary.standardDeviation, summary.median].map {
            Counted.milliseconds($0)
          })
    }
    var text = "\n" + table.text(layout)
    if run.paths.count > shown.count { text += "  and \(run.paths.count - shown.count) more: -v\n" }
    return text
  }

  private func cellText(_ layout: TextLayout) -> String {
    guard let starts = run.starts else { return "" }
    var table = TextTable(
      ["delay", "containers", "finished", "mean", "sd", "median"],
      [.right, .right, .right, .right, .right, .right])
    for cell in starts.cells {
      let finished = cell.runs.filter(\.isComplete).map(\.seconds)
      let summary = SampleSummary(finished)
      table.add(
        [
          StartCellText.delay(cell.rttMilliseconds), "\(cell.containers)",
          "\(finished.count) of \(starts.manifest.runs)",
        ]
          + [summary?.mean, summary?.standardDeviation, summary?.median].map {
            StartCellText.seconds($0)
          })
    }
    return "\n" + table.text(layout) + "\n  seconds until all containers were ready\n"
  }

  // MARK: - For programs

  package var members: [JSONValue.Member] {
    RunRecordText.members(of: run.record) + [
      .init(
        "stages",
        .array(
          stages.map { stage in
            .object(
              [.init("name", .string(stage.name))]
                + [TaskStatus.changed, .ok, .failed, .skipped].map {
                  .init($0.rawValue, .integer(stage.counts[$0] ?? 0))
                } + [.init("seconds", .measured(stage.seconds))])
          })),
      .init("events", .array(run.events.map(Self.json))),
      .init("paths", .array(run.paths.map(Self.json))),
      .init("cells", .array((run.starts?.cells ?? []).map(StartCellText.json))),
    ]
  }

  private static func json(_ event: EventRecord) -> JSONValue {
    [
      "time": .string(OperatorClock.text(event.time)), "kind": .string(event.kind),
      "host": .string(event.host), "stage": .optional(event.stage),
      "task": .optional(event.task), "status": .optional(event.status),
      "seconds": .measured(event.seconds), "detail": .optional(event.detail),
    ]
  }

  private static func json(_ path: RecordedRun.Path) -> JSONValue {
    let summary = SampleSummary(path.milliseconds)
    return [
      "from": .string(path.from), "to": .string(path.to),
      "samples": .integer(path.milliseconds.count), "meanMs": .measured(summary?.mean),
      "stddevMs": .measured(summary?.standardDeviation), "medianMs": .measured(summary?.median),
    ]
  }
}

/// A cell of container starts in words and as JSON.
enum StartCellText {
  /// `300 ms`, or `own` for the testbed's own.
  static func delay(_ milliseconds: Double?) -> String {
    milliseconds.map { ConditionsText.decimal($0, places: 1) + " ms" } ?? "own"
  }

  /// Seconds to two decimals, as the seed's table has one.
  static func seconds(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, abs(seconds) < 1e9 else { return "–" }
    let hundredths = Int((abs(seconds) * 100).rounded())
    let fraction = hundredths % 100
    return (seconds < 0 && hundredths > 0 ? "−" : "")
      + "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  /// `{rttMs, measuredRttMs, containers, runs, complete, mean, median, stddev, min, max}`, of finished runs.
  static func json(_ cell: StartCell) -> JSONValue {
    let finished = cell.runs.filter(\.isComplete).map(\.seconds)
    let summary = SampleSummary(finished)
    return [
      "rttMs": .measured(cell.rttMilliseconds),
      "measuredRttMs": .measured(cell.measuredRTTMilliseconds),
      "containers": .integer(cell.containers), "runs": .integer(cell.runs.count),
      "complete": .integer(finished.count), "mean": .measured(summary?.mean),
      "median": .measured(summary?.median), "stddev": .measured(summary?.standardDeviation),
      "min": .measured(summary?.minimum), "max": .measured(summary?.maximum),
    ]
  }
}
