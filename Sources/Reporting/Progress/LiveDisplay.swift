import Synchronization

/// Lines at the bottom of a terminal that are drawn anew while text goes by above them.
///
/// All that is written to the terminal's stream in the meantime goes through `write`.
package final class LiveDisplay: Sendable {
  private struct State {
    var lines: [String] = []
    var lastDrawn: Double?
    var isEnded = false
  }

  /// At most ten times a second: more cannot be read, and costs a slow terminal its time.
  private static let interval = 0.1

  private let stream: Console.Stream
  private let state = Mutex(State())

  /// A display on a terminal; the cursor is hidden until `end`.
  package init(_ stream: Console.Stream) {
    self.stream = stream
    stream.write(Self.hideCursor)
  }

  private static let hideCursor = "\u{1B}[?25l"
  private static let showCursor = "\u{1B}[?25h"

  /// Draws the lines, unless they were drawn a moment ago: then the next call will do. `time` is in
  /// seconds by any clock that goes forward; `isLast` draws in any case.
  package func draw(at time: Double, isLast: Bool = false, _ lines: () -> [String]) {
    state.withLock { state in
      if state.isEnded { return }
      if !isLast, let last = state.lastDrawn, time - last < Self.interval { return }
      let fresh = lines()
      stream.write(Self.erasing(state.lines.count) + Self.text(of: fresh))
      state.lines = fresh
      state.lastDrawn = time
    }
  }

  /// Writes text above the lines; it ends with a line end.
  package func write(_ text: String) {
    state.withLock { state in
      let drawn = state.isEnded ? [] : state.lines
      stream.write(Self.erasing(drawn.count) + text + Self.text(of: drawn))
    }
  }

  /// Takes the lines away and shows the cursor again. May be called twice.
  package func end() {
    state.withLock { state in
      if state.isEnded { return }
      state.isEnded = true
      stream.write(Self.erasing(state.lines.count) + Self.showCursor)
    }
  }

  /// Moves the cursor to the first of so many lines above it, and clears from there (ECMA-48, CPL
  /// and ED).
  private static func erasing(_ count: Int) -> String {
    count == 0 ? "" : "\u{1B}[\(count)F\u{1B}[J"
  }

  private static func text(of lines: [String]) -> String {
    lines.map { $0 + "\n" }.joined()
  }
}
