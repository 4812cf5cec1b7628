import Foundation
import Measurement
import Reporting
import TestSupport
import Testing

/// The small plot of container start times, at several widths.
@Suite struct StartPlotTests {
  /// Made-up times; nothing here was measured.
  private static let experiment: StartExperiment = {
    func cell(_ rtt: Double?, _ containers: Int, _ seconds: [Double], unfinished: Int = 0)
      -> StartCell
    {
      let runs = (seconds + Array(repeating: 600, count: unfinished)).enumerated().map {
        StartRun(
          number: $0 + 1, begun: 0, seconds: $1, isComplete: $0 < seconds.count, containers: [])
      }
      return StartCell(rttMilliseconds: rtt, containers: containers, runs: runs)
    }
    return StartExperiment(
      run: "test-data", testbed: "test-data", begun: 0, seconds: 1,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: "test-data.toml", inventoryDigest: "", kubernetes: "",
        image: "", seed: nil, runs: 3, deadlineSeconds: 600, mountsTokens: false,
        instrumentSeconds: nil, operatorLoad: [], machines: []),
      cells: [
        cell(100, 0, [0.03]), cell(nil, 4, [2.1, 2.2, 2.15]), cell(300, 4, [3.3, 3.1, 3.35]),
        cell(500, 4, [4.4]), cell(nil, 100, [11.7, 12.2, 12.6]),
        cell(300, 100, [17.3, 16.9], unfinished: 1), cell(500, 100, [], unfinished: 3),
      ])
  }()

  @Test func plots() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    for (name, columns, isASCII, isColored) in [
      ("starts-80", 80, false, false), ("starts-50", 50, false, false),
      ("starts-30", 30, false, false),
      ("starts-ascii", 80, true, false), ("starts-colored", 100, false, true),
    ] {
      let text = StartPlot(Self.experiment, isASCII: isASCII).text(
        TextLayout(columns: columns, usesColor: isColored))
      let difference = try Snapshot.difference(
        of: text, from: folder.appending(path: name + ".txt").path)
      #expect(difference == nil, "\(difference ?? "")")
      if isASCII { #expect(text.utf8.allSatisfy { $0 < 0x80 }) }
      if columns >= 50, !isColored {
        for line in text.split(separator: "\n") { #expect(line.count <= columns) }
      }
    }
  }

  @Test func nothingIsDrawnOfNothing() {
    var experiment = Self.experiment
    experiment.cells = []
    #expect(StartPlot(experiment).text(TextLayout()) == "")
  }
}
