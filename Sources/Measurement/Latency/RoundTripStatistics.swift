import Foundation

/// What came of the probes of a path from one site.
package struct RoundTripStatistics: Sendable, Hashable {
  /// How many probes were sent.
  package var sent: Int
  /// How many were answered; an answer that came twice counts once.
  package var received: Int
  /// How many answers came a second time.
  package var duplicates: Int
  /// The round-trip times in milliseconds, in the order of the answers, as exact as ping tells them.
  package var times: [Double]
  /// ping's own mean in milliseconds, which is more exact; nil where it told none, or where answers
  /// that came twice are in it.
  package var exactMean: Double?

  /// What came of the probes.
  package init(
    sent: Int, received: Int, duplicates: Int = 0, times: [Double], exactMean: Double? = nil
  ) {
    self.sent = sent
    self.received = received
    self.duplicates = duplicates
    self.times = times
    self.exactMean = exactMean
  }

  /// The mean in milliseconds; nil without an answer.
  package var mean: Double? {
    exactMean ?? (times.isEmpty ? nil : times.reduce(0, +) / Double(times.count))
  }

  /// The time that half of the answers took less than, in milliseconds; nil without an answer.
  package var median: Double? {
    guard !times.isEmpty else { return nil }
    let sorted = times.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// The standard deviation of a sample in milliseconds; nil with fewer than two answers.
  package var standardDeviation: Double? {
    guard times.count > 1 else { return nil }
    let mean = times.reduce(0, +) / Double(times.count)
    let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(times.count - 1)).squareRoot()
  }

  /// The share of probes without an answer; nil when none was sent.
  package var loss: Double? {
    sent > 0 ? 1 - Double(min(received, sent)) / Double(sent) : nil
  }
}

/// Where a quantity lies as far as a sample tells.
package enum ConfidenceInterval {
  /// In which a sample's standard deviation lies with the given probability, when that of all is
  /// `expected`: by the chi-square distribution, whose degrees of freedom follow from the kurtosis
  /// (var s² = σ⁴ (κ − 1) / n; for the bell curve these are the n − 1 of the textbooks).
  package static func standardDeviation(
    expected: Double, count: Int, kurtosis: Double, confidence: Double
  ) -> ClosedRange<Double>? {
    guard count > 1, expected > 0 else { return nil }
    let degrees = 2 * Double(count - 1) / (kurtosis - 1)
    let outside = (1 - confidence) / 2
    let low = Quantile.chiSquare(outside, degrees: degrees)
    let high = Quantile.chiSquare(1 - outside, degrees: degrees)
    return expected * (low / degrees).squareRoot()...expected * (high / degrees).squareRoot()
  }

  /// In which the share lies of which `count` of `trials` were seen: Clopper and Pearson's interval
  /// (Biometrika 26, 1934), which is never too narrow.
  package static func share(
    _ count: Int, of trials: Int, confidence: Double
  ) -> ClosedRange<Double>? {
    guard trials > 0, (0...trials).contains(count) else { return nil }
    let outside = (1 - confidence) / 2
    let (seen, rest) = (Double(count), Double(trials - count))
    let low = count == 0 ? 0 : Quantile.beta(outside, seen, rest + 1)
    let high = count == trials ? 1 : Quantile.beta(1 - outside, seen + 1, rest)
    return min(low, high)...max(low, high)
  }
}
