import Diagnostics
import Execution
import Experiments
import Inventories
import Measurement
import Report
import Reporting
import Stages

/// Brings together what a report tells: of the inventory, of a look at the testbed, and of the journal.
enum ReportMaking {
  /// What is known without a look: the sites, the tunnels that there are to be, and of the journal the
  /// delays that a run measured and an experiment.
  static func contents(
    of inventory: Inventory, starts: StartExperiment?, delaysOf run: RecordedRun?, made: Int64
  ) -> ReportContents {
    ReportContents(
      testbed: inventory.testbed.name, made: made, planetbed: programVersion,
      sites: inventory.sites.map { ReportContents.Site($0) },
      tunnels: TestbedStatus.tunnels(of: inventory).map {
        ReportContents.Tunnel(from: $0.site, to: $0.peer)
      }, delays: run.map { recorded($0, inventory) } ?? [], starts: starts)
  }

  /// The same with what a look saw.
  static func contents(
    of inventory: Inventory, starts: StartExperiment?, look: TestbedStatus.Look, made: Int64
  ) -> ReportContents {
    var contents = contents(of: inventory, starts: starts, delaysOf: nil, made: made)
    contents.tunnels = look.tunnels.map { tunnel in
      ReportContents.Tunnel(
        from: tunnel.from, to: tunnel.to,
        // Nothing can be said of one whose path is cut, as it is asked to be.
        isUp: tunnel.isCut ? nil : tunnel.milliseconds != nil,
        rttMilliseconds: tunnel.milliseconds)
    }
    contents.reachability = ReportContents.Reachability(
      hosts: look.reachability.hosts,
      milliseconds: look.reachability.rows.map { $0.map(milliseconds) })
    contents.delays = (look.delays?.paths ?? []).map { delay($0) }
    return contents
  }

  private static func milliseconds(_ cell: ReachabilityMatrix.Cell) -> Double? {
    switch cell {
    case .itself: 0
    case .reached(let milliseconds): milliseconds
    case .unreached, .cut, .unknown: nil
    }
  }

  /// A path as it was judged just now.
  static func delay(_ path: MeasuredPath) -> ReportContents.Delay {
    let expectation = path.expectation
    let verdict: ReportContents.Delay.Verdict
    var reasons = path.notes
    switch path.verdict {
    case .asAsked: verdict = .within
    case .off:
      verdict = .off
      reasons = path.reasons + reasons
    case .notAsked: verdict = .unjudged
    case .notJudged(let reason):
      verdict = .unjudged
      reasons.insert(reason, at: 0)
    }
    let asked = expectation.isAsked && !expectation.isCut ? expectation.asked : nil
    if path.statistics == nil, reasons.isEmpty { reasons = ["it was not measured"] }
    if expectation.isCut { reasons.insert("the path is asked to be cut", at: 0) }
    return ReportContents.Delay(
      from: path.from, to: path.to, askedMilliseconds: asked,
      toleranceMilliseconds: asked.map { PathExpectation.tolerance(of: $0) },
      baselineMilliseconds: path.natural, measuredMilliseconds: path.statistics?.mean,
      standardDeviation: path.statistics?.standardDeviation,
      samples: path.statistics?.received ?? 0, drops: path.drops ?? 0, verdict: verdict,
      reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
  }

  /// The paths as a run of the journal measured them; it keeps no judgement.
  private static func recorded(_ run: RecordedRun, _ inventory: Inventory)
    -> [ReportContents.Delay]
  {
    let time = run.pathsMeasured.map { OperatorClock.text($0) } ?? "at an unknown time"
    return run.paths.compactMap { path in
      guard let summary = SampleSummary(path.milliseconds) else { return nil }
      // What is added to the path's own delay is no total.
      let asked: Double? =
        switch inventory.askedPath(from: path.from, to: path.to)?.conditions.delay {
        case .total(let roundTrip): roundTrip
        case .oneWay(let from, let to): from + to
        case .added, nil: nil
        }
      return ReportContents.Delay(
        from: path.from, to: path.to, askedMilliseconds: asked,
        toleranceMilliseconds: asked.map { PathExpectation.tolerance(of: $0) },
        measuredMilliseconds: summary.mean,
        standardDeviation: summary.count > 1 ? summary.standardDeviation : nil,
        samples: summary.count,
        reason: "measured \(time) by the run \(run.record.name), of which no judgement is kept")
    }
  }
}
