import Diagnostics

/// What the inventory asks of the path between two sites, seen from one of them.
package struct AskedPath: Sendable, Hashable {
  /// Why a path is asked to be so.
  package enum Source: Sendable, Hashable {
    /// A rule that names the two sites.
    case rule(SourcePosition)
    /// A line of a file of measured round trips.
    case matrix(file: String, line: Int)
    /// The distance between the two sites.
    case geographic(kilometres: Double)
    /// A rule for all pairs.
    case allPairs(SourcePosition)
  }

  /// The site from which the path is seen: the first one of `conditions`.
  package var from: String
  /// The site at its other end.
  package var to: String
  /// What it is asked to be like.
  package var conditions: PathConditions
  /// Why.
  package var source: Source

  /// What is asked of a path.
  package init(from: String, to: String, conditions: PathConditions, source: Source) {
    self.from = from
    self.to = to
    self.conditions = conditions
    self.source = source
  }
}

extension Inventory {
  /// What is asked of the path from a site to another; nil when nothing is, or they are the same.
  ///
  /// A rule that names the two sites is looked for first, then, in the order of the file, the rules for
  /// all pairs: the first that knows this one. Nothing of one rule is mixed with another.
  package func askedPath(from: String, to: String) -> AskedPath? {
    for rule in latency where Set(rule.between) == [from, to] && from != to {
      let conditions = PathConditions(
        delay: rule.rttMilliseconds.map { .total(roundTrip: $0) },
        jitter: rule.jitterMilliseconds.map { Jitter(roundTripMilliseconds: $0) },
        loss: rule.loss ?? 0, rateBitsPerSecond: rule.rateBitsPerSecond)
      return AskedPath(
        from: from, to: to,
        conditions: rule.between[0] == from ? conditions : conditions.reversed,
        source: .rule(rule.position))
    }
    return nil
  }

  /// The round-trip time in milliseconds that is asked for between two sites; 0 when none is.
  package func askedRoundTrip(_ left: String, _ right: String) -> Double {
    askedPath(from: left, to: right)?.conditions.delay?.roundTripMilliseconds ?? 0
  }
}
