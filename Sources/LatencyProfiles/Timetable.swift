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

  /// Something that a person who watches the run is told: an event of the profile begins or ends.
  package struct Announcement: Sendable, Hashable {
    /// When, in milliseconds from the beginning of a repetition.
    package var milliseconds: Int
    /// What happens, in the profile's names of the sites: `device ↔ edge-1: rtt 5 ms`.
    package var text: String

    /// Something that a person who watches is told.
    package init(milliseconds: Int, text: String) {
      self.milliseconds = milliseconds
      self.text = text
    }

    /// With its time: `60 s: device ↔ edge-1: rtt 5 ms`.
    package var timedText: String { "\(QuantityText.time(milliseconds)): \(text)" }
  }

  /// A profile's name for a site of the inventory.
  package struct NamedSite: Sendable, Hashable {
    /// What the profile calls it.
    package var name: String
    /// The site.
    package var site: String

    /// A profile's name for a site.
    package init(name: String, site: String) {
      self.name = name
      self.site = site
    }
  }

  /// What happens, by time, then in the inventory's order of the sites; only changes, so a way that
  /// stays as it is has no entry. Nothing is before the run: what holds from its beginning is at 0.
  package var events: [Event]
  /// How long one repetition takes, in milliseconds; every event is before its end.
  package var periodMilliseconds: Int
  /// How many repetitions there are; nil for as many as fit until the run is ended.
  package var repetitions: Int?
  /// What a person who watches is told, by time.
  package var announcements: [Announcement]
  /// Which sites the profile's names stand for, by name.
  package var sites: [NamedSite]

  /// What happens when.
  package init(
    events: [Event], periodMilliseconds: Int, repetitions: Int?,
    announcements: [Announcement] = [], sites: [NamedSite] = []
  ) {
    self.events = events
    self.periodMilliseconds = periodMilliseconds
    self.repetitions = repetitions
    self.announcements = announcements
    self.sites = sites
  }

  /// How long the run takes, in milliseconds; nil when it is endless.
  package var totalMilliseconds: Int? { repetitions.map { $0 * periodMilliseconds } }
}
