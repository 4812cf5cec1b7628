import Diagnostics
import Foundation
import Measurement
import Reporting
import TestSupport
import Testing

/// Container start times as text and as JSON, compared with the files in Snapshots/.
@Suite struct MeasureViewTests {
  private func expect(_ text: String, _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(
      of: text, from: folder.appending(path: name + ".txt").path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test(arguments: [100, 80, 60, 40]) func tables(_ columns: Int) throws {
    let layout = TextLayout(columns: columns)
    let view = MeasureView(StartSamples.asTheSeed)
    try expect(view.text(layout), "measure-\(columns)")
    #expect(view.diagnostics.isEmpty)
    if columns >= 60 {
      for line in view.text(layout).split(separator: "\n") {
        #expect(TextWidth.of(line) <= columns)
      }
    }
  }

  @Test func troubles() throws {
    let view = MeasureView(StartSamples.troubled)
    try expect(
      view.text(TextLayout(columns: 80))
        + DiagnosticText(TextLayout(columns: 80)).text(of: view.diagnostics), "measure-troubled")
    try expect(view.text(TextLayout(columns: 80, usesColor: true)), "measure-troubled-colored")
  }

  @Test func anInterruptLeavesWhatIsDone() throws {
    let view = MeasureView(StartSamples.interrupted, ending: .interrupted)
    try expect(view.text(TextLayout(columns: 80)), "measure-interrupted")
    let failed = MeasureView(
      StartSamples.interrupted, ending: .failed,
      problems: [Diagnostic(.error, "master01 is gone", host: "master01")])
    #expect(failed.text(TextLayout()).contains("\nFailed: 4 of 12 runs are done; go on with:\n"))
    #expect(failed.diagnostics.map(\.summary) == ["master01 is gone"])
  }

  @Test func manyNumbersMakeSeveralTables() throws {
    let cells = (1...12).map { StartSamples.cell(100, $0 * 11, [Double($0)]) }
    let view = MeasureView(StartSamples.experiment(cells, runs: 1))
    try expect(view.text(TextLayout(columns: 70)), "measure-many")
  }

  @Test func oneThatHasNoCellsYet() {
    let view = MeasureView(StartSamples.experiment([]), ending: .interrupted)
    #expect(view.text(TextLayout()).contains("Interrupted: 0 of 0 runs are done"))
  }

  @Test func forPrograms() throws {
    try expect(
      MeasureView(StartSamples.troubled).json.pretty + "\n", "measure.json")
  }
}
