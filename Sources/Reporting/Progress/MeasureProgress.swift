import Execution
import Experiments
import Synchronization

/// Shows an experiment with container starts: a line for each thing that is done; on a terminal, what is
/// being done, for how long, and how much is left are seen at the bottom.
package final class MeasureProgress: Sendable {
  /// How an experiment is shown.
  package enum Manner: Sendable {
    /// Not at all.
    case none
    /// A line for each event.
    case plain
    /// Drawn anew.
    case live
    /// A line of JSON for each event.
    case jsonLines
  }

  private struct State {
    var display: LiveDisplay?
    /// What is being done, and since when.
    var present = "looking at the cluster"
    var presentBegun = 0.0
    /// When the first start began, and how many are done since, of how many.
    var firstBegun: Double?
    var done = 0
    var all = 0
  }

  private let manner: Manner
  private let console: Console
  private let verbosity: Int
  private let uptime: @Sendable () -> Double
  private let begun: Double
  private let state = Mutex(State())

  /// Shows an experiment; `uptime` is a clock that only goes forward, in seconds.
  package init(
    manner: Manner, console: Console, verbosity: Int, uptime: @escaping @Sendable () -> Double
  ) {
    self.manner = manner
    self.console = console
    self.verbosity = verbosity
    self.uptime = uptime
    begun = uptime()
    state.withLock { state in
      state.presentBegun = begun
      if manner == .live { state.display = LiveDisplay(console.errors) }
    }
  }

  /// Something of the experiment happened.
  package func take(_ event: StartMatrixEvent) {
    note(event)
    tell(event.line(console.errors.layout, verbosity: verbosity)) { event.json(elapsed: $0) }
  }

  /// Something happened while containers were started.
  package func take(_ event: StartProgress) {
    tell(event.line(console.errors.layout, verbosity: verbosity)) { event.json(elapsed: $0) }
  }

  /// Something happened while delays were changed: what is not wrong is told to those who ask for more.
  package func take(_ event: LatencyProgress) {
    var line: String?
    if case .routerFailed = event {
      line = event.line(console.errors.layout, verbosity: verbosity)
    } else if verbosity > 0 {
      line = event.line(console.errors.layout, verbosity: verbosity)
    }
    // The experiment tells of an interruption itself.
    if case .interrupted = event { return }
    tell(line) { event.json(elapsed: $0) }
  }

  /// Shows that time goes by.
  package func tick() {
    let now = uptime()
    let state = state.withLock { $0 }
    guard let display = state.display else { return }
    let line = Self.line(
      state.present, seconds: now - state.presentBegun, done: state.done, all: state.all,
      secondsLeft: Self.left(state, now), console.errors.layout)
    display.draw(at: now) { [line] }
  }

  /// Nothing more comes: what was drawn is taken away. May be called twice.
  package func end() {
    let ended = state.withLock { state in
      defer { state.display = nil }
      return state.display
    }
    ended?.end()
  }

  private func tell(_ line: String?, _ json: (_ elapsed: Double) -> JSONValue) {
    switch manner {
    case .none: return
    case .jsonLines: console.output.write(json(uptime() - begun).compact + "\n")
    case .plain, .live:
      if let line {
        let display = state.withLock { $0.display }
        if let display { display.write(line) } else { console.errors.write(line) }
      }
      tick()
    }
  }

  private func note(_ event: StartMatrixEvent) {
    let now = uptime()
    state.withLock { state in
      func begin(_ present: String) { (state.present, state.presentBegun) = (present, now) }
      switch event {
      case .began(_, let missing, _): state.all = missing
      case .prepared: break
      case .instrument(let run, let runs): begin("the instrument itself, start \(run) of \(runs)")
      case .switching(let delay): begin("\(StartsTable.delayName(delay)): being put in force")
      case .switched: break
      case .warmUp(let delay, let containers):
        begin("\(StartsTable.label(delay)) × \(containers), warm-up")
      case .started(let step):
        if state.firstBegun == nil { state.firstBegun = now }
        begin(step.text)
      case .finished: state.done += 1
      case .interrupted, .restoring: begin("putting back what was there before")
      }
    }
  }

  /// How long the rest takes if it goes on as it went; nil as long as that cannot be said.
  private static func left(_ state: State, _ now: Double) -> Double? {
    guard let first = state.firstBegun, state.done > 0, state.done < state.all else { return nil }
    return (now - first) / Double(state.done) * Double(state.all - state.done)
  }

  /// What is being done, narrower than the terminal; times in seconds.
  static func line(
    _ present: String, seconds: Double, done: Int, all: Int, secondsLeft: Double?,
    _ layout: TextLayout
  ) -> String {
    var right = Counted.seconds(max(0, seconds).rounded(.down))
    if all > 0 { right += "  \(done) of \(all) done" }
    if let secondsLeft, secondsLeft.isFinite, secondsLeft < 1e8 {
      right += ", about \(Counted.roundly(seconds: Int(secondsLeft)))"
    }
    let left = TextWidth.shortened(
      present, to: max(8, layout.columns - TextWidth.of(right) - 3))
    return TextWidth.shortened(left + "  " + right, to: layout.columns - 1)
  }
}
