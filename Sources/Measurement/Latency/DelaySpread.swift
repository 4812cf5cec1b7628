import Foundation
import Inventories

/// How netem's delays are spread around the one that it was told: by the tables of iproute2 (folder
/// netem/), of which it takes an entry at random for each packet (net/sched/sch_netem.c, `tabledist`).
///
/// The tables are not what their names promise: the pareto's standard deviation is 0.82 of the jitter,
/// since it is cut off at four times the jitter. So what is to be expected is reckoned from the tables,
/// and so is what becomes of delays that would be below zero: netem sends such packets at once.
package struct DelaySpread: Sendable, Hashable {
  /// The mean delay, in milliseconds.
  package var mean: Double
  /// The variance of the delay, in milliseconds².
  package var variance: Double
  /// The fourth central moment, in milliseconds⁴; the third does not matter.
  package var fourthMoment: Double
  /// The share of packets whose delay would have been below zero.
  package var shareAtZero: Double

  /// A delay that does not vary.
  package init(constant milliseconds: Double) {
    mean = milliseconds
    (variance, fourthMoment, shareAtZero) = (0, 0, 0)
  }

  /// A delay that varies: `jitter` as tc has it, both in milliseconds.
  package init(delay: Double, jitter: Double, distribution: Jitter.Distribution) {
    guard jitter > 0 else {
      self.init(constant: delay)
      return
    }
    let delays = Self.quantiles(of: distribution).map { delay + jitter * $0 }
    let negative = delays.count { $0 < 0 }
    self.init(of: delays.map { max(0, $0) })
    shareAtZero = Double(negative) / Double(delays.count)
  }

  /// Delays of which each is as likely as another.
  private init(of delays: [Double]) {
    let count = Double(delays.count)
    let mean = delays.reduce(0, +) / count
    self.mean = mean
    variance = delays.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    fourthMoment = delays.reduce(0) { $0 + pow($1 - mean, 4) } / count
    shareAtZero = 0
  }

  /// Both of two delays that do not depend on each other.
  package func adding(_ other: DelaySpread) -> DelaySpread {
    var sum = self
    sum.mean += other.mean
    sum.variance += other.variance
    sum.fourthMoment += other.fourthMoment + 6 * variance * other.variance
    sum.shareAtZero = max(shareAtZero, other.shareAtZero)
    return sum
  }

  /// This delay, but for a share of packets that has none.
  package func skipped(share: Double) -> DelaySpread {
    guard share > 0 else { return self }
    var mixed = self
    mixed.mean = mean * (1 - share)
    // E[X²] of the mixture, less the square of its mean.
    mixed.variance = (1 - share) * (variance + mean * mean) - mixed.mean * mixed.mean
    let (high, low) = (mean - mixed.mean, mixed.mean)
    mixed.fourthMoment =
      (1 - share) * (fourthMoment + 6 * variance * high * high + pow(high, 4))
      + share * pow(low, 4)
    return mixed
  }

  /// The standard deviation, in milliseconds.
  package var standardDeviation: Double { max(0, variance).squareRoot() }

  /// The fourth moment in terms of the variance: 3 for the bell curve; 3 too where nothing varies.
  package var kurtosis: Double {
    variance > 0 ? max(1.01, fourthMoment / (variance * variance)) : 3
  }

  /// As many entries as iproute2's tables have.
  private static let entries = 4096

  /// A table's entries, in terms of the jitter.
  private static func quantiles(of distribution: Jitter.Distribution) -> [Double] {
    switch distribution {
    case .normal: normal
    case .uniform: (0..<entries).map { 2 * (Double($0) + 0.5) / Double(entries) - 1 }
    case .pareto: pareto
    case .paretonormal: zip(normal, pareto).map { 0.25 * $0 + 0.75 * $1 }
    }
  }

  /// netem/normal.c
  private static let normal: [Double] = (0..<entries).map {
    Quantile.normal((Double($0) + 0.5) / Double(entries))
  }

  /// netem/pareto.c: u^(−1/3), of which 1.5 is the mean and ¾ the variance, cut off where 16 bits end.
  private static let pareto: [Double] = (0..<entries).map { place in
    let share = 1 - Double(place) / Double(entries)
    return min((pow(share, -1.0 / 3) - 1.5) * 4 / 3, 32767.0 / 8192)
  }
}
