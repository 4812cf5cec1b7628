import Testing

@testable import Measurement

/// Against values worked out by hand and by R (`quantile`, type 7; `sd`).
@Suite struct SampleSummaryTests {
  @Test func sumsUp() throws {
    let summary = try #require(SampleSummary([4, 1, 3, 2, 10]))
    #expect(summary.count == 5)
    #expect(summary.mean == 4)
    #expect(summary.median == 3)
    #expect(abs(summary.standardDeviation - 3.5355339059327378) < 1e-12)
    #expect(summary.minimum == 1 && summary.maximum == 10)
    #expect(summary.lowerQuartile == 2 && summary.upperQuartile == 4)
    let even = try #require(SampleSummary([1, 2, 3, 4]))
    #expect(even.median == 2.5)
    #expect(even.lowerQuartile == 1.75 && even.upperQuartile == 3.25)
  }

  @Test func ofOneValueNothingVaries() throws {
    let summary = try #require(SampleSummary([7]))
    #expect(summary.standardDeviation == 0 && summary.median == 7 && summary.upperQuartile == 7)
  }

  @Test func ofNothingThereIsNone() {
    #expect(SampleSummary([]) == nil)
    #expect(SampleSummary([1, .nan]) == nil)
    #expect(SampleSummary([.infinity]) == nil)
  }
}
