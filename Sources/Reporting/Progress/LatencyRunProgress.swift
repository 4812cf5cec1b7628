import Execution
import LatencyProfiles
import Synchronization

/// Shows a profile's run: a line for what the profile says happens; on a terminal, how far it is and what
/// comes next are seen at the bottom.
package final class LatencyRunProgress: Sendable {
  /// How a run is shown.
  package enum Manner: Sendable {
    /// Not at all.
    case none
    /// A line for each event.
    case plain
    /// Drawn anew.
    case live
  }

  private struct State {
    var display: LiveDisplay?
    /// When the run began, by the clock; nil before.
    var begun: Double?
    /// What holds now.
    var present = ""
  }

  private let timetable: Timetable
  private let name: String
  private let longest: Double
  private let isWatched: Bool
  private let manner: Manner
  private let stream: Console.Stream
  private let verbosity: Int
  private let uptime: @Sendable () -> Double
  private let state = Mutex(State())

  /// Shows a run on a stream.
  /// - Parameters:
  ///   - hold: after how many seconds it is ended at the latest.
  ///   - isWatched: whether its end is waited for.
  ///   - uptime: a clock that only goes forward, in seconds.
  package init(
    _ timetable: Timetable, name: String, hold: Double, isWatched: Bool, manner: Manner,
    stream: Console.Stream, verbosity: Int, uptime: @escaping @Sendable () -> Double
  ) {
    self.timetable = timetable
    self.name = name
    longest = min(hold, timetable.totalMilliseconds.map { Double($0) / 1000 } ?? .infinity)
    self.isWatched = isWatched
    self.manner = manner
    self.stream = stream
    self.verbosity = verbosity
    self.uptime = uptime
  }

  /// Something happened.
  package func take(_ event: LatencyProgress) {
    if manner == .none { return }
    let line = event.line(stream.layout, verbosity: verbosity)
    let display = state.withLock { state in
      switch event {
      case .begins(let milliseconds) where isWatched:
        state.begun = uptime() + Double(milliseconds) / 1000
        if manner == .live { state.display = LiveDisplay(stream) }
      case .announced(_, let announcement): state.present = announcement.text
      case .interrupted: state.begun = nil
      default: break
      }
      return state.display
    }
    guard let line else { return }
    if let display { display.write(line) } else { stream.write(line) }
    tick()
  }

  /// Shows that time goes by.
  package func tick() {
    let now = uptime()
    let (display, begun, present) = state.withLock { ($0.display, $0.begun, $0.present) }
    guard let display, let begun else { return }
    let line = line(at: now - begun, present: present)
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

  /// How far the run is, narrower than the terminal; `seconds` since it began, which may be to come.
  func line(at seconds: Double, present: String) -> String {
    let layout = stream.layout
    if seconds < 0 { return TextWidth.shortened("\(name): begins", to: layout.columns - 1) }
    let total = longest.isFinite ? " of \(Counted.span(longest))" : ""
    var right = "\(Counted.seconds(min(seconds, longest).rounded(.down)))\(total)"
    if let next = next(after: seconds) {
      right += ", next in \(Counted.seconds((next - seconds).rounded(.up)))"
    }
    let left = TextWidth.shortened(
      present.isEmpty ? name : present, to: max(8, layout.columns - TextWidth.of(right) - 3))
    return TextWidth.shortened(left + "  " + right, to: layout.columns - 1)
  }

  /// When the next announcement comes, in seconds since the run began; nil when none does.
  private func next(after seconds: Double) -> Double? {
    let period = Double(timetable.periodMilliseconds) / 1000
    guard period > 0 else { return nil }
    let repetition = (seconds / period).rounded(.down)
    for candidate in [repetition, repetition + 1] {
      if let repetitions = timetable.repetitions, candidate >= Double(repetitions) { break }
      for announcement in timetable.announcements {
        let due = candidate * period + Double(announcement.milliseconds) / 1000
        if due > seconds { return due < longest ? due : nil }
      }
    }
    return nil
  }
}
