import Foundation
import Inventories
import Testing

@testable import Measurement

/// Against published tables, and against what iproute2's tables give.
@Suite struct LatencyStatisticsTests {
  private func isNear(_ left: Double, _ right: Double, _ tolerance: Double) -> Bool {
    abs(left - right) <= tolerance
  }

  /// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1 and 1.3.6.7.4.
  @Test func quantilesAreThoseOfTheTables() {
    #expect(isNear(Quantile.normal(0.975), 1.959964, 1e-6))
    #expect(isNear(Quantile.normal(0.9995), 3.290527, 1e-6))
    for (probability, degrees, value) in [
      (0.90, 1.0, 2.706), (0.95, 10, 18.307), (0.999, 10, 29.588), (0.999, 100, 149.449),
      (0.001, 10, 1.479), (0.05, 100, 77.929), (0.01, 30, 14.953),
    ] {
      #expect(isNear(Quantile.chiSquare(probability, degrees: degrees), value, 6e-4))
    }
  }

  /// The exact limits of 95 % that are printed in textbooks: none of ten, ten of a hundred (Zar,
  /// Biostatistical Analysis), and the symmetric case.
  @Test func sharesLieWhereClopperAndPearsonHaveThem() throws {
    let none = try #require(ConfidenceInterval.share(0, of: 10, confidence: 0.95))
    #expect(none.lowerBound == 0 && isNear(none.upperBound, 0.308497, 1e-6))
    let ten = try #require(ConfidenceInterval.share(10, of: 100, confidence: 0.95))
    #expect(isNear(ten.lowerBound, 0.049005, 1e-5) && isNear(ten.upperBound, 0.176223, 1e-5))
    let all = try #require(ConfidenceInterval.share(10, of: 10, confidence: 0.95))
    #expect(all.upperBound == 1 && isNear(all.lowerBound, 1 - none.upperBound, 1e-9))
    #expect(ConfidenceInterval.share(1, of: 0, confidence: 0.95) == nil)
    #expect(ConfidenceInterval.share(3, of: 2, confidence: 0.95) == nil)
  }

