import Foundation

/// How a path is probed: how often, and how fast.
package struct ProbePlan: Sendable, Hashable {
  /// How many probes are sent.
  package var count: Int
  /// What lies between two, in milliseconds.
  package var intervalMilliseconds: Int
  /// How long the answer to the last may take, in whole seconds.
  package var patience: Int

  /// How long it takes at most, in seconds.
  package var seconds: Double {
    Double(count) * Double(intervalMilliseconds) / 1000 + Double(patience)
  }

  /// What bounds it.
  package struct Limits: Sendable, Hashable {
    /// The time in which a path's probes are sent, in seconds.
    package var seconds: Double = 10
    /// As many probes at least.
    package var least = 20
    /// The shortest interval in milliseconds: clocks of small machines tick every ten.
    package var shortestInterval = 20
    /// As many probes in a second leave a router at most.
    package var mostPerSecond = 1000

    /// The limits that suit most testbeds.
    package init() {}
  }

  /// How a path is probed of which something is expected.
  ///
  /// The mean of n times is known to z·σ/√n: there are so many that this is within the tolerance, and a
  /// hundred at least, so that the spread can be judged too. Of losses, ten should be seen. A rate is
  /// used to a tenth; where packets must not overtake each other, since a rate keeps them in order
  /// (net/sched/sch_netem.c), no two probes wait in a queue together.
  package init(
    _ expectation: PathExpectation, lanes: Int, confidence: Double, limits: Limits = Limits()
  ) {
    let mean = expectation.mean ?? 0
    let deviation = expectation.spread.standardDeviation
    var wanted = Double(limits.least)
    if deviation > 0 {
      let z = Quantile.normal(1 - (1 - confidence) / 2)
      let each = z * deviation / PathExpectation.tolerance(of: mean)
      let dependent = min(expectation.correlation, 0.9)
      wanted = max(100, 1.2 * each * each * (1 + dependent) / (1 - dependent))
    }
    if expectation.loss > 0, !expectation.isCut { wanted = max(wanted, 10 / expectation.loss) }
    var shortest = Double(max(limits.shortestInterval, lanes * 1000 / limits.mostPerSecond))
    if let rate = expectation.rate {
      shortest = max(
        shortest, PathExpectation.probeBytes * 8 / rate * 1000 * 10,
        6 * expectation.oneWayJitter)
    }
    let budget = limits.seconds * 1000
    let interval = min(max(budget / wanted, shortest), max(100, shortest))
    intervalMilliseconds = Int(min(interval, budget).rounded(.up))
    count = max(
      5, min(Int(wanted.rounded(.up)), Int(budget / Double(intervalMilliseconds))))
    patience = Int(((mean + 6 * deviation) / 1000).rounded(.up)) + 2
  }
}
