import Synchronization
import Testing

@testable import Reporting

/// Work that takes minutes, on a terminal and elsewhere.
@Suite struct StepProgressTests {
  private final class Screen: Sendable {
    private let written = Mutex("")
    let seconds = Mutex(0.0)
    var text: String { written.withLock { $0 } }

    func progress(isTerminal: Bool) -> StepProgress {
      let stream = Console.Stream(isTerminal: isTerminal) { text in
        self.written.withLock { $0 += text }
      }
      return StepProgress(stream) { self.seconds.withLock { $0 } }
    }
  }

  @Test func aLineForEachElsewhere() {
    let screen = Screen()
    let progress = screen.progress(isTerminal: false)
    progress.tell("first")
    progress.begin("1/2 compiling", usualSeconds: 480, line: "1/2 compiling (usually 8 min)")
    progress.tick()
    progress.tell("ready")
    progress.end()
    #expect(screen.text == "first\n1/2 compiling (usually 8 min)\nready\n")
  }

  @Test func timeIsSeenToPassOnATerminal() {
    let screen = Screen()
    let progress = screen.progress(isTerminal: true)
    progress.begin("1/2 compiling", usualSeconds: 480, line: "not shown")
    screen.seconds.withLock { $0 = 72.6 }
    progress.tick()
    #expect(screen.text.contains("1/2 compiling  1 min 12 s of about 8 min\n"))
    progress.tell("ready")
    // The cursor is shown again before what lasts is written.
    #expect(screen.text.hasSuffix("\u{1B}[?25h1/2 compiling: 1 min 13 s\nready\n"))
    #expect(!screen.text.contains("not shown"))
    progress.end()
    progress.tick()
    #expect(screen.text.hasSuffix("ready\n"))
  }

  @Test func nothingIsWiderThanTheTerminal() {
    let layout = TextLayout(columns: 40)
    let line = StepProgress.line(
      "kubernetes: 3/8 the programs of Kubernetes", seconds: 61, usualSeconds: 480, layout)
    #expect(TextWidth.of(line) <= 39)
    #expect(line.hasSuffix("1 min 1 s of about 8 min"))
    #expect(Counted.roundly(seconds: 45) == "45 s")
  }
}
