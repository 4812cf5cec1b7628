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
  /// Where the inventory has the rule; nil when none of its has.
  package var rulePosition: SourcePosition?

  /// What is asked of a path.
  package init(
    from: String, to: String, conditions: PathConditions, source: Source,
    rulePosition: SourcePosition? = nil
  ) {
    self.from = from
    self.to = to
    self.conditions = conditions
    self.source = source
    self.rulePosition = rulePosition
  }
}

extension Inventory {
  /// What is asked of the path from a site to another; nil when nothing is, or they are the same.
  ///
  /// A rule that names the two sites is looked for first, then, in the order of the file, the rules for
  /// all pairs: the first that knows this one. Nothing of one rule is mixed with another.
  package func askedPath(from: String, to: String) -> AskedPath? {
    guard let left = paths.number(of: from), let right = paths.number(of: to), left != right else {
      return nil
    }
    if let place = paths.rule(left, right) {
      let rule = latency[place]
      var conditions = rule.conditions
      if case .pair(let first, _) = rule.scope, first != from { conditions = conditions.reversed }
      return AskedPath(
        from: from, to: to, conditions: conditions, source: .rule(rule.position),
        rulePosition: rule.position)
    }
    for place in paths.general {
      if let path = latency[place].path(from: sites[left], to: sites[right]) { return path }
    }
    return nil
  }

  /// The round-trip time in milliseconds that is asked for between two sites; 0 when none is.
  package func askedRoundTrip(_ left: String, _ right: String) -> Double {
    askedPath(from: left, to: right)?.conditions.delay?.roundTripMilliseconds ?? 0
  }

  /// The longest round-trip time in milliseconds that is asked for between any two sites; 0 when none
  /// is. It looks at every pair.
  package var longestAskedRoundTrip: Double {
    guard !latency.isEmpty else { return 0 }
    var longest = 0.0
    for (place, left) in sites.enumerated() {
      for right in sites[(place + 1)...] {
        longest = max(longest, askedRoundTrip(left.name, right.name))
      }
    }
    return longest
  }
}

extension LatencyRule {
  /// What a rule for all pairs asks of a path; nil when it does not know it.
  fileprivate func path(from: Site, to: Site) -> AskedPath? {
    var conditions = conditions
    let source: AskedPath.Source
    switch delays {
    case .stated: source = .allPairs(position)
    case .measured(let matrix):
      guard let measurement = matrix.measurement(from.name, to.name) else { return nil }
      conditions.delay = .total(roundTrip: measurement.roundTripMilliseconds)
      if measurement.jitterMilliseconds > 0 {
        conditions.jitter = Jitter(
          roundTripMilliseconds: measurement.jitterMilliseconds,
          distribution: matrix.distribution, correlation: matrix.correlation)
      }
      if measurement.loss > 0 { conditions.loss = measurement.loss }
      source = .matrix(file: matrix.file, line: measurement.line)
    case .geographic(let model):
      guard let here = from.location, let there = to.location else { return nil }
      let kilometres = here.kilometres(to: there)
      conditions.delay = .total(
        roundTrip: model.roundTripMilliseconds(kilometres: kilometres))
      source = .geographic(kilometres: kilometres)
    }
    return AskedPath(
      from: from.name, to: to.name, conditions: conditions, source: source,
      rulePosition: position)
  }
}
