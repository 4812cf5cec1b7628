import Synchronization

/// Shows work that says a line for each thing that it does, some of which take minutes: on a terminal,
/// how long such a step has taken is seen at the bottom while it lasts.
package final class StepProgress: Sendable {
  private struct Step {
    var title: String
    var usualSeconds: Int
    var begun: Double
  }

  private let stream: Console.Stream
  private let isLive: Bool
  private let uptime: @Sendable () -> Double
  private let display = Mutex<LiveDisplay?>(nil)
  private let step = Mutex<Step?>(nil)

  /// Shows work on a stream, drawn anew when that is a terminal; `uptime` is a clock that only goes
  /// forward, in seconds.
  package init(_ stream: Console.Stream, uptime: @escaping @Sendable () -> Double) {
    self.stream = stream
    isLive = stream.isTerminal
    self.uptime = uptime
  }

  /// Something has been done, and the step that took long with it.
  package func tell(_ line: String) {
    endStep()
    stream.write(line + "\n")
  }

  /// A step begins that usually takes so many seconds; `line` says so where nothing is drawn anew.
  package func begin(_ title: String, usualSeconds: Int, line: String) {
    endStep()
    guard isLive else { return stream.write(line + "\n") }
    step.withLock { $0 = Step(title: title, usualSeconds: usualSeconds, begun: uptime()) }
    display.withLock { $0 = LiveDisplay(stream) }
    tick()
  }

  /// Shows that time goes by.
  package func tick() {
    guard let display = display.withLock({ $0 }), let step = step.withLock({ $0 }) else { return }
    let now = uptime()
    display.draw(at: now) {
      [
        Self.line(
          step.title, seconds: now - step.begun, usualSeconds: step.usualSeconds, stream.layout)
      ]
    }
  }

  /// The work has ended, in whatever way: what was drawn is taken away. May be called twice.
  package func end() {
    let ended = display.withLock { display in
      defer { display = nil }
      return display
    }
    ended?.end()
  }

  /// The line of a step that lasts, narrower than the terminal.
  static func line(
    _ title: String, seconds: Double, usualSeconds: Int, _ layout: TextLayout
  ) -> String {
    let right =
      "\(Counted.seconds(seconds.rounded(.down))) of about "
      + Counted.roundly(seconds: usualSeconds)
    let left = TextWidth.shortened(title, to: max(8, layout.columns - TextWidth.of(right) - 3))
    return TextWidth.shortened(left + "  " + right, to: layout.columns - 1)
  }

  private func endStep() {
    end()
    let ended = step.withLock { step in
      defer { step = nil }
      return step
    }
    guard let ended else { return }
    stream.write("\(ended.title): \(Counted.seconds(uptime() - ended.begun))\n")
  }
}
