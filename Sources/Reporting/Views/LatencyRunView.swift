import Diagnostics
import Execution
import Inventories
import LatencyProfiles

/// `planetbed latency run`: what was run, and how exactly the routers kept its times.
package struct LatencyRunView: ResultView {
  /// How late a change may be made, in milliseconds.
  private static let tolerated = 20

  private let result: LatencyRunResult
  private let timetable: Timetable
  private let profile: String
  private let inventory: String

  /// What a run came to, of a profile's file on an inventory's testbed.
  package init(
    result: LatencyRunResult, timetable: Timetable, profile: String, inventory: String
  ) {
    self.result = result
    self.timetable = timetable
    self.profile = profile
    self.inventory = inventory
  }

  package var verb: String { "latency-run" }

  /// What is to be said beside the result.
  package var diagnostics: [Diagnostic] {
    result.routers.flatMap { $0.problem?.diagnostics ?? [] } + result.problems + lateness
  }

  /// Routers that did not keep the times.
  private var lateness: [Diagnostic] {
    result.firings.compactMap { firing in
      guard let worst = firing.worst, worst > Self.tolerated else { return nil }
      return Diagnostic(
        .warning, "\(firing.router) made a change \(worst) ms late",
        detail: "Up to \(Self.tolerated) ms are usual; see what else keeps its processor busy.",
        host: firing.router)
    }
  }

  package func text(_ layout: TextLayout) -> String {
    guard result.isBegun else {
      let why = result.interrupted ? "Interrupted" : "Failed"
      return layout.style("\(why): the run was not begun", .error) + "\n"
    }
    if result.isDetached {
      return "The run \(result.name) is left to \(Counted.text(result.routers.count, "router")); "
        + "it ends at \(OperatorClock.text(result.until)) at the latest, or with:\n"
        + "  planetbed latency clear \(inventory)\n"
    }
    var table = TextTable(
      ["router", "site", "changes", "told of", "last late", "worst late"],
      [.left, .left, .right, .right, .right, .right])
    for router in result.routers {
      let firing = result.firings.first { $0.router == router.router }
      func late(_ milliseconds: Int?) -> String { milliseconds.map { "\($0) ms" } ?? "–" }
      table.add([
        router.router, router.site, firing.map { String($0.planned) } ?? "–",
        firing.map { String($0.told) } ?? "–", late(firing?.last), late(firing?.worst),
      ])
    }
    let end =
      result.interrupted
      ? layout.style("Interrupted", .error) + ": the run was ended on "
        + (result.failed == 0 ? "the routers" : "those routers that answered")
        + ", and what was there before it is back\n"
      : "Ran \(VisibleText.line(profile)) in \(Counted.seconds(result.seconds)): what was there before "
        + "is back\n"
    return table.text(layout) + "\n" + end
  }

  package var members: [JSONValue.Member] {
    [
      .init("run", .string(result.run)), .init("name", .string(result.name)),
      .init("profile", .string(profile)), .init("begun", .boolean(result.isBegun)),
      .init("detached", .boolean(result.isDetached)),
      .init("periodSeconds", .measured(Double(timetable.periodMilliseconds) / 1000)),
      .init("repetitions", .optional(timetable.repetitions)),
      .init("start", result.isBegun ? .string(OperatorClock.text(result.start)) : .null),
      .init("until", result.isBegun ? .string(OperatorClock.text(result.until)) : .null),
      .init("failed", .integer(result.failed)), .init("seconds", .measured(result.seconds)),
      .init("interrupted", .boolean(result.interrupted)),
      .init(
        "sites",
        .array(
          timetable.sites.map { ["name": .string($0.name), "site": .string($0.site)] })),
      .init(
        "firings",
        .array(
          result.firings.map { firing in
            [
              "router": .string(firing.router), "planned": .integer(firing.planned),
              "told": .integer(firing.told), "lastLateMs": .optional(firing.last),
              "worstLateMs": .optional(firing.worst),
            ]
          })),
      .init("routers", .array(result.routers.map(\.json))),
      .init("diagnostics", .array((result.problems + lateness).map(\.json))),
    ]
  }
}
