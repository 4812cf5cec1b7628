import Foundation
import Inventories

/// What round trips of a path are to be like when its two ways are as they are asked to be.
package struct PathExpectation: Sendable, Hashable {
  /// The round-trip time that is asked for, in milliseconds: the sum of both ways, the natural delay
  /// included where it is added to; nil when nothing is asked of it, or the natural one is not known.
  package var asked: Double?
  /// The mean that a correct path has: what is asked, and what follows from the rest of it (`causes`).
  package var mean: Double?
  /// Why `mean` is not `asked`.
  package var causes: [Cause]
  /// How the delays are spread around the mean.
  package var spread: DelaySpread
  /// How much a packet's delay depends on the one before, 0 to 1: the larger one of both ways.
  package var correlation: Double
  /// The share of round trips that is lost.
  package var loss: Double
  /// Whether the path is cut: no packet is to come through.
  package var isCut: Bool { loss >= 1 }
  /// The share of probes that may be answered twice.
  package var hasDuplicates: Bool
  /// The lower rate of both ways, in bits per second; nil for no limit.
  package var rate: Double?
  /// The larger jitter of both ways, in milliseconds.
  package var oneWayJitter: Double
  /// Whether anything at all is asked.
  package var isAsked: Bool

  /// Why a correct path's mean is not what is asked; the shift in milliseconds.
  package enum Cause: Sendable, Hashable {
    /// A probe takes time at the rate.
    case rate(shift: Double)
    /// netem cannot delay by less than nothing; the share of packets that it would have to.
    case negativeDelays(shift: Double, share: Double)
    /// Some packets overtake others, and are not delayed.
    case reordered(shift: Double)
  }

  /// The bytes of a probe in a tunnel: IPv4's and ICMP's headers, and ping's 56 bytes.
  static let probeBytes = 84.0

  /// What is to be expected.
  /// - Parameters:
  ///   - there: what packets from the one end meet; nil for nothing.
  ///   - back: what packets from the other end meet.
  ///   - naturalThere: the natural round trip in milliseconds as the one end's router knows it.
  ///   - naturalBack: the same as the other end's router knows it.
  package init(
    there: OneWayConditions?, back: OneWayConditions?, naturalThere: Double?, naturalBack: Double?
  ) {
    let ways = [
      Way(there ?? OneWayConditions(), natural: naturalThere ?? naturalBack),
      Way(back ?? OneWayConditions(), natural: naturalBack ?? naturalThere),
    ]
    isAsked = [there, back].contains { $0.map { $0 != OneWayConditions() } ?? false }
    let hasDelay = ways.contains { $0.conditions.delay != nil }
    let nominal = ways.reduce(Optional(0.0)) { sum, way in
      way.nominal.flatMap { nominal in sum.map { $0 + nominal } }
    }
    asked = hasDelay ? nominal : nil
    spread = ways[0].spread.adding(ways[1].spread)
    causes = []
    let rateShift = ways.reduce(0) { $0 + $1.serialization }
    if rateShift > 0 { causes.append(.rate(shift: rateShift)) }
    let negativeShift = ways.reduce(0) { $0 + $1.negativeShift }
    if spread.shareAtZero > 0 {
      causes.append(.negativeDelays(shift: negativeShift, share: spread.shareAtZero))
    }
    let reorderShift = ways.reduce(0) { $0 + $1.reorderShift }
    if reorderShift < 0 { causes.append(.reordered(shift: reorderShift)) }
    mean = nominal.map { $0 + rateShift + negativeShift + reorderShift }
    correlation = ways.map(\.conditions.correlation).max() ?? 0
    oneWayJitter = ways.map(\.conditions.jitterMilliseconds).max() ?? 0
    rate = ways.compactMap(\.conditions.rateBitsPerSecond).min()
    hasDuplicates = ways.contains { $0.conditions.duplicate > 0 }
    loss = Self.loss(ways[0].conditions, ways[1].conditions)
  }

  /// How far the measured mean may be off, in milliseconds.
  package static func tolerance(of mean: Double) -> Double { max(2, 0.03 * mean) }

  /// One way: what its packets meet.
  private struct Way {
    var conditions: OneWayConditions
    /// What is asked of it in milliseconds, its share of the natural delay included.
    var nominal: Double?
    /// What netem makes of it.
    var spread: DelaySpread
    /// How far that is from what netem was told, since no delay is below zero.
    var negativeShift: Double
    /// What is missing since some packets are not delayed.
    var reorderShift: Double
    /// What a probe takes at the rate.
    var serialization: Double

    init(_ conditions: OneWayConditions, natural: Double?) {
      self.conditions = conditions
      let half = natural.map { $0 / 2 }
      let told: Double
      switch conditions.delay {
      case .total(let all):
        nominal = all
        told = max(0, all - (half ?? 0))
      case .added(let more):
        nominal = half.map { $0 + more }
        told = more
      case nil:
        nominal = half
        told = 0
      }
      let varied = DelaySpread(
        delay: told, jitter: conditions.jitterMilliseconds, distribution: conditions.distribution)
      negativeShift = varied.mean - told
      spread = varied.skipped(share: conditions.reorder)
      reorderShift = spread.mean - varied.mean
      serialization =
        conditions.rateBitsPerSecond.map { PathExpectation.probeBytes * 8 / $0 * 1000 } ?? 0
    }
  }

  /// The share of round trips that is lost. A packet with a wrong bit is lost too, since its checksums
  /// are wrong; netem's duplicate of a packet goes the rest of the way by itself, and takes the place of
  /// one that would have been lost (net/sched/sch_netem.c, `netem_enqueue`).
  private static func loss(_ there: OneWayConditions, _ back: OneWayConditions) -> Double {
    /// How likely none, one and two copies arrive.
    func arrivals(_ way: OneWayConditions) -> (none: Double, one: Double, two: Double) {
      let kept = 1 - way.corrupt
      // With a duplicate, one copy is sure to go on; the other is subject to loss again.
      let two = way.duplicate * (1 - way.loss) * (1 - way.loss)
      let none = way.loss * (1 - way.duplicate)
      let one = 1 - two - none
      return (
        none + one * (1 - kept) + two * (1 - kept) * (1 - kept),
        one * kept + two * 2 * kept * (1 - kept), two * kept * kept
      )
    }
    if there.loss >= 1 || back.loss >= 1 { return 1 }
    let (out, home) = (arrivals(there), arrivals(back))
    return min(1, max(0, out.none + out.one * home.none + out.two * home.none * home.none))
  }
}
