import Diagnostics

/// `[[latency]]`: what a path is asked to be like, or all paths without a rule of their own.
package struct LatencyRule: Sendable, Hashable {
  /// Which paths a rule is about.
  package enum Scope: Sendable, Hashable {
    /// That between two sites; `conditions` are seen from the first.
    case pair(String, String)
    /// Those between any two sites that no other rule is about.
    case allPairs
  }

  /// Where the delays come from.
  package enum Delays: Sendable, Hashable {
    /// From `conditions`; the path's own when these have none.
    case stated
    /// From a file of measured round trips.
    case measured(RoundTripMatrix)
    /// From the distance between the two sites.
    case geographic(GeographicModel)
  }

  /// Which paths it is about.
  package var scope: Scope
  /// What they are asked to be like; without a delay when that comes from elsewhere.
  package var conditions: PathConditions
  /// Where the delays come from.
  package var delays: Delays
  /// Where the file says it.
  package var position: SourcePosition

  /// A rule.
  package init(
    _ scope: Scope, _ conditions: PathConditions, delays: Delays = .stated,
    position: SourcePosition
  ) {
    self.scope = scope
    self.conditions = conditions
    self.delays = delays
    self.position = position
  }
}
