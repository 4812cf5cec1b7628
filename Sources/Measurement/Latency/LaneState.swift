import Inventories
import LatencyInjection
import Stages

/// By whose will a lane is as it is.
package enum DelaySource: Sendable, Hashable {
  /// The inventory's.
  case inventory
  /// `latency set`; until when, in milliseconds since 1970, or nil for no end.
  case held(until: Int64?)
  /// A profile's run; its name, and until when.
  case run(String, until: Int64?)
}

/// A lane as it is to be, and as its router says that it is.
package struct LaneState: Sendable, Hashable {
  /// The lane.
  package var lane: Lane
  /// What the inventory asks of it; nil for nothing.
  package var asked: OneWayConditions?
  /// What its router tells; nil when it could not be asked, or has no such lane.
  package var report: AgentReport.Lane?
  /// Whether its router could be asked at all.
  package var isReached: Bool
  /// Whether its router's kernel has netem.
  package var hasModule: Bool
  /// By whose will it is as it is.
  package var source: DelaySource
  /// What is to be in force in it: the experiment's, else what the inventory asks.
  package var conditions: OneWayConditions?

  /// The path's natural round trip in milliseconds, as its router knows it.
  package var natural: Double? { report?.baselineMicroseconds.map { Double($0) / 1000 } }

  /// A lane.
  /// - Parameters:
  ///   - report: what the router's program told; nil when it told nothing.
  ///   - isReached: whether the router could be asked.
  ///   - now: the operator's time when it told, in milliseconds since 1970.
  package init(
    _ lane: Lane, asked: OneWayConditions?, report: AgentReport?, isReached: Bool = true, now: Int64
  ) {
    self.isReached = isReached
    self.lane = lane
    self.asked = asked
    self.report = report?.lane(to: lane.peer)
    hasModule = report?.hasModule ?? true
    source = .inventory
    conditions = asked
    guard let report, let told = self.report else { return }
    // The router's clock and ours are related by the moment at which it told.
    func time(_ uptime: Int?) -> Int64? { uptime.map { now + Int64($0) - Int64(report.uptime) } }
    if let run = report.run, let now = told.now, now != (told.held?.text ?? told.own) {
      source = .run(run.name, until: time(run.until))
      conditions = OneWayConditions(laneText: now)
    } else if let held = told.held {
      source = .held(until: time(held.until))
      conditions = OneWayConditions(laneText: held.text)
    }
  }

  /// Whether what its router keeps is not what the inventory asks: it has been changed since the last
  /// apply.
  package var isOutdated: Bool {
    guard let report else { return false }
    return report.own != asked?.laneText
  }
}
