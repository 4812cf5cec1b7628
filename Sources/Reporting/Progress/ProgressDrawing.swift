import Diagnostics

/// Draws how far a run is, as the lines that a terminal shows until they are drawn anew.
package struct ProgressDrawing: Sendable {
  private let layout: TextLayout
  private let mostMachines: Int

  /// Draws for a terminal; at most `mostMachines` lines tell of machines.
  package init(_ layout: TextLayout, mostMachines: Int = 12) {
    self.layout = layout
    self.mostMachines = mostMachines
  }

  /// The lines, each narrower than the terminal, so that none is broken in two.
  package func lines(_ state: ProgressState, elapsed seconds: Double) -> [String] {
    var lines = [heading(state, seconds)]
    let titles = state.stages.map { TextWidth.of($0.title) }.max() ?? 0
    for stage in state.stages {
      lines.append(
        bar(TextWidth.padded(stage.title, to: titles), stage.finished, stage.expected))
    }
    if state.stages.isEmpty { lines.append(bar("", state.settled, state.machines.count)) }
    return lines + machines(state)
  }

  private func heading(_ state: ProgressState, _ seconds: Double) -> String {
    let stopping = state.isInterrupted ? ", stopping after the current steps" : ""
    let right = "\(Int(max(0, seconds))) s"
    let left = TextWidth.shortened(
      "\(state.title)\(stopping)", to: layout.columns - TextWidth.of(right) - 3)
    return layout.style(left, state.isInterrupted ? .warning : .strong) + "  "
      + layout.style(right, .faint)
  }

  private func bar(_ label: String, _ done: Int, _ all: Int) -> String {
    let count = "\(done)/\(all)"
    let before = label.isEmpty ? "  " : "  \(label)  "
    let room = layout.columns - 1 - TextWidth.of(before) - TextWidth.of(count) - 2
    let width = min(30, room)
    guard width >= 4 else { return TextWidth.shortened(before + count, to: layout.columns - 1) }
    let filled = all == 0 ? width : min(width, width * done / all)
    return before + layout.style(String(repeating: "█", count: filled), .good)
      + layout.style(String(repeating: "░", count: width - filled), .faint) + "  \(count)"
  }

  /// The machines of which there is most to tell: failed ones and working ones before the rest.
  private func machines(_ state: ProgressState) -> [String] {
    let ranked = state.machines.enumerated().sorted {
      (rank($0.element.phase), $0.offset) < (rank($1.element.phase), $1.offset)
    }
    let shown = Set(ranked.prefix(mostMachines).map(\.offset))
    let widest = min(
      24, state.machines.map { TextWidth.of($0.name) }.max() ?? 0, layout.columns / 3)
    var lines = state.machines.enumerated().filter { shown.contains($0.offset) }.map {
      line($0.element, widest: widest, state)
    }
    let hidden = state.machines.count - shown.count
    if hidden > 0 { lines.append(layout.style("  and \(hidden) more", .faint)) }
    return lines
  }

  private func rank(_ phase: ProgressState.Phase) -> Int {
    switch phase {
    case .failed: 0
    case .working: 1
    case .skipped: 2
    case .probing, .probed: 3
    case .connecting: 4
    case .done: 5
    }
  }

  private func line(_ machine: ProgressState.Machine, widest: Int, _ state: ProgressState)
    -> String
  {
    let (text, tone): (String, Tone?) =
      switch machine.phase {
      case .connecting: ("connecting", .faint)
      case .probing: ("looking", nil)
      case .probed: ("probed", state.stages.isEmpty ? .good : .faint)
      case .working(_, let task): (VisibleText.line(task), nil)
      case .done: (machine.changed == 0 ? "done" : "done, changed: \(machine.changed)", .good)
      case .failed(let why): ("failed: \(VisibleText.line(why))", .error)
      case .skipped(let because): ("left alone, because \(because) failed", .warning)
      }
    let name = TextWidth.padded(TextWidth.shortened(machine.name, to: widest), to: widest)
    let room = layout.columns - 1 - widest - 4
    let shown = TextWidth.shortened(text, to: room)
    return "  \(name)  " + (tone.map { layout.style(shown, $0) } ?? shown)
  }
}
