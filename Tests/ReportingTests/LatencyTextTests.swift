import Clocks
import Diagnostics
import Execution
import Inventories
import LatencyProfiles
import Synchronization
import Testing

@testable import Reporting

/// What people read of changes of delays and of runs.
@Suite struct LatencyTextTests {
  private let layout = TextLayout(columns: 80)
  private let path = LatencyControl.PathChange(
    from: "keio", to: "kyutech", conditions: PathConditions(delay: .total(roundTrip: 300)))

  private func router(_ name: String) -> LatencyRouterResult {
    LatencyRouterResult(router: name, site: "s-" + name)
  }

  private var done: LatencySwitchResult {
    var result = LatencySwitchResult(run: "r", routers: [router("r1"), router("r2")])
    result.isDone = true
    (result.spread, result.spreadUncertainty) = (4.92, 3.814)
    result.until = 1_795_219_200_000
    return result
  }

  @Test func aChangeThatWasMade() {
    let view = LatencySwitchView(
      verb: "latency-set", result: done, inventory: "a.toml", paths: [path], hold: 3600)
    #expect(
      view.text(layout) == """
        Set: 1 path, the routers within 4.92 ms (± 3.81 ms) of each other
          keio ↔ kyutech: 300 ms
        It goes away by itself in 1 h, at 2026-11-21 00:00:00 UTC; sooner with:
          planetbed latency clear a.toml

        """)
    var stays = done
    stays.until = nil
    stays.spread = nil
    let many = LatencySwitchView(
      verb: "latency-set", result: stays, inventory: "a.toml",
      paths: [LatencyControl.PathChange](repeating: path, count: 30))
    #expect(many.text(layout).hasPrefix("Set: 30 paths\n"))
    #expect(
      many.text(layout).contains("  and 6 more\nIt stays until a router is restarted, or until:\n"))
  }

  @Test func aChangeThatWasNotMade() {
    var result = done
    result.isDone = false
    result.spread = nil
    result.routers[1].problem = Problem("r2 is gone", host: "r2", exitStatus: .failure)
    result.problems = [Diagnostic(.error, "and more")]
    func view() -> LatencySwitchView {
      LatencySwitchView(verb: "latency-set", result: result, inventory: "a.toml", paths: [path])
    }
    #expect(view().text(layout) == "Failed: nothing was changed\n")
    #expect(view().diagnostics.map(\.summary) == ["r2 is gone", "and more"])
    result.interrupted = true
    #expect(view().text(layout) == "Interrupted: nothing was changed\n")
  }

  @Test func whatWasCleared() {
    var result = done
    result.endedRuns = ["moving\u{1B}"]
    result.ways = [
      .init(from: "a", to: "b", now: "total 5000 0 0 normal 9", own: "total 5000 0 0 normal 9"),
      .init(from: "b", to: "a", now: nil, own: nil),
      .init(from: "b", to: "c", now: "added 5000 0 0 normal 9 loss 1%", own: nil),
      .init(from: "c", to: "b", now: "what?", own: nil),
    ]
    func text() -> String {
      LatencySwitchView(verb: "latency-clear", result: result, inventory: "a.toml").text(layout)
    }
    #expect(
      text() == """
        Ended the run moving\\e.
        Cleared: 4 ways, the routers within 4.92 ms (± 3.81 ms) of each other
          a → b: in force is the inventory's own
          b → a: in force is nothing
          b → c: in force is natural + 5 ms, loss 1 %
          c → b: in force is what?

        """)
    result.ways = [LatencySwitchResult.Way](repeating: result.ways[1], count: 30)
    #expect(text().contains("  and 6 more\n"))
    result.ways = []
    result.endedRuns = []
    #expect(
      text() == "Nothing was there to be cleared: what is in force is the inventory's own.\n")
    result.isDone = false
    #expect(text() == "")
    result.interrupted = true
    #expect(text() == "Interrupted\n")
  }

  @Test func aRun() {
    let timetable = Timetable(events: [], periodMilliseconds: 60_000, repetitions: 1)
    var result = LatencyRunResult(
      run: "r", name: "moving.r", routers: [router("r1"), router("r2")])
    func view() -> LatencyRunView {
      LatencyRunView(
        result: result, timetable: timetable, profile: "moving.toml", inventory: "a.toml")
    }
    #expect(view().text(layout) == "Failed: the run was not begun\n")
    result.isBegun = true
    result.seconds = 61
    result.firings = [.init(router: "r1", planned: 6, told: 5, last: 3, worst: 31)]
    #expect(
      view().text(layout) == """
          router  site  changes  told of  last late  worst late
          r1      s-r1        6        5       3 ms       31 ms
          r2      s-r2        –        –          –           –

        Ran moving.toml in 1 min 1 s: what was there before is back

        """)
    #expect(view().diagnostics.map(\.summary) == ["r1 made a change 31 ms late"])
    result.interrupted = true
    #expect(
      view().text(layout).hasSuffix(
        "the run was ended on the routers, and what was there before it is back\n"))
    result.routers[1].problem = Problem("r2 is gone", exitStatus: .failure)
    #expect(
      view().text(layout).contains("Interrupted: the run was ended on those routers that answered"))
    result.isDetached = true
    result.until = 1_795_219_200_000
    #expect(
      view().text(layout) == """
        The run moving.r is left to 2 routers; it ends at 2026-11-21 00:00:00 UTC at the latest, or with:
          planetbed latency clear a.toml

        """)
  }

  @Test func eventsForPeople() {
    func line(_ event: LatencyProgress, verbosity: Int = 0) -> String? {
      event.line(layout, verbosity: verbosity)
    }
    let offset = ClockOffset(milliseconds: 5, uncertainty: 1.2, roundTrip: 300)
    #expect(line(.asked(router: "r", seconds: 1)) == nil)
    #expect(line(.asked(router: "r", seconds: 1), verbosity: 1) == "r: asked (1.0 s)\n")
    #expect(line(.clock(router: "r", offset: offset)) == nil)
    #expect(
      line(.clock(router: "r", offset: offset), verbosity: 1)
        == "r: its clock is known to ± 1.20 ms (round trip 300 ms)\n")
    #expect(line(.shipping(routers: 2, milliseconds: 1500)) == "2 routers will switch in 1.5 s\n")
    #expect(line(.switched(router: "r", late: 3)) == nil)
    #expect(line(.switched(router: "r", late: 3), verbosity: 1) == "r: switched, 3 ms late\n")
    #expect(line(.takenBack(router: "r")) == "r: what was there before is in force\n")
    #expect(
      line(.routerFailed(router: "r", problem: Problem("no", exitStatus: .failure)))
        == "r: failed: no\n")
    #expect(line(.begins(milliseconds: 900)) == "the run begins in 0.9 s\n")
    let announcement = Timetable.Announcement(milliseconds: 60_000, text: "a ↔ b: cut")
    #expect(line(.announced(repetition: 1, announcement)) == "60 s: a ↔ b: cut\n")
    #expect(line(.announced(repetition: 2, announcement)) == "repetition 2, 60 s: a ↔ b: cut\n")
    #expect(line(.interrupted)?.hasPrefix("interrupted: the run is being ended") == true)
  }

  @Test(arguments: [
    (5.0, "5 s"), (90, "90 s"), (120, "2 min"), (60, "1 min"), (150, "2 min 30 s"), (3600, "1 h"),
    (5400, "1 h 30 min"), (2.5, "2.5 s"), (0, "0 s"), (.infinity, "–"),
  ]) func spans(seconds: Double, text: String) { #expect(Counted.span(seconds) == text) }

  // MARK: Watching a run

  private static let timetable = Timetable(
    events: [], periodMilliseconds: 60_000, repetitions: 2,
    announcements: [
      .init(milliseconds: 0, text: "a ↔ b: rtt 60 ms"),
      .init(milliseconds: 30_000, text: "a ↔ b: cut"),
    ])

  private func progress(
    _ manner: LatencyRunProgress.Manner, isWatched: Bool = true, written: Mutexed, at time: Mutexed
  ) -> LatencyRunProgress {
    LatencyRunProgress(
      Self.timetable, name: "moving", hold: 3600, isWatched: isWatched, manner: manner,
      stream: Console.Stream(layout: layout, isTerminal: manner == .live) { written.add($0) },
      verbosity: 0, uptime: { Double(time.text) ?? 0 })
  }

  final class Mutexed: Sendable {
    private let content: Mutex<String>
    init(_ text: String = "") { content = Mutex(text) }
    var text: String { content.withLock { $0 } }
    func add(_ text: String) { content.withLock { $0 += text } }
    func set(_ text: String) { content.withLock { $0 = text } }
  }

  @Test func aRunOnATerminal() {
    let (written, time) = (Mutexed(), Mutexed("100"))
    let progress = progress(.live, written: written, at: time)
    progress.take(.begins(milliseconds: 1000))
    #expect(written.text.contains("moving: begins\n"))
    time.set("101")
    progress.take(.announced(repetition: 1, Self.timetable.announcements[0]))
    time.set("106")
    progress.tick()
    #expect(written.text.contains("a ↔ b: rtt 60 ms  5.0 s of 2 min, next in 25 s\n"))
    time.set("135")
    progress.take(.announced(repetition: 1, Self.timetable.announcements[1]))
    #expect(written.text.contains("a ↔ b: cut  34 s of 2 min, next in 26 s\n"))
    time.set("201")
    progress.tick()
    #expect(written.text.contains("a ↔ b: cut  1 min 40 s of 2 min\n"))
    progress.take(.interrupted)
    progress.end()
    progress.end()
    #expect(written.text.hasSuffix("\u{1B}[?25h"))
  }

  @Test func aRunInAPipe() {
    let (written, time) = (Mutexed(), Mutexed("100"))
    let progress = progress(.plain, written: written, at: time)
    progress.take(.begins(milliseconds: 1000))
    progress.take(.announced(repetition: 1, Self.timetable.announcements[0]))
    progress.tick()
    progress.end()
    #expect(written.text == "the run begins in 1.0 s\n0 s: a ↔ b: rtt 60 ms\n")
    let silent = Mutexed()
    self.progress(.none, written: silent, at: time).take(.begins(milliseconds: 1))
    #expect(silent.text == "")
  }
}
