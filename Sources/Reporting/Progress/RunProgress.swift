import Execution
import Roles
import Synchronization

/// Shows a run while it runs: live on a terminal, a line for each event elsewhere.
package final class RunProgress: Sendable {
  /// What is shown.
  package enum Manner: Sendable {
    /// Nothing.
    case none
    /// A line for each event, to the stream of diagnostics.
    case plain
    /// Lines that are drawn anew, on the terminal of diagnostics.
    case live
    /// A line of JSON for each event, to the stream of results.
    case jsonLines
  }

  private let manner: Manner
  private let console: Console
  private let plain: PlainProgress
  private let state: Mutex<ProgressState>
  private let display = Mutex<LiveDisplay?>(nil)
  private let uptime: @Sendable () -> Double
  private let begun: Double

  /// Shows a run that begins now; `uptime` is a clock that only goes forward, in seconds.
  package init(
    title: String, machines: [String], manner: Manner, console: Console, verbosity: Int,
    uptime: @escaping @Sendable () -> Double
  ) {
    self.manner = manner
    self.console = console
    self.uptime = uptime
    plain = PlainProgress(console.errors.layout, verbosity: verbosity)
    state = Mutex(ProgressState(title: title, machines: machines))
    begun = uptime()
    resume()
  }

  /// Seconds since the run began.
  package var elapsed: Double { uptime() - begun }

  /// Takes in what has happened, and shows it.
  package func take(_ event: RunEvent) {
    state.withLock { $0.take(event) }
    switch manner {
    case .none: break
    case .plain:
      if let line = plain.line(event) { console.errors.write(line) }
    case .live:
      if let line = lasting(event) { display.withLock { $0 }?.write(line) }
      draw()
    case .jsonLines: console.output.write(event.json(elapsed: elapsed).compact + "\n")
    }
  }

  /// The plan is known and is being applied.
  package func expect(title: String, stages: [(name: String, title: String)], tasks: [TaskID]) {
    state.withLock { $0.expect(title: title, stages: stages, tasks: tasks) }
    draw()
  }

  /// Shows that time goes by.
  package func tick() { draw() }

  /// Takes the live lines away, so that a question or a result can be shown.
  package func pause() {
    let ended = display.withLock { display in
      defer { display = nil }
      return display
    }
    ended?.end()
  }

  /// Shows the live lines again.
  package func resume() {
    guard manner == .live else { return }
    display.withLock { $0 = $0 ?? LiveDisplay(console.errors) }
    draw()
  }

  /// What of an event must not be lost when the lines are drawn anew.
  private func lasting(_ event: RunEvent) -> String? {
    switch event {
    case .hostFailed, .hostSkipped, .taskOutput: plain.line(event)
    default: nil
    }
  }

  private func draw() {
    guard let display = display.withLock({ $0 }) else { return }
    display.draw(at: uptime()) {
      let drawing = ProgressDrawing(console.errors.layout)
      return state.withLock { drawing.lines($0, elapsed: elapsed) }
    }
  }
}
