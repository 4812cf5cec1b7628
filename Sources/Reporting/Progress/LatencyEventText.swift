import Clocks
import Diagnostics
import Execution
import LatencyProfiles

extension LatencyProgress {
  /// The event's line for people, with its line end; nil when there is none. With a verbosity of 1 and
  /// more, each router's part is told.
  package func line(_ layout: TextLayout, verbosity: Int) -> String? {
    switch self {
    case .asked(let router, let seconds):
      return verbosity > 0 ? "\(router): asked (\(Counted.seconds(seconds)))\n" : nil
    case .clock(let router, let offset):
      guard verbosity > 0 else { return nil }
      return "\(router): its clock is known to ± \(Counted.milliseconds(offset.uncertainty)) "
        + "(round trip \(Counted.milliseconds(offset.roundTrip)))\n"
    case .shipping(let routers, let milliseconds):
      return "\(Counted.text(routers, "router")) will switch in "
        + "\(Counted.seconds(Double(milliseconds) / 1000))\n"
    case .switched(let router, let late):
      return verbosity > 0 ? "\(router): switched, \(late) ms late\n" : nil
    case .takenBack(let router): return "\(router): what was there before is in force\n"
    case .routerFailed(let router, let problem):
      let summary = VisibleText.line(problem.diagnostics.first?.summary ?? "")
      return "\(router): \(layout.style("failed: \(summary)", .error))\n"
    case .begins(let milliseconds):
      return "the run begins in \(Counted.seconds(Double(milliseconds) / 1000))\n"
    case .announced(let repetition, let announcement):
      let number = repetition > 1 ? "repetition \(repetition), " : ""
      return "\(number)\(VisibleText.line(announcement.timedText))\n"
    case .interrupted:
      return "interrupted: the run is being ended on the routers; once more gives up waiting\n"
    }
  }

  /// The event as a line of `--output jsonl`; `elapsed` in seconds since the verb began.
  package func json(elapsed: Double) -> JSONValue {
    var members: [JSONValue.Member]
    switch self {
    case .asked(let router, let seconds):
      members = Self.members("asked", router) + [.init("seconds", .measured(seconds))]
    case .clock(let router, let offset):
      members =
        Self.members("clock", router) + [
          .init("offsetMs", .measured(offset.milliseconds)),
          .init("uncertaintyMs", .measured(offset.uncertainty)),
          .init("rttMs", .measured(offset.roundTrip)),
        ]
    case .shipping(let routers, let milliseconds):
      members = [
        .init("event", "shipping"), .init("routers", .integer(routers)),
        .init("inMs", .integer(milliseconds)),
      ]
    case .switched(let router, let late):
      members = Self.members("switched", router) + [.init("lateMs", .integer(late))]
    case .takenBack(let router): members = Self.members("takenBack", router)
    case .routerFailed(let router, let problem):
      members =
        Self.members("hostFailed", router) + [
          .init("diagnostics", .array(problem.diagnostics.map(\.json)))
        ]
    case .begins(let milliseconds):
      members = [.init("event", "begins"), .init("inMs", .integer(milliseconds))]
    case .announced(let repetition, let announcement):
      members = [
        .init("event", "announced"), .init("repetition", .integer(repetition)),
        .init("atMs", .integer(announcement.milliseconds)),
        .init("text", .string(announcement.text)),
      ]
    case .interrupted: members = [.init("event", "interrupted")]
    }
    members.insert(.init("elapsed", .measured(elapsed)), at: 1)
    return .object(members)
  }

  private static func members(_ event: String, _ router: String) -> [JSONValue.Member] {
    [.init("event", .string(event)), .init("host", .string(router))]
  }
}
