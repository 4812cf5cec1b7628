import Diagnostics
import Execution
import Roles

/// Tells of a run where nothing can be drawn anew: a line for each event.
package struct PlainProgress: Sendable {
  private let layout: TextLayout
  private let verbosity: Int

  /// Tells more with a higher verbosity: from 1 on, tasks that changed nothing and what tasks write.
  package init(_ layout: TextLayout, verbosity: Int) {
    self.layout = layout
    self.verbosity = verbosity
  }

  /// The line of an event, with its line end; nil when there is none.
  package func line(_ event: RunEvent) -> String? {
    switch event {
    case .connected(let host, let seconds):
      return line(host, "connected (\(Counted.seconds(seconds)))")
    case .probed(let host, let seconds):
      return line(host, "probed (\(Counted.seconds(seconds)))")
    case .stageStarted(let host, let stage): return line(host, "\(stage): started")
    case .taskStarted(let host, let task, let name):
      return verbosity > 0 ? line(host, "\(task.application.stage): \(name)") : nil
    case .taskOutput(let host, _, let text):
      return verbosity > 0 ? line(host, "  | \(text)") : nil
    case .taskFinished(let host, let task, let name, let status, let seconds):
      if verbosity == 0, status == .ok || status == .skipped { return nil }
      let text = "\(task.application.stage): \(status.rawValue): \(name)"
      return line(host, "\(text) (\(Counted.seconds(seconds)))", tone(of: status))
    case .stageFinished(let host, let stage, let changed, let seconds):
      return line(host, "\(stage): done, changed: \(changed) (\(Counted.seconds(seconds)))")
    case .hostFailed(let host, let problem):
      return line(host, "failed: \(problem.diagnostics.first?.summary ?? "")", .error)
    case .hostSkipped(let host, let because):
      return line(host, "left alone, because \(because) failed", .warning)
    case .interrupted:
      return "interrupted: the current steps are being finished; once more gives up at once\n"
    }
  }

  private func line(_ host: String, _ text: String, _ tone: Tone? = nil) -> String {
    let shown = VisibleText.line(text)
    return "\(host): \(tone.map { layout.style(shown, $0) } ?? shown)\n"
  }

  private func tone(of status: TaskStatus) -> Tone? {
    switch status {
    case .ok: nil
    case .changed: .change
    case .failed: .error
    case .skipped: .faint
    }
  }
}