  @Test func deviationsOfSamplesSpreadAsChiSquareSays() throws {
    let bell = try #require(
      ConfidenceInterval.standardDeviation(
        expected: 10, count: 101, kurtosis: 3, confidence: 0.998))
    // √(χ²/100), of the table's 61.918 (lower 0.001) and 149.449.
    #expect(isNear(bell.lowerBound, 7.8688, 1e-3) && isNear(bell.upperBound, 12.2250, 1e-3))
    // A long tail makes the deviation of a sample less certain, a flat spread more.
    let tail = try #require(
      ConfidenceInterval.standardDeviation(
        expected: 10, count: 101, kurtosis: 11, confidence: 0.998))
    let flat = try #require(
      ConfidenceInterval.standardDeviation(
        expected: 10, count: 101, kurtosis: 1.8, confidence: 0.998))
    #expect(tail.upperBound > bell.upperBound && tail.lowerBound < bell.lowerBound)
    #expect(flat.upperBound < bell.upperBound && flat.lowerBound > bell.lowerBound)
    #expect(
      ConfidenceInterval.standardDeviation(expected: 0, count: 9, kurtosis: 3, confidence: 0.9)
        == nil)
  }

  /// The moments of /usr/lib/tc/*.dist of iproute2 6.1, in terms of the jitter.
  @Test(arguments: [
    (Jitter.Distribution.normal, 0.0, 1.0, 3.0), (.uniform, 0, 1 / 3.0.squareRoot(), 1.8),
    (.pareto, -0.0335, 0.8197, 11.37), (.paretonormal, -0.0253, 0.8339, 7.85),
  ])
  func delaysSpreadAsTheTablesHaveThem(
    _ distribution: Jitter.Distribution, mean: Double, deviation: Double, kurtosis: Double
  ) {
    let spread = DelaySpread(delay: 100, jitter: 10, distribution: distribution)
    #expect(isNear(spread.mean, 100 + 10 * mean, 0.02))
    #expect(isNear(spread.standardDeviation, 10 * deviation, 0.02))
    #expect(isNear(spread.kurtosis, kurtosis, 0.1))
    #expect(spread.shareAtZero == 0)
  }

  @Test func noDelayIsBelowZero() {
    // E[max(0, X)] of a bell curve around 0 is σ/√(2π), its variance σ²(1/2 − 1/(2π)).
    let half = DelaySpread(delay: 0, jitter: 10, distribution: .normal)
    #expect(isNear(half.mean, 3.989, 0.01))
    #expect(isNear(half.standardDeviation, 5.838, 0.01))
    #expect(isNear(half.shareAtZero, 0.5, 0.001))
    // Of uniform delays from −5 to 15, a quarter is 0: the mean is 15²/40.
    let quarter = DelaySpread(delay: 5, jitter: 10, distribution: .uniform)
    #expect(isNear(quarter.mean, 5.625, 0.01) && isNear(quarter.shareAtZero, 0.25, 0.001))
  }

  @Test func twoWaysAddUp() {
    let way = DelaySpread(delay: 50, jitter: 10, distribution: .uniform)
    let both = way.adding(way)
    #expect(both.mean == 2 * way.mean)
    #expect(isNear(both.variance, 2 * way.variance, 1e-9))
    // The sum of two flat spreads is a triangle, whose kurtosis is 2.4.
    #expect(isNear(both.kurtosis, 2.4, 0.01))
    let skipped = DelaySpread(constant: 100).skipped(share: 0.25)
    #expect(isNear(skipped.mean, 75, 1e-9))
    #expect(isNear(skipped.standardDeviation, 100 * (0.25 * 0.75).squareRoot(), 1e-9))
    #expect(isNear(skipped.kurtosis, (1 - 3 * 0.1875) / 0.1875, 1e-6))
    #expect(DelaySpread(constant: 3).kurtosis == 3)
  }

  private func way(
    _ delay: OneWayConditions.Delay?, jitter: Double = 0, loss: Double = 0, duplicate: Double = 0,
    reorder: Double = 0, corrupt: Double = 0, rate: Double? = nil
  ) -> OneWayConditions {
    OneWayConditions(
      delay: delay, jitterMilliseconds: jitter, loss: loss, duplicate: duplicate, reorder: reorder,
      corrupt: corrupt, rateBitsPerSecond: rate)
  }

  @Test func whatIsToBeExpected() {
    func expected(
      _ there: OneWayConditions?, _ back: OneWayConditions?, natural: Double? = 2
    ) -> PathExpectation {
      PathExpectation(there: there, back: back, naturalThere: natural, naturalBack: natural)
    }
    #expect(expected(nil, nil).isAsked == false)
    #expect(expected(nil, nil).asked == nil)
    let total = expected(way(.total(milliseconds: 50)), way(.total(milliseconds: 50)))
    #expect(total.asked == 100 && total.mean == 100 && total.causes.isEmpty)
    let added = expected(way(.added(milliseconds: 50)), way(.added(milliseconds: 50)))
    #expect(added.asked == 102 && added.mean == 102)
    #expect(
      expected(way(.added(milliseconds: 50)), way(.added(milliseconds: 50)), natural: nil).mean
        == nil)
    // One way alone: the other has its share of the natural delay.
    #expect(expected(way(.total(milliseconds: 50)), nil).mean == 51)
    // The natural delay is larger: what is asked stays what is asked.
    let small = expected(way(.total(milliseconds: 0.5)), way(.total(milliseconds: 0.5)))
    #expect(small.asked == 1 && small.mean == 1)
    // 84 bytes at 64 kbit/s take 10.5 ms each way.
    let slow = expected(
      way(.total(milliseconds: 50), rate: 64_000), way(.total(milliseconds: 50), rate: 64_000))
    #expect(slow.mean == 121 && slow.rate == 64_000)
    let reordered = expected(
      way(.total(milliseconds: 51), reorder: 0.5), way(.total(milliseconds: 51)))
    #expect(reordered.mean == 77)
  }

  @Test func whatOfRoundTripsIsLost() {
    func loss(_ there: OneWayConditions, _ back: OneWayConditions) -> Double {
      PathExpectation(there: there, back: back, naturalThere: 1, naturalBack: 1).loss
    }
    #expect(isNear(loss(way(nil, loss: 0.1), way(nil, loss: 0.1)), 0.19, 1e-12))
    #expect(isNear(loss(way(nil, corrupt: 0.1), way(nil)), 0.1, 1e-12))
    #expect(loss(way(nil, loss: 1), way(nil)) == 1)
    // A duplicate takes the place of a packet that would have been lost.
    #expect(isNear(loss(way(nil, loss: 0.1, duplicate: 0.5), way(nil)), 0.05, 1e-12))
    #expect(isNear(loss(way(nil, duplicate: 1), way(nil, loss: 0.1)), 0.01, 1e-12))
  }

  @Test func asManyProbesAsItTakes() {
    func plan(_ way: OneWayConditions, lanes: Int = 2) -> ProbePlan {
      ProbePlan(
        PathExpectation(there: way, back: way, naturalThere: 1, naturalBack: 1), lanes: lanes,
        confidence: 0.999)
    }
    let steady = plan(way(.total(milliseconds: 50)))
    #expect(steady.count == 20 && steady.intervalMilliseconds == 100 && steady.patience == 3)
    // σ = 10 ms of 100: 3.29·10/√n ≤ 3 takes 120, and a fifth more.
    let jitter = plan(way(.total(milliseconds: 50), jitter: 10 / 2.0.squareRoot()))
    #expect((140...150).contains(jitter.count))
    #expect(Double(jitter.count * jitter.intervalMilliseconds) <= 10_000)
    // Never longer than ten seconds, whatever is asked.
    let wild = plan(way(.total(milliseconds: 50), jitter: 40, loss: 0.0001))
    #expect(wild.count == 500 && wild.intervalMilliseconds == 20)
    // A tenth of 64 kbit/s is a probe in 105 ms.
    let slow = plan(way(.total(milliseconds: 50), loss: 0.0001, rate: 64_000))
    #expect(slow.intervalMilliseconds == 105 && slow.count == 95)
    // Where a rate keeps packets in order, none waits behind another.
    let ordered = plan(way(.total(milliseconds: 50), jitter: 7, rate: 1e8))
    #expect(ordered.intervalMilliseconds >= 42)
    // A router with many lanes sends a thousand in a second at most.
    #expect(plan(way(.total(milliseconds: 50), jitter: 40), lanes: 100).intervalMilliseconds == 100)
    #expect(plan(way(nil, loss: 1)).count == 20)
  }
}
