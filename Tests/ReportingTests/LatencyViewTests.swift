import Diagnostics
import Foundation
import Inventories
import Measurement
import Reporting
import TestSupport
import Testing

/// Asked and measured delays as text and as JSON, compared with the files in Snapshots/.
@Suite struct LatencyViewTests {
  private func expect(_ text: String, _ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
    let difference = try Snapshot.difference(
      of: text, from: folder.appending(path: name + ".txt").path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test(arguments: [80, 60]) func tables(_ columns: Int) throws {
    let layout = TextLayout(columns: columns)
    try expect(LatencyView(DelaySamples.three()).text(layout), "latency-three-\(columns)")
    try expect(
      LatencyView(DelaySamples.experiments()).text(layout), "latency-experiments-\(columns)")
    try expect(LatencyView(DelaySamples.ten()).text(layout), "latency-ten-\(columns)")
  }

  @Test func whatIsToBeSaid() throws {
    let delays = try DelaySamples.three()
    #expect(!LatencyView(delays).isWell)
    let text = DiagnosticText(TextLayout(columns: 80)).text(of: LatencyView(delays).diagnostics)
    try expect(text, "latency-diagnostics")
    #expect(try LatencyView(DelaySamples.experiments()).isWell)
  }

  @Test(arguments: [80, 60]) func show(_ columns: Int) throws {
    let layout = TextLayout(columns: columns)
    try expect(LatencyShowView(DelaySamples.three()).text(layout), "latency-show-\(columns)")
    try expect(
      LatencyShowView(DelaySamples.experiments()).text(layout),
      "latency-show-experiments-\(columns)")
    #expect(
      try LatencyShowView(DelaySamples.ten()).text(layout)
        == LatencyView(DelaySamples.ten()).text(layout).dropFirst())
  }

  @Test func showForPrograms() throws {
    try expect(LatencyShowView(DelaySamples.three()).json.pretty + "\n", "latency-show.json")
  }

  @Test func conditionsInWords() {
    func text(_ conditions: PathConditions) -> String { ConditionsText.text(of: conditions) }
    #expect(text(PathConditions()) == "")
    #expect(text(PathConditions(delay: .total(roundTrip: 100))) == "100 ms")
    #expect(text(PathConditions(delay: .added(roundTrip: 0.25))) == "natural + 0.25 ms")
    #expect(
      text(PathConditions(delay: .oneWay(from: 80, to: 20), loss: 0.001))
        == "80 ms there, 20 ms back, loss 0.1 %")
    #expect(
      text(
        PathConditions(
          delay: .total(roundTrip: 60),
          jitter: Jitter(roundTripMilliseconds: 10, distribution: .pareto, correlation: 0.25),
          duplicate: 0.01, reorder: 0.02, corrupt: 0.03, rateBitsPerSecond: 1.5e6))
        == "60 ms ± 10 ms pareto correlated 25 %, duplicate 1 %, reorder 2 %, corrupt 3 %, 1.5 Mbit/s"
    )
    #expect(ConditionsText.rate(1e9) == "1 Gbit/s" && ConditionsText.rate(300) == "300 bit/s")
    #expect(ConditionsText.text(there: nil, back: nil) == "nothing")
    let way = OneWayConditions(delay: .total(milliseconds: 40))
    #expect(ConditionsText.text(there: way, back: way) == "80 ms")
    #expect(ConditionsText.text(there: way, back: nil) == "→ 40 ms; ← nothing")
  }
}
