import Testing

@testable import Measurement

/// Against SciPy 1.17: `stats.ttest_ind(b, a, equal_var=False)` and `stats.t.ppf`.
@Suite struct MeanDifferenceTests {
  private static let before = [
    27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4,
  ]
  private static let after = [
    27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.2,
  ]

  private func expect(_ value: Double?, _ known: Double) throws {
    let value = try #require(value)
    #expect(abs(value - known) <= 1e-8 * max(1, abs(known)), "\(value), not \(known)")
  }

  @Test(arguments: [
    (0.95, 1, 12.706204736174694), (0.99, 1, 63.656741162871526), (0.95, 1.5, 6.016663104427929),
    (0.95, 2, 4.302652729749462), (0.99, 5, 4.032142983555228), (0.95, 10, 2.228138851986274),
    (0.95, 30, 2.0422724563012378), (0.95, 1e6, 1.959966356814107), (0, 7, 0),
  ]) func quantilesOfStudentsDistribution(probability: Double, degrees: Double, known: Double)
    throws
  {
    try expect(Quantile.student(within: probability, degrees: degrees), known)
  }

  @Test func aDifferenceThatIsSure() throws {
    let found = try #require(MeanDifference(from: Self.before, to: Self.after))
    try expect(found.difference, 2.82)
    try expect(found.degreesOfFreedom, 27.882509841787968)
    try expect(found.interval?.lowerBound, 0.7865788039175592)
    try expect(found.interval?.upperBound, 4.853421196082442)
    #expect(found.verdict == .greater)
    #expect(MeanDifference(from: Self.after, to: Self.before)?.verdict == .smaller)
  }

  @Test func aDifferenceThatMayBeChance() throws {
    let series = ([24.9, 25.1, 24.2, 25.5, 24.8], [25.5, 26.9, 25.0, 27.7])
    let found = try #require(MeanDifference(from: series.0, to: series.1))
    try expect(found.degreesOfFreedom, 3.7001847388890994)
    try expect(found.interval?.lowerBound, -0.5103221802763986)
    try expect(found.interval?.upperBound, 3.2603221802764057)
    #expect(found.verdict == .none)
    let surer = try #require(MeanDifference(from: series.0, to: series.1, confidence: 0.99))
    try expect(surer.interval?.lowerBound, -1.8263586970348267)
    try expect(surer.interval?.upperBound, 4.576358697034834)
  }

  @Test func withoutSpreadTheIntervalIsThePoint() throws {
    let found = try #require(MeanDifference(from: [2, 2], to: [3, 3, 3]))
    #expect(found.interval == 1...1 && found.degreesOfFreedom == nil && found.verdict == .greater)
    #expect(MeanDifference(from: [2, 2], to: [2, 2])?.verdict == MeanDifference.Verdict.none)
  }

  @Test func verySmallSpreadsDoNotVanish() throws {
    let found = try #require(MeanDifference(from: [0, 1e-100], to: [0, 2e-100, 4e-100]))
    #expect(found.degreesOfFreedom?.isFinite == true && found.interval != nil)
  }

  @Test func ofASingleValueNothingIsKnown() throws {
    let found = try #require(MeanDifference(from: [2], to: [3, 4]))
    #expect(found.interval == nil && found.verdict == .unknown && found.difference == 1.5)
    #expect(MeanDifference(from: [], to: [1]) == nil)
    #expect(MeanDifference(from: [1], to: [.nan]) == nil)
  }
}
