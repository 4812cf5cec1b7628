import Inventories

/// What a profile comes to on a testbed: what happens when, to which way of which path.
package struct Timetable: Sendable, Hashable {
  /// A way's conditions change.
  package struct Event: Sendable, Hashable {
    /// When, in milliseconds from the beginning of a repetition.
    package var milliseconds: Int
    /// The site whose packets are affected.
    package var from: String
    /// The site that they are for.
    package var to: String
    /// What they are to meet from then on; nil for what was there before the run.
    package var conditions: OneWayConditions?

    /// A way's conditions change.
    package init(milliseconds: Int, from: String, to: String, conditions: OneWayConditions?) {
      self.milliseconds = milliseconds
      self.from = from
      self.to = to
      self.conditions = conditions
    }
  }

  /// What happens, in order.
  package var events: [Event]
  /// How long one repetition takes, in milliseconds.
  package var periodMilliseconds: Int
  /// How many repetitions there are; nil for as many as fit until the run is ended.
  package var repetitions: Int?

  /// What happens when.
  package init(events: [Event], periodMilliseconds: Int, repetitions: Int?) {
    self.events = events
    self.periodMilliseconds = periodMilliseconds
    self.repetitions = repetitions
  }
}
