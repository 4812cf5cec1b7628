/// What a series of values comes to.
package struct SampleSummary: Sendable, Hashable, Codable {
  /// How many values there are, at least one.
  package let count: Int
  /// Their arithmetic mean.
  package let mean: Double
  /// The value that half of them do not exceed.
  package let median: Double
  /// The standard deviation of what they are a sample of (the sum of squares divided by `count` − 1);
  /// 0 for a single value.
  package let standardDeviation: Double
  /// The smallest.
  package let minimum: Double
  /// The greatest.
  package let maximum: Double
  /// A quarter of them does not exceed it.
  package let lowerQuartile: Double
  /// Three quarters of them do not exceed it.
  package let upperQuartile: Double

  /// What the values come to; nil when there are none, or one is not a number.
  package init?(_ values: [Double]) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    let sorted = values.sorted()
    let count = values.count
    let mean = values.reduce(0, +) / Double(count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.count = count
    self.mean = mean
    median = Self.quantile(0.5, of: sorted)
    standardDeviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
    minimum = sorted[0]
    maximum = sorted[count - 1]
    lowerQuartile = Self.quantile(0.25, of: sorted)
    upperQuartile = Self.quantile(0.75, of: sorted)
  }

  /// A quantile of sorted values, between neighbours in proportion: type 7 of Hyndman and Fan,
  /// "Sample Quantiles in Statistical Packages" (1996), which R and NumPy take unless told otherwise.
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
