import Diagnostics
import Execution
import Measurement

/// `planetbed measure`: container start times under delays.
package struct MeasureView: ResultView {
  /// How it ended.
  package enum Ending: Sendable {
    /// All that was asked for is done.
    case complete
    /// The user interrupted it.
    case interrupted
    /// Something failed.
    case failed
  }

  private let experiment: StartExperiment
  private let ending: Ending
  private let problems: [Diagnostic]

  /// On as many columns there is room for the plot beside the table.
  private static let wide = 80
  /// A clock that may be off by more, in milliseconds, is told of.
  private static let clockTolerance = 10.0

  /// What was found; `problems` are what else went wrong meanwhile.
  package init(
    _ experiment: StartExperiment, ending: Ending = .complete, problems: [Diagnostic] = []
  ) {
    self.experiment = experiment
    self.ending = ending
    self.problems = problems
  }

  package var verb: String { "measure" }

  private var manifest: ExperimentManifest { experiment.manifest }
  private var cells: [StartCell] { experiment.cells.filter { $0.containers > 0 } }

  /// What is to be said beside the result.
  package var diagnostics: [Diagnostic] { problems + delaysOff + cutOff + drops + clocks }

  private var delaysOff: [Diagnostic] {
    var told: Set<Double> = []
    return cells.compactMap { cell in
      guard cell.isAsAsked == false, let delay = cell.rttMilliseconds, told.insert(delay).inserted
      else { return nil }
      let measured = cell.measuredRTTMilliseconds.map { Counted.exactMilliseconds($0) } ?? "nothing"
      return Diagnostic(
        .error, "\(StartsTable.delayName(delay)) was off: measured was \(measured)",
        detail: "Its cells are not under the delay that they are named by. What the routers say: "
          + "planetbed latency show \(manifest.inventory)")
    }
  }

  private var cutOff: [Diagnostic] {
    cells.filter { $0.cutOff > 0 }.map { cell in
      let reached = cell.runs.filter { !$0.isComplete }.map { run in
        run.containers.count { $0.ready != nil }
      }
      return Diagnostic(
        .error,
        "\(name(of: cell)): \(cell.cutOff) of \(Counted.text(cell.runs.count, "run")) "
          + "\(cell.cutOff == 1 ? "was" : "were") not finished by the deadline of "
          + Counted.span(manifest.deadlineSeconds),
        detail: "Ready by then: \(reached.map(String.init).joined(separator: ", ")) of "
          + "\(Counted.text(cell.containers, "container")). They are counted as incomplete, and not in "
          + "the mean; a longer --deadline gives them more time.")
    }
  }

  private var drops: [Diagnostic] {
    let dropped = cells.filter { $0.drops > 0 }
    guard !dropped.isEmpty else { return [] }
    return [
      Diagnostic(
        .warning,
        "routers' queues dropped \(Counted.text(dropped.reduce(0) { $0 + $1.drops }, "packet"))",
        detail: "In: " + dropped.map { "\(name(of: $0)): \($0.drops)" }.joined(separator: ", ")
          + ". Lost packets are sent again, and make starts slower than the delay does.")
    ]
  }

  /// Clocks of machines whose stages could be told less exactly than is promised.
  private var clocks: [Diagnostic] {
    manifest.machines.compactMap { machine in
      guard let off = machine.clockUncertaintyMilliseconds, off > Self.clockTolerance else {
        return nil
      }
      return Diagnostic(
        .warning, "its clock is known to ± \(Counted.milliseconds(off)) only",
        detail: "The stage 'started' of containers there may be off by as much.",
        host: machine.name)
    }
  }

  private func name(of cell: StartCell) -> String {
    let delay = cell.rttMilliseconds == nil ? "own delays" : StartsTable.label(cell.rttMilliseconds)
    return "\(delay) × \(Counted.text(cell.containers, "container"))"
  }

  package func text(_ layout: TextLayout) -> String {
    let table = StartsTable(experiment)
    var text = ""
    if !cells.isEmpty {
      let title =
        "Seconds until all containers are ready, mean of \(Counted.text(manifest.runs, "run"))"
      text += layout.style(title, .strong) + "\n\n" + table.text(layout) + "\n"
      if layout.columns >= Self.wide, cells.contains(where: { !$0.runs.isEmpty }) {
        text += StartPlot(experiment).text(layout) + "\n"
      }
    }
    for line in remarks(table) {
      text += TextWidth.wrapped(line, to: layout.columns).joined(separator: "\n") + "\n"
    }
    let goOn = "planetbed measure \(manifest.inventory) --resume=\(experiment.run)"
    switch ending {
    case .complete:
      text += "Measured in \(Counted.seconds(experiment.seconds)); run \(experiment.run)\n"
    case .interrupted:
      text += layout.style("Interrupted", .error) + ": \(progress); go on with:\n  \(goOn)\n"
    case .failed:
      text += layout.style("Failed", .error) + ": \(progress); go on with:\n  \(goOn)\n"
    }
    return text
  }

  /// With what it was measured, in sentences.
  private func remarks(_ table: StartsTable) -> [String] {
    var lines: [String] = []
    if let seconds = manifest.instrumentSeconds {
      lines.append("The instrument itself takes \(Counted.exactSeconds(seconds)): a start of none.")
    }
    if table.hasSeedFigures {
      lines.append(
        "2019: Hirokawa, Keio University, table 5.1, Kubernetes 1.16, mean of five runs; it does not say "
          + "whether its delays are one way or of the round trip.")
    }
    let order = manifest.seed.map { "cells in the order of seed \($0)" } ?? "cells in order"
    let tokens = manifest.mountsTokens ? "with" : "without"
    lines.append(
      "Kubernetes \(VisibleText.line(manifest.kubernetes, limit: 40)), image "
        + "\(VisibleText.line(manifest.image, limit: 255)), \(tokens) service-account tokens; \(order)."
    )
    return lines
  }

  /// `7 of 45 runs are done`
  private var progress: String {
    let asked = cells.count * manifest.runs
    return "\(asked - missing) of \(Counted.text(asked, "run")) \(asked == 1 ? "is" : "are") done"
  }

  /// The runs that `--resume` would do.
  private var missing: Int {
    cells.reduce(0) { $0 + max(0, manifest.runs - $1.runs.count) }
  }

  package var members: [JSONValue.Member] {
    [
      .init("run", .string(experiment.run)), .init("testbed", .string(experiment.testbed)),
      .init("begun", .string(OperatorClock.text(experiment.begun))),
      .init("seconds", .measured(experiment.seconds)),
      .init("interrupted", .boolean(ending == .interrupted)),
      .init("missing", .integer(missing)),
      .init("cells", .array(experiment.cells.map(\.json))),
      .init("environment", manifest.json),
      .init("diagnostics", .array(diagnostics.map(\.json))),
    ]
  }
}
