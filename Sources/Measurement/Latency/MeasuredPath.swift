import Inventories
import LatencyInjection
import Stages

/// A path as it is asked to be and as it was measured from one of its ends.
package struct MeasuredPath: Sendable, Hashable {
  /// What is to be said of it.
  package enum Verdict: Sendable, Hashable {
    /// It is as it is asked to be.
    case asAsked
    /// It is not; why, the findings first and then what may have caused them.
    case off([DelayFault])
    /// Nothing is asked of it.
    case notAsked
    /// It cannot be said; why.
    case notJudged(String)
  }

  /// The site that probes.
  package var from: String
  /// The site that answers.
  package var to: String
  /// What the inventory asks, and why; nil for nothing.
  package var asked: AskedPath?
  /// The lane of the site that probes.
  package var there: LaneState
  /// The lane of the site that answers.
  package var back: LaneState
  /// What is to be expected by what is in force.
  package var expectation: PathExpectation
  /// What came of the probes; nil when the router could not be asked to send any.
  package var statistics: RoundTripStatistics?
  /// What is to be said of it.
  package var verdict: Verdict
  /// What else there is to know: what is not judged, why the expected mean is not the one asked for.
  package var notes: [String]

  /// By whose will the path is as it is: an experiment's when it has one of the two lanes.
  package var source: DelaySource { there.source == .inventory ? back.source : there.source }

  /// The natural round trip in milliseconds; nil when no router knows it.
  package var natural: Double? { there.natural ?? back.natural }

  /// Whether the mean is too long for the sake of a few times alone, though none is asked to vary.
  var hasFewLong: Bool {
    guard expectation.spread.standardDeviation == 0, let expected = expectation.mean,
      let mean = statistics?.mean, let median = statistics?.median
    else { return false }
    let tolerance = PathExpectation.tolerance(of: expectation.asked ?? expected)
    return mean > expected + tolerance && abs(median - expected) <= tolerance
  }

  /// The natural round trip as the routers know it, and the one with which the measured mean would be
  /// right, when they are further apart than is allowed for; both in milliseconds. Nil also where the
  /// delays are not totals, of which the natural one is a part, or where nothing is in force.
  var changedNatural: (known: Double, fitting: Double)? {
    guard let near = there.natural, let far = back.natural, let expected = expectation.mean,
      let measured = statistics?.mean,
      [there, back].allSatisfy({ state in
        guard case .total(let all) = state.conditions?.delay else { return false }
        return state.report?.queue.ownership == .ours && all * 2 > (state.natural ?? 0)
          && !(state.source == .inventory && state.isOutdated)
      })
    else { return nil }
    let known = (near + far) / 2
    let fitting = known + measured - expected
    let isOff =
      abs(measured - expected) > PathExpectation.tolerance(of: expectation.asked ?? expected)
    return isOff && fitting >= 0 ? (known, fitting) : nil
  }

  /// How many packets the lane of the probing site has thrown away; nil when it is not known.
  package var drops: Int? { there.report?.queue.dropped }

  /// Whether it is off.
  package var isOff: Bool {
    if case .off = verdict { return true }
    return false
  }

  /// Whether it is as it is asked to be; nil when that cannot be said, or nothing is asked.
  package var isWithin: Bool? {
    switch verdict {
    case .asAsked: true
    case .off: false
    case .notAsked, .notJudged: nil
    }
  }

  /// Why it is off, in words.
  package var reasons: [String] {
    guard case .off(let faults) = verdict else { return [] }
    return faults.map(\.text)
  }
}
