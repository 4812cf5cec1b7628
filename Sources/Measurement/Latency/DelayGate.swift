import Foundation
import Inventories
import LatencyInjection
import Stages

/// Judges what was measured of a path.
///
/// The mean is within max(2 ms, 3 %) of what is asked. What is left to chance, jitter and loss, is
/// within its confidence interval.
package struct DelayGate: Sendable, Hashable {
  /// How likely a path that is as asked is found so.
  package var confidence: Double

  /// As many answers at least tell something of the mean.
  static let leastAnswers = 3
  /// A loss that nobody asked for: paths of the Internet lose a packet now and then.
  static let naturalLoss = 0.01

  /// The gate for so many paths together: in 999 of 1000 measurements of a testbed that is as it is
  /// asked to be, none of its paths is found to be off by chance (Bonferroni).
  package init(paths: Int) { confidence = 1 - 0.001 / Double(max(1, paths)) }

  /// What is to be said of a path.
  /// - Parameters:
  ///   - isSteady: whether the same was in force before and after the probes.
  ///   - complaint: what ping complained of.
  package func judge(
    _ path: inout MeasuredPath, isSteady: Bool, complaint: String = ""
  ) {
    path.notes = notes(of: path.expectation)
    guard path.expectation.isAsked || path.asked != nil else {
      path.verdict = .notAsked
      return
    }
    guard let statistics = path.statistics else {
      path.verdict = .notJudged("\(path.there.lane.router) could not be asked")
      return
    }
    guard isSteady else {
      path.verdict = .notJudged("it changed while it was measured")
      return
    }
    let findings = findings(of: path.expectation, statistics, complaint, &path.notes)
    let causes = causes(of: path)
    // What the inventory asks now and no router knows is off, whatever the times are by chance.
    let isUntold = causes.contains {
      switch $0 {
      case .outdated, .unknownLane, .notInstalled, .foreign, .moduleMissing: true
      default: false
      }
    }
    path.verdict = findings.isEmpty && !isUntold ? .asAsked : .off(findings + causes)
  }

  /// What was found to be off.
  private func findings(
    of expectation: PathExpectation, _ statistics: RoundTripStatistics, _ complaint: String,
    _ notes: inout [String]
  ) -> [DelayFault] {
    let (received, sent) = (statistics.received, statistics.sent)
    if expectation.isCut {
      return received == 0 ? [] : [.notCut(received: received, sent: sent)]
    }
    if received == 0 { return [.noAnswer(complaint: complaint)] }
    var findings: [DelayFault] = []
    if let loss = statistics.loss,
      let seen = ConfidenceInterval.share(sent - received, of: sent, confidence: confidence)
    {
      let most = 1 - (1 - expectation.loss) * (1 - Self.naturalLoss)
      if seen.lowerBound > most || seen.upperBound < expectation.loss {
        findings.append(.loss(measured: loss, expected: expectation.loss, sent: sent))
      }
    }
    guard received >= Self.leastAnswers, let mean = statistics.mean else {
      return findings + [.fewAnswers(received: received, sent: sent)]
    }
    if let expected = expectation.mean {
      findings += meanFinding(mean, expected, received, expectation, &notes)
    } else {
      notes.append("the mean is not judged: the natural delay, to which it adds, is not known")
    }
    if let fault = jitterFinding(statistics, expectation, &notes) { findings.append(fault) }
    return findings
  }

  private func meanFinding(
    _ mean: Double, _ expected: Double, _ received: Int, _ expectation: PathExpectation,
    _ notes: inout [String]
  ) -> [DelayFault] {
    var tolerance = PathExpectation.tolerance(of: expectation.asked ?? expected)
    let dependent = min(expectation.correlation, 0.9)
    let deviation =
      expectation.spread.standardDeviation * ((1 + dependent) / (1 - dependent)).squareRoot()
    let z = Quantile.normal(1 - (1 - confidence) / 2)
    let uncertainty = z * deviation / Double(received).squareRoot()
    if uncertainty > tolerance {
      notes.append(
        "from \(received) probes the mean is known to \(DelayText.milliseconds(uncertainty)) only, "
          + "since the times vary so much; that much is allowed")
      tolerance = uncertainty
    }
    if abs(mean - expected) <= tolerance { return [] }
    return [.mean(measured: mean, expected: expected, tolerance: tolerance)]
  }

  private func jitterFinding(
    _ statistics: RoundTripStatistics, _ expectation: PathExpectation, _ notes: inout [String]
  ) -> DelayFault? {
    let expected = expectation.spread.standardDeviation
    guard expected > 0, let measured = statistics.standardDeviation else { return nil }
    if expectation.correlation > 0 {
      notes.append(
        "the jitter is not judged: netem says nothing of how far correlated delays spread")
      return nil
    }
    guard
      let interval = ConfidenceInterval.standardDeviation(
        expected: expected, count: statistics.received, kurtosis: expectation.spread.kurtosis,
        confidence: confidence)
    else { return nil }
    // What the path varies by itself adds to the variance, and is allowed for as far as for the mean.
    let own = PathExpectation.tolerance(of: expectation.asked ?? 0)
    let most = (interval.upperBound * interval.upperBound + own * own).squareRoot()
    let allowed = interval.lowerBound...most
    if allowed.contains(measured) { return nil }
    return .jitter(measured: measured, expected: expected, interval: allowed)
  }

  /// What may have caused it.
  private func causes(of path: MeasuredPath) -> [DelayFault] {
    var causes: [DelayFault] = []
    if let natural = path.natural, let asked = path.expectation.asked, natural > asked {
      causes.append(.naturalLarger(natural: natural, asked: asked))
    }
    if path.hasFewLong, let median = path.statistics?.median {
      causes.append(.fewLong(median: median))
    } else if let natural = path.changedNatural {
      causes.append(.naturalChanged(known: natural.known, fitting: natural.fitting))
    }
    for state in [path.there, path.back] {
      let (router, device) = (state.lane.router, state.lane.device)
      let wants = state.conditions.map { $0 != OneWayConditions() } ?? false
      guard let report = state.report else {
        if wants, state.isReached { causes.append(.unknownLane(router: router)) }
        continue
      }
      if state.source == .inventory, state.isOutdated { causes.append(.outdated(router: router)) }
      switch report.queue.ownership {
      case .foreign where wants:
        causes.append(.foreign(router: router, device: device, line: report.queue.line))
      case .absent where wants && !state.hasModule: causes.append(.moduleMissing(router: router))
      case .absent where wants: causes.append(.notInstalled(router: router, device: device))
      case .ours where report.queue.dropped > Self.expectedDrops(state):
        causes.append(
          .dropped(router: router, device: device, packets: report.queue.dropped))
      default: break
      }
    }
    return causes
  }

  /// As many packets the lane's loss may have thrown away: its own drops are counted with those of a
  /// full queue.
  private static func expectedDrops(_ state: LaneState) -> Int {
    guard let queue = state.report?.queue, let loss = state.conditions?.loss, loss > 0 else {
      return 0
    }
    let packets = Double(queue.sent + queue.dropped)
    return Int(packets * loss + 5 * (packets * loss).squareRoot()) + 5
  }

  /// Why the expected mean is not the one that is asked for, where that is worth a word.
  private func notes(of expectation: PathExpectation) -> [String] {
    guard let asked = expectation.asked, let mean = expectation.mean else { return [] }
    return expectation.causes.compactMap { cause in
      switch cause {
      case .rate(let shift):
        guard shift > 0.5 else { return nil }
        return "\(DelayText.milliseconds(mean)) are expected in place of "
          + "\(DelayText.milliseconds(asked)): at the rate a probe takes "
          + "\(DelayText.milliseconds(shift)) itself"
      case .negativeDelays(let shift, let share):
        guard share > 0.005 else { return nil }
        return
          "the jitter is large for the delay: \(ConditionsText.percent((share * 1000).rounded() / 1000)) "
          + "of the packets would have to be early, and are not delayed at all, so that "
          + "\(DelayText.milliseconds(shift)) more are expected"
      case .reordered(let shift):
        return
          "packets that overtake are not delayed, so that \(DelayText.milliseconds(-shift)) less "
          + "are expected"
      }
    }
  }
}
