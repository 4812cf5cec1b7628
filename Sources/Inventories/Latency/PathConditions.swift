/// What the path between two sites is asked to be like: the quantities of a `[[latency]]`, and of an
/// event of a profile.
///
/// A round trip's quantities (`delay`, `jitter`) are of both ways together; shares and the rate are of
/// each way.
package struct PathConditions: Sendable, Hashable {
  /// The delay.
  package enum Delay: Sendable, Hashable {
    /// The whole round trip in milliseconds, of which the path's natural delay is a part.
    case total(roundTrip: Double)
    /// What is added to the path's natural round trip, in milliseconds.
    case added(roundTrip: Double)
    /// The whole of each way in milliseconds: what leaves the first site, and what comes to it.
    case oneWay(from: Double, to: Double)

    /// The round trip in milliseconds, without the natural delay when that is added.
    package var roundTripMilliseconds: Double {
      switch self {
      case .total(let roundTrip), .added(let roundTrip): roundTrip
      case .oneWay(let from, let to): from + to
      }
    }
  }

  /// The delay; nil for the path's own.
  package var delay: Delay?
  /// How it varies; nil when it does not.
  package var jitter: Jitter?
  /// The share of packets that is lost, each way; 1 cuts the path.
  package var loss: Double
  /// The share of packets that arrives twice, each way.
  package var duplicate: Double
  /// The share of packets that is not delayed and so overtakes others, each way; needs a delay.
  package var reorder: Double
  /// The share of packets in which a bit is wrong, each way.
  package var corrupt: Double
  /// What the path carries in bits per second, each way; nil for no limit.
  package var rateBitsPerSecond: Double?

  /// What a path is asked to be like; nothing unless said otherwise.
  package init(
    delay: Delay? = nil, jitter: Jitter? = nil, loss: Double = 0, duplicate: Double = 0,
    reorder: Double = 0, corrupt: Double = 0, rateBitsPerSecond: Double? = nil
  ) {
    self.delay = delay
    self.jitter = jitter
    self.loss = loss
    self.duplicate = duplicate
    self.reorder = reorder
    self.corrupt = corrupt
    self.rateBitsPerSecond = rateBitsPerSecond
  }

  /// The same path, seen from its other end.
  package var reversed: PathConditions {
    var other = self
    if case .oneWay(let from, let to) = delay { other.delay = .oneWay(from: to, to: from) }
    return other
  }

  /// What packets that leave the first site are to meet.
  ///
  /// Half of a round trip's delay is each way's. The variances of both ways add up, so each way has the
  /// round trip's jitter divided by the square root of two.
  package var leavingFirst: OneWayConditions {
    OneWayConditions(
      delay: delay.map { delay in
        switch delay {
        case .total(let roundTrip): .total(milliseconds: roundTrip / 2)
        case .added(let roundTrip): .added(milliseconds: roundTrip / 2)
        case .oneWay(let from, _): .total(milliseconds: from)
        }
      },
      jitterMilliseconds: (jitter?.roundTripMilliseconds ?? 0) / 2.0.squareRoot(),
      distribution: jitter?.distribution ?? .normal, correlation: jitter?.correlation ?? 0,
      loss: loss, duplicate: duplicate, reorder: reorder, corrupt: corrupt,
      rateBitsPerSecond: rateBitsPerSecond)
  }
}

/// How a delay varies.
package struct Jitter: Sendable, Hashable {
  /// How the delays are spread, in netem's words (tc-netem(8)).
  package enum Distribution: String, Sendable, Hashable, CaseIterable {
    /// The bell curve; the jitter is its standard deviation.
    case normal
    /// Any delay within the jitter on both sides is as likely as another; the standard deviation is the
    /// jitter divided by the square root of three.
    case uniform
    /// A long tail; the jitter is its standard deviation.
    case pareto
    /// A quarter of the bell curve and three quarters of the long tail.
    case paretonormal
  }

  /// How far round trips vary, in milliseconds; see `Distribution` for what it measures.
  package var roundTripMilliseconds: Double
  /// How the delays are spread.
  package var distribution: Distribution
  /// How much a packet's delay depends on the one before, 0 to 1.
  package var correlation: Double

  /// How a delay varies.
  package init(
    roundTripMilliseconds: Double, distribution: Distribution = .normal, correlation: Double = 0
  ) {
    self.roundTripMilliseconds = roundTripMilliseconds
    self.distribution = distribution
    self.correlation = correlation
  }
}

/// What packets from one site to another are to meet: one way of a path.
package struct OneWayConditions: Sendable, Hashable {
  /// The delay of one way.
  package enum Delay: Sendable, Hashable {
    /// All of it, in milliseconds: half of the path's natural round trip is a part.
    case total(milliseconds: Double)
    /// What is added to the path's natural delay, in milliseconds.
    case added(milliseconds: Double)
  }

  /// The delay; nil for the path's own.
  package var delay: Delay?
  /// How far it varies, in milliseconds; 0 when it does not.
  package var jitterMilliseconds: Double
  /// How the delays are spread.
  package var distribution: Jitter.Distribution
  /// How much a packet's delay depends on the one before, 0 to 1.
  package var correlation: Double
  /// The share of packets that is lost.
  package var loss: Double
  /// The share of packets that arrives twice.
  package var duplicate: Double
  /// The share of packets that overtakes others.
  package var reorder: Double
  /// The share of packets in which a bit is wrong.
  package var corrupt: Double
  /// What the way carries in bits per second; nil for no limit.
  package var rateBitsPerSecond: Double?

  /// What packets of one way are to meet; nothing unless said otherwise.
  package init(
    delay: Delay? = nil, jitterMilliseconds: Double = 0,
    distribution: Jitter.Distribution = .normal, correlation: Double = 0, loss: Double = 0,
    duplicate: Double = 0, reorder: Double = 0, corrupt: Double = 0,
    rateBitsPerSecond: Double? = nil
  ) {
    self.delay = delay
    self.jitterMilliseconds = jitterMilliseconds
    self.distribution = distribution
    self.correlation = correlation
    self.loss = loss
    self.duplicate = duplicate
    self.reorder = reorder
    self.corrupt = corrupt
    self.rateBitsPerSecond = rateBitsPerSecond
  }
}
