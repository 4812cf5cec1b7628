import Execution
import Measurement
import Testing

@testable import Experiments

/// What two runs have in common, and how it differs.
@Suite struct RunComparisonTests {
  static func record(_ name: String, version: String = "0.1.0") -> RunRecord {
    RunRecord(
      name: name, verb: "measure", started: 0, inventory: "lab.toml", digest: "d0",
      operatorName: "",
      version: version)
  }

  static func experiment(
    _ cells: [StartCell], kubernetes: String = "v1.20.2", kernel: String = "6.1"
  ) -> StartExperiment {
    StartExperiment(
      run: "test-data", testbed: "test-data", begun: 0, seconds: 1,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: "lab.toml", inventoryDigest: "d0", kubernetes: kubernetes,
        image: "pause:1", seed: nil, runs: 3, deadlineSeconds: 60, mountsTokens: false,
        instrumentSeconds: nil, operatorLoad: [],
        machines: [
          .init(name: "node01", site: "a", role: "worker", system: "Debian", kernel: kernel)
        ]), cells: cells)
  }

  static func cell(
    _ rtt: Double?, _ containers: Int, _ seconds: [Double], unfinished: Int = 0
  ) -> StartCell {
    let all = seconds + Array(repeating: 60, count: unfinished)
    return StartCell(
      rttMilliseconds: rtt, containers: containers,
      runs: all.enumerated().map {
        StartRun(
          number: $0 + 1, begun: 0, seconds: $1, isComplete: $0 < seconds.count, containers: [])
      })
  }

  static func samples(_ from: String, _ to: String, _ times: [Double]) -> [SampleRecord] {
    times.map {
      SampleRecord(kind: "rtt", source: from, target: to, value: $0, unit: "ms", time: 7)
    }
  }

  @Test func commonCellsAreCompared() throws {
    let one = RecordedRun(
      record: Self.record("a"),
      starts: Self.experiment([
        Self.cell(nil, 4, [2, 2.1, 2.2]), Self.cell(300, 4, [3, 3.1]), Self.cell(500, 4, [5, 5]),
      ]))
    let other = RecordedRun(
      record: Self.record("b", version: "0.2.0"),
      starts: Self.experiment(
        [
          Self.cell(300, 4, [4, 4.1], unfinished: 1), Self.cell(nil, 4, []),
          Self.cell(500, 20, [1]),
        ],
        kubernetes: "v1.34.2", kernel: "6.18"))
    let comparison = RunComparison(one, other)
    #expect(comparison.cells.map(\.rttMilliseconds) == [nil, 300])
    // A cell without a finished run has no mean.
    #expect(comparison.cells[0].difference == nil)
    #expect(comparison.cells[1].difference?.difference == 1)
    #expect(comparison.cells[1].unfinished == [0, 1])
    #expect(comparison.cells[1].difference?.verdict == .greater)
    #expect(comparison.paths.isEmpty && !comparison.isEmpty)
    #expect(
      comparison.circumstances == [
        .init(name: "planetbed", first: "0.1.0", second: "0.2.0"),
        .init(name: "Kubernetes", first: "v1.20.2", second: "v1.34.2"),
        .init(name: "node01: kernel", first: "6.1", second: "6.18"),
      ])
  }

  @Test func commonPathsAreCompared() throws {
    let one = RecordedRun(
      record: Self.record("a"),
      roundTrips: Self.samples("x", "y", [1, 1.2]) + Self.samples("y", "x", [1, 1])
        + Self.samples("x", "y", [1.1]))
    #expect(one.paths.map(\.milliseconds) == [[1, 1.2, 1.1], [1, 1]])
    #expect(one.pathsMeasured == 7 && one.hasMeasurements)
    let other = RecordedRun(
      record: Self.record("b"),
      roundTrips: Self.samples("y", "x", [300, 301]) + Self.samples("x", "z", [1]))
    let comparison = RunComparison(one, other)
    #expect(comparison.paths.count == 1)
    #expect(comparison.paths[0].from == "y" && comparison.paths[0].to == "x")
    #expect(comparison.paths[0].difference?.difference == 299.5)
    #expect(comparison.circumstances.isEmpty)
  }

  @Test func runsThatMeasuredNothingHaveNothingInCommon() {
    let nothing = RecordedRun(record: Self.record("a"))
    #expect(!nothing.hasMeasurements && nothing.pathsMeasured == nil)
    #expect(RunComparison(nothing, nothing).isEmpty)
  }
}
