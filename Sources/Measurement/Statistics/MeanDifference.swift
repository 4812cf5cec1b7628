/// How much the means of two series of values differ, and how sure that is.
///
/// By the t test for unequal variances: B. L. Welch, "The generalization of 'Student's' problem when several
/// different population variances are involved" (Biometrika 34, 1947), with the degrees of freedom that are
/// called Welch and Satterthwaite's. It takes each value to be drawn by itself.
package struct MeanDifference: Sendable, Hashable {
  /// What can be said of the difference.
  package enum Verdict: String, Sendable, Hashable {
    /// The second mean is greater.
    case greater
    /// The second mean is smaller.
    case smaller
    /// Chance alone makes such differences: the interval has zero in it.
    case none
    /// One of the series has fewer than two values, so that nothing is known of its spread.
    case unknown
  }

  /// The first series.
  package let first: SampleSummary
  /// The second series.
  package let second: SampleSummary
  /// In which the difference lies with the confidence asked for; nil when a series has fewer than two values.
  package let interval: ClosedRange<Double>?
  /// Welch and Satterthwaite's degrees of freedom; nil without an interval, and where no value varies.
  package let degreesOfFreedom: Double?

  /// The second series' mean minus the first one's.
  package var difference: Double { second.mean - first.mean }

  /// How the means of two series differ; nil when one has no values, or one that is not a number.
  /// - Parameter confidence: with what probability the interval has the true difference in it, 0 to 1.
  package init?(from first: [Double], to second: [Double], confidence: Double = 0.95) {
    guard let one = SampleSummary(first), let other = SampleSummary(second) else { return nil }
    self.first = one
    self.second = other
    let difference = other.mean - one.mean
    guard one.count > 1, other.count > 1 else {
      interval = nil
      degreesOfFreedom = nil
      return
    }
    let shares = [one, other].map {
      $0.standardDeviation * $0.standardDeviation / Double($0.count)
    }
    let variance = shares[0] + shares[1]
    guard variance > 0 else {
      interval = difference...difference
      degreesOfFreedom = nil
      return
    }
    // Of shares of the whole, since the squares of very small variances would vanish.
    let parts = zip(shares, [one, other]).map { share, series in
      (share / variance) * (share / variance) / Double(series.count - 1)
    }
    let degrees = 1 / (parts[0] + parts[1])
    let reach = Quantile.student(within: confidence, degrees: degrees) * variance.squareRoot()
    interval = difference - reach...difference + reach
    degreesOfFreedom = degrees
  }

  /// What can be said of the difference.
  package var verdict: Verdict {
    guard let interval else { return .unknown }
    if interval.contains(0) { return .none }
    return difference > 0 ? .greater : .smaller
  }
}

extension Quantile {
  /// How far from zero a variable of Student's distribution stays with this probability, on both sides:
  /// 1.96 for 0.95 and very many degrees of freedom.
  package static func student(within probability: Double, degrees: Double) -> Double {
    // t² / (degrees + t²) is of the beta distribution (Abramowitz and Stegun, 26.7.1 and 26.5.27).
    let share = beta(probability, 0.5, degrees / 2)
    return (degrees * share / (1 - share)).squareRoot()
  }
}
