import Diagnostics
import Execution
import Measurement

/// What gives the paths between masters and workers another delay for the time of an experiment.
package protocol DelaySwitching: Sendable {
  /// Notes what is there before anything is changed. Comes first, and once.
  /// - Parameters:
  ///   - delays: those that will be asked for; nil for the testbed's own.
  ///   - known: what an earlier part of the experiment had noted, and could not put back.
  /// - Throws: `Problem` when there is no path that could be delayed, or something else decides on it.
  func remember(_ delays: [Double?], known: HeldDelays?) async throws(Problem) -> HeldDelays

  /// What there is to be known of the delays' effect: workers that they do not concern.
  var remarks: [Diagnostic] { get }

  /// Gives the paths a round trip of so many milliseconds for some time, or, with nil, what was there
  /// before; then measures it.
  /// - Parameter seconds: how long it is needed; the routers keep it longer than that.
  /// - Throws: `Problem` when it cannot be put in force. One that is measured to be off is no failure.
  func change(to rttMilliseconds: Double?, for seconds: Double) async throws(Problem)
    -> DelayInForce

  /// Sees to it that the routers keep the present delay for so many seconds more.
  /// - Throws: `Problem` when that cannot be had.
  func keep(for seconds: Double) async throws(Problem)

  /// Looks at the paths again.
  /// - Returns: the packets that were dropped since the last look or the last change, and whether the
  ///   same is in force as then.
  /// - Throws: `Problem` when the routers cannot be asked.
  func look() async throws(Problem) -> (drops: Int, isSteady: Bool)

  /// Puts back what was there before, also after an interruption; nothing when nothing was changed.
  /// - Returns: what could not be put back.
  func restore() async -> [Diagnostic]
}

/// A delay that is in force, as it was measured.
package struct DelayInForce: Sendable {
  /// The mean of the round trips of the paths concerned, in milliseconds; nil when it was not measured.
  package var rttMilliseconds: Double?
  /// Whether every one of them is as it was asked to be; nil when nothing is asked, or it was not measured.
  package var isAsAsked: Bool?
  /// The paths, from both ends of each.
  package var paths: [MeasuredPath]
  /// What is to be said of them.
  package var diagnostics: [Diagnostic]

  /// A delay that is in force.
  package init(
    rttMilliseconds: Double? = nil, isAsAsked: Bool? = nil, paths: [MeasuredPath] = [],
    diagnostics: [Diagnostic] = []
  ) {
    self.rttMilliseconds = rttMilliseconds
    self.isAsAsked = isAsAsked
    self.paths = paths
    self.diagnostics = diagnostics
  }

  /// What was measured of paths; `asked` says whether a delay was asked for.
  package init(_ measured: MeasuredDelays, concerning pairs: DelayPairs, asked: Bool) {
    paths = measured.paths.filter { pairs.contains($0.from, $0.to) }
    let means = paths.compactMap(\.statistics?.mean)
    rttMilliseconds =
      means.isEmpty || means.count < paths.count
      ? nil : means.reduce(0, +) / Double(means.count)
    let verdicts = paths.map(\.isWithin)
    if verdicts.contains(false) {
      isAsAsked = false
    } else {
      isAsAsked = verdicts.isEmpty || verdicts.contains(nil) ? nil : true
    }
    diagnostics =
      MeasuredDelays(paths: paths, problems: measured.problems, time: measured.time)
      .diagnostics
    if asked, isAsAsked == nil {
      let reasons = paths.compactMap { path -> String? in
        guard case .notJudged(let reason) = path.verdict else { return nil }
        return "\(path.from) → \(path.to): \(reason)"
      }
      diagnostics.append(
        Diagnostic(
          .warning, "it could not be judged whether the delay is as asked",
          detail: reasons.joined(separator: "\n")))
    }
  }
}
