import Diagnostics
import Execution
import Experiments
import Measurement
import Synchronization
import Testing

@testable import Reporting

/// How an experiment with container starts is shown while it goes on.
@Suite struct MeasureProgressTests {
  private final class Written: Sendable {
    let text = Mutex("")
    let errors = Mutex("")
  }

  private static let step = StartStep(
    cell: 3, cells: 9, rttMilliseconds: 300, containers: 20, run: 2, runs: 5)

  /// All that may happen, once.
  private static let events: [StartMatrixEvent] = [
    .began(run: "R", missing: 45, of: 45),
    .prepared(StartGround(kubernetes: "1.20.2", image: "k8s.gcr.io/pause:3.2", machines: [])),
    .instrument(run: 1, of: 5), .switching(rttMilliseconds: 300),
    .switched(
      rttMilliseconds: 300, DelayInForce(rttMilliseconds: 300.24, isAsAsked: true)),
    .switched(rttMilliseconds: 100, DelayInForce(rttMilliseconds: 140, isAsAsked: false)),
    .switched(rttMilliseconds: nil, DelayInForce()),
    .warmUp(rttMilliseconds: 300, containers: 4), .started(step),
    .finished(
      step, StartRun(number: 2, begun: 0, seconds: 12.304, isComplete: true, containers: [])),
    .finished(
      step,
      StartRun(
        number: 2, begun: 0, seconds: 600, isComplete: false,
        containers: [ContainerTimes(pod: "a", ready: 1), ContainerTimes(pod: "b")])),
    .interrupted, .restoring,
  ]

  private static let starts: [StartProgress] = [
    .master("master01"), .leftOut(worker: "node04", reason: "it is\u{1B} not Ready"),
    .undescribed(machine: "vyos01", problem: Problem("no answer", exitStatus: .failure)),
    .fetching(image: "i"), .clock(machine: "node01", offset: -1.25, uncertainty: 0.4),
    .unread(worker: "node03", problem: Problem("it is gone", exitStatus: .failure)),
    .incomplete(containers: 20, warnings: "one\ntwo"),
  ]

  private func shown(
    _ manner: MeasureProgress.Manner, verbosity: Int = 0
  ) -> (output: String, errors: String) {
    let written = Written()
    let time = Mutex(0.0)
    let progress = MeasureProgress(
      manner: manner,
      console: Console(
        output: .init { text in written.text.withLock { $0 += text } },
        errors: .init(isTerminal: manner == .live) { text in written.errors.withLock { $0 += text }
        }
      ), verbosity: verbosity
    ) {
      time.withLock { time in
        time += 0.25
        return time
      }
    }
    for event in Self.events { progress.take(event) }
    for event in Self.starts { progress.take(event) }
    progress.take(.asked(router: "vyos01", seconds: 0.2))
    progress.take(
      .routerFailed(router: "vyos02", problem: Problem("it is gone", exitStatus: .failure)))
    progress.take(LatencyProgress.interrupted)
    progress.end()
    progress.end()
    return (written.text.withLock { $0 }, written.errors.withLock { $0 })
  }

  @Test func aLineForEachThingDone() {
    let (output, errors) = shown(.plain)
    #expect(output == "")
    #expect(
      errors == """
        run R: 45 starts to measure
        Kubernetes 1.20.2, image k8s.gcr.io/pause:3.2: every worker has it
        a round trip of 300 ms: being put in force
        a round trip of 300 ms: in force, measured 300.2 ms
        a round trip of 100 ms: off, measured 140.0 ms
        the testbed's own delays: in force, not measured
        cell 3 of 9: 300 ms × 20, run 2 of 5: 12.30 s
        cell 3 of 9: 300 ms × 20, run 2 of 5: cut off with 1 of 20 ready
        interrupted: the containers are being taken away and the delays put back; once more gives up \
        waiting
        putting back what was there before
        node04: left out: it is\\e not Ready
        vyos01: not asked what it is: no answer
        every worker sees to it that it has i
        node03: when containers were started is not known: it is gone
        cut off at the deadline: 20 containers
          one
          two
        vyos02: failed: it is gone

        """)
  }

  @Test func moreIsSaidWhenAskedFor() {
    let errors = shown(.plain, verbosity: 1).errors
    for line in [
      "the instrument itself: start 1 of 5 of none\n", "warm-up: 4 containers\n",
      "cell 3 of 9: 300 ms × 20, run 2 of 5: begins\n", "master01: its clock counts\n",
      "node01: its clock is 1.25 ms behind, known to ± 0.40 ms\n", "vyos01: asked (0.2 s)\n",
    ] { #expect(errors.contains(line), "\(line)") }
    #expect(
      StartMatrixEvent.began(run: "R", missing: 2, of: 45).line(TextLayout(), verbosity: 0)
        == "run R goes on: 2 of 45 starts left to measure\n")
  }

  @Test func onATerminalWhatIsBeingDoneIsSeen() {
    let (output, errors) = shown(.live)
    #expect(output == "")
    #expect(errors.contains("cell 3 of 9: 300 ms × 20, run 2 of 5  0.0 s  0 of 45 done\n"))
    #expect(errors.contains("of 45 done, about "))
    #expect(errors.hasPrefix("\u{1B}[?25l") && errors.hasSuffix("\u{1B}[?25h"))
  }

  @Test func linesFitTheTerminal() {
    let layout = TextLayout(columns: 50)
    let line = MeasureProgress.line(
      Self.step.text, seconds: 12.7, done: 8, all: 45, secondsLeft: 1200, layout)
    #expect(line == "cell 3 of 9: 3…  12 s  8 of 45 done, about 20 min")
    #expect(TextWidth.of(line) < 50)
    #expect(
      MeasureProgress.line("x", seconds: -1, done: 0, all: 0, secondsLeft: .infinity, layout)
        == "x  0.0 s")
  }

  @Test func forProgramsAndForNobody() {
    let lines = shown(.jsonLines).output.split(separator: "\n")
    #expect(lines.count == Self.events.count + Self.starts.count + 2)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"event\":\"") && $0.contains("\",\"elapsed\":") })
    let nothing = shown(.none)
    #expect(nothing.output + nothing.errors == "")
  }
}
