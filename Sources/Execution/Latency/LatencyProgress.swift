import Clocks
import Diagnostics
import LatencyProfiles

/// What happens while delays are changed, as it happens.
package enum LatencyProgress: Sendable {
  /// A router told what is in force on it.
  case asked(router: String, seconds: Double)
  /// A router's clock is known.
  case clock(router: String, offset: ClockOffset)
  /// All routers are being told; they switch in so many milliseconds.
  case shipping(routers: Int, milliseconds: Int)
  /// A router has switched, so many milliseconds after the instant.
  case switched(router: String, late: Int)
  /// What a router had before is in force again, after another failed.
  case takenBack(router: String)
  /// A router failed.
  case routerFailed(router: String, problem: Problem)
  /// A profile's run begins on all routers in so many milliseconds.
  case begins(milliseconds: Int)
  /// What the profile says happens now; `repetition` counts from 1.
  case announced(repetition: Int, Timetable.Announcement)
  /// The user asked to stop.
  case interrupted
}

/// What a change of delays came to on one router.
package struct LatencyRouterResult: Sendable {
  /// The router.
  package var router: String
  /// Its site.
  package var site: String
  /// How far its clock is ahead; nil when it was not measured.
  package var clock: ClockOffset?
  /// How many milliseconds after the instant it switched, by its own clock; nil when it did not, or
  /// when nothing was to be switched there.
  package var late: Int?
  /// Why it failed.
  package var problem: Problem?

  /// A router of which nothing is known yet.
  package init(router: String, site: String) {
    self.router = router
    self.site = site
  }
}

/// What a change of delays came to.
package struct LatencySwitchResult: Sendable {
  /// A way whose conditions were to change.
  package struct Way: Sendable, Hashable {
    /// The site whose packets are affected.
    package var from: String
    /// The site that they are for.
    package var to: String
    /// What is in force there now, as the router says it (`OneWayConditions.laneText`); nil for nothing.
    package var now: String?
    /// What the inventory asked when it was applied, likewise.
    package var own: String?

    /// A way whose conditions were to change.
    package init(from: String, to: String, now: String?, own: String?) {
      self.from = from
      self.to = to
      self.now = now
      self.own = own
    }
  }

  /// The run's name in the journal.
  package var run: String
  /// The routers concerned, in the inventory's order.
  package var routers: [LatencyRouterResult]
  /// Whether the change is in force on all of them.
  package var isDone = false
  /// The ways that were changed; after a `clear`, those of which something was taken away.
  package var ways: [Way] = []
  /// The profiles' runs that were ended.
  package var endedRuns: [String] = []
  /// How far apart the routers switched, in milliseconds; nil when fewer than two did.
  package var spread: Double?
  /// By how much the spread may be wrong, in milliseconds: the clocks' uncertainties and steps.
  package var spreadUncertainty: Double?
  /// When the routers take it away by themselves, in milliseconds since 1970; nil for never.
  package var until: Int64?
  /// How long it took.
  package var seconds = 0.0
  /// Whether the user interrupted it.
  package var interrupted = false
  /// What is to be said beside what routers failed.
  package var problems: [Diagnostic] = []

  /// A change that has not been made yet.
  package init(run: String, routers: [LatencyRouterResult]) {
    self.run = run
    self.routers = routers
  }

  /// Routers that failed.
  package var failed: Int { routers.filter { $0.problem != nil }.count }
}

/// What a profile's run came to.
package struct LatencyRunResult: Sendable {
  /// What the changes on one router came to.
  package struct Firing: Sendable, Hashable {
    /// The router.
    package var router: String
    /// At how many moments it was to change something, in all repetitions that took place.
    package var planned: Int
    /// Of how many it told when they were made: of the last 1000 at most.
    package var told: Int
    /// How late the last of them was made, in milliseconds.
    package var last: Int?
    /// How late the latest of them was made, in milliseconds.
    package var worst: Int?

    /// What the changes on one router came to.
    package init(router: String, planned: Int, told: Int, last: Int?, worst: Int?) {
      self.router = router
      self.planned = planned
      self.told = told
      self.last = last
      self.worst = worst
    }
  }

  /// The run's name in the journal.
  package var run: String
  /// Its name on the routers.
  package var name: String
  /// The routers concerned, in the inventory's order.
  package var routers: [LatencyRouterResult]
  /// Whether it was begun on all of them.
  package var isBegun = false
  /// When it began, in milliseconds since 1970.
  package var start: Int64 = 0
  /// When the routers end it at the latest, likewise.
  package var until: Int64 = 0
  /// How the changes were made; empty when nobody waited for the end.
  package var firings: [Firing] = []
  /// Whether it was left to the routers.
  package var isDetached = false
  /// How long it took.
  package var seconds = 0.0
  /// Whether the user interrupted it.
  package var interrupted = false
  /// What is to be said beside what routers failed.
  package var problems: [Diagnostic] = []

  /// A run that has not begun yet.
  package init(run: String, name: String, routers: [LatencyRouterResult]) {
    self.run = run
    self.name = name
    self.routers = routers
  }

  /// Routers that failed.
  package var failed: Int { routers.filter { $0.problem != nil }.count }
}
