import Execution
import Experiments
import Foundation
import Measurement
import Reporting
import TestSupport
import Testing

/// The runs of the journal, as they are shown.
@Suite struct HistoryViewTests {
  private func expect(_ text: String, _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(
      of: text, from: folder.appending(path: name + ".txt").path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  private static func record(
    _ name: String, _ verb: String, seconds: Double? = nil, _ outcome: RunRecord.Outcome? = nil,
    changed: Int = 0, failed: Int = 0
  ) -> RunRecord {
    var run = RunRecord(
      name: name, verb: verb, started: 1_795_000_000_000, inventory: "inventory/lab.toml",
      digest: "5eed5eed5eed5eed5eed5eed5eed5eed", operatorName: "anna@laptop", version: "0.1.0")
    run.ended = seconds.map { run.started + Int64($0 * 1000) }
    run.outcome = outcome
    (run.changed, run.failed) = (changed, failed)
    return run
  }

  private static let apply = record(
    "20261118T110640Z-0badcafe", "apply", seconds: 83, .failure, changed: 12, failed: 1)
  private static let measure = record(
    "20261118T120000Z-7e57da7a", "measure", seconds: 2471.3, .success)
  private static let killed = record("20261118T130000Z-7e57da7b", "latency set")

  @Test func list() throws {
    let runs = [Self.killed, Self.measure, Self.apply]
    let view = HistoryListView(testbed: "lab", runs: runs, total: 20)
    try expect(view.text(TextLayout(columns: 80)), "history-list")
    try expect(view.text(TextLayout(columns: 120, usesColor: true)), "history-list-wide")
    try expect(view.text(TextLayout(columns: 50)), "history-list-narrow")
    try expect(view.json.pretty + "\n", "history-list.json")
    #expect(
      HistoryListView(testbed: "lab", runs: [], total: 0).text(TextLayout())
        == "No run of lab is recorded on this computer.\n")
  }

  private static func event(
    _ status: TaskStatus, _ task: String, host: String = "vyos01", detail: String? = nil
  ) -> EventRecord {
    EventRecord(
      time: 1_795_000_001_000, kind: "task", host: host, stage: "site-vpn", task: task,
      status: status.rawValue, seconds: 0.5, detail: detail)
  }

  @Test func runThatApplied() throws {
    let run = RecordedRun(
      record: Self.apply,
      events: [
        Self.event(.ok, "openvpn: install"), Self.event(.changed, "openvpn: write the tunnel"),
        Self.event(
          .failed, "openvpn: start", host: "vyos02", detail: "no \u{1B}[31mdevice\nat all"),
        Self.event(.skipped, "openvpn: enable", host: "vyos02"),
        EventRecord(time: 1_795_000_002_000, kind: "skipped", host: "node01", detail: "vyos02"),
      ])
    try expect(HistoryShowView(run).text(TextLayout(usesColor: true)), "history-show-apply")
    try expect(
      HistoryShowView(run, showsAll: true).text(TextLayout()), "history-show-apply-verbose")
    try expect(HistoryShowView(run).json.pretty + "\n", "history-show-apply.json")
  }

  private static func starts(_ shift: Double, unfinished: Int = 0) -> StartExperiment {
    func cell(_ rtt: Double?, _ containers: Int, _ seconds: [Double]) -> StartCell {
      let all = seconds.map { $0 + shift } + Array(repeating: 600, count: unfinished)
      return StartCell(
        rttMilliseconds: rtt, measuredRTTMilliseconds: rtt.map { $0 + 0.4 },
        containers: containers,
        runs: all.enumerated().map {
          StartRun(
            number: $0 + 1, begun: 0, seconds: $1, isComplete: $0 < seconds.count, containers: [])
        })
    }
    return StartExperiment(
      run: measure.name, testbed: "lab", begun: 0, seconds: 2471.3,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: "inventory/lab.toml", inventoryDigest: "5eed",
        kubernetes: shift > 0 ? "v1.34.2" : "v1.20.2", image: "pause:3.2", seed: 1, runs: 3,
        deadlineSeconds: 600, mountsTokens: false, instrumentSeconds: nil, operatorLoad: [],
        machines: []),
      cells: [
        cell(nil, 4, [2.1, 2.2, 2.15]), cell(300, 4, [3.3, 3.1, 3.35]),
        cell(300, 100, [17.3, 12.9]), cell(500, 100, []),
      ])
  }

  private static let roundTrips: [SampleRecord] = [100.2, 100.4, 100.1].flatMap { time in
    [("vlan10", "vlan20", time), ("vlan20", "vlan10", time + 0.1)].map {
      SampleRecord(kind: "rtt", source: $0.0, target: $0.1, value: $0.2, unit: "ms", time: 0)
    }
  }

  @Test func runThatMeasured() throws {
    let run = RecordedRun(
      record: Self.measure, roundTrips: Self.roundTrips, starts: Self.starts(0, unfinished: 1))
    try expect(HistoryShowView(run).text(TextLayout()), "history-show-measure")
    try expect(HistoryShowView(run).json.pretty + "\n", "history-show-measure.json")
  }

  @Test func comparison() throws {
    let first = RecordedRun(
      record: Self.measure, roundTrips: Self.roundTrips, starts: Self.starts(0))
    var later = Self.measure
    later.name = "20261119T120000Z-7e57da7c"
    let second = RecordedRun(
      record: later,
      roundTrips: Self.roundTrips.map {
        var sample = $0
        if sample.source == "vlan10" { sample.value -= 50 }
        return sample
      }, starts: Self.starts(0.5, unfinished: 1))
    let view = HistoryCompareView(RunComparison(first, second))
    try expect(view.text(TextLayout()), "history-compare")
    try expect(view.text(TextLayout(usesColor: true)), "history-compare-colored")
    try expect(view.json.pretty + "\n", "history-compare.json")
  }

  @Test func ofManyPathsThoseAreShownThatDiffer() {
    func run(_ shift: Double) -> RecordedRun {
      RecordedRun(
        record: Self.measure,
        roundTrips: (0..<100).flatMap { number in
          [1.0, 1.1, 0.9].map {
            SampleRecord(
              kind: "rtt", source: "s", target: "t\(number)", value: number == 7 ? $0 + shift : $0,
              unit: "ms", time: 0)
          }
        })
    }
    let text = HistoryCompareView(RunComparison(run(0), run(5))).text(TextLayout())
    #expect(text.contains("s → t7 ") && !text.contains("s → t8 "))
    #expect(text.contains("1 of 100 paths differ"))
    let none = HistoryCompareView(RunComparison(run(0), run(0))).text(TextLayout())
    #expect(none.contains("0 of 100 paths differ"))
  }
}
