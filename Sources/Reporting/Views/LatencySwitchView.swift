import Clocks
import Diagnostics
import Execution
import Inventories
import Measurement
import Stages

/// `planetbed latency set` and `latency clear`: what was changed, and how far apart the routers switched.
package struct LatencySwitchView: ResultView {
  /// More ways than this are counted and not listed.
  private static let mostListed = 24

  package let verb: String
  private let result: LatencySwitchResult
  private let inventory: String
  private let paths: [LatencyControl.PathChange]
  private let hold: Double?
  private let delays: LatencyView?

  /// What a change came to.
  /// - Parameters:
  ///   - verb: `latency-set` or `latency-clear`.
  ///   - inventory: the inventory's file, as the user gave it.
  ///   - paths: what was asked for; empty for `clear`.
  ///   - hold: after how many seconds the routers take it away; nil for never.
  ///   - delays: what the paths were measured to be like afterwards; nil when they were not.
  package init(
    verb: String, result: LatencySwitchResult, inventory: String,
    paths: [LatencyControl.PathChange] = [], hold: Double? = nil, delays: MeasuredDelays? = nil
  ) {
    self.verb = verb
    self.result = result
    self.inventory = inventory
    self.paths = paths
    self.hold = hold
    self.delays = delays.map { LatencyView($0) }
  }

  private var isClear: Bool { paths.isEmpty }

  /// What is to be said beside the result.
  package var diagnostics: [Diagnostic] {
    result.routers.flatMap { $0.problem?.diagnostics ?? [] } + result.problems
      + (delays?.diagnostics ?? [])
  }

  package func text(_ layout: TextLayout) -> String {
    if isClear { return clearText(layout) }
    guard result.isDone else {
      let why = result.interrupted ? "Interrupted" : "Failed"
      return "\(layout.style("\(why): nothing was changed", .error))\(apart)\n"
    }
    var text = "Set: \(Counted.text(paths.count, "path"))\(apart)\n"
    for path in paths.prefix(Self.mostListed) {
      text += "  \(path.from) ↔ \(path.to): \(ConditionsText.text(of: path.conditions))\n"
    }
    if paths.count > Self.mostListed { text += "  and \(paths.count - Self.mostListed) more\n" }
    if let until = result.until, let hold {
      text +=
        "It goes away by itself in \(Counted.span(hold)), at \(OperatorClock.text(until)); "
        + "sooner with:\n"
    } else {
      text += "It stays until a router is restarted, or until:\n"
    }
    return text + "  planetbed latency clear \(inventory)\n" + (delays?.text(layout) ?? "")
  }

  private func clearText(_ layout: TextLayout) -> String {
    if result.ways.isEmpty, result.endedRuns.isEmpty {
      if result.interrupted { return layout.style("Interrupted", .error) + "\n" }
      return result.isDone
        ? "Nothing was there to be cleared: what is in force is the inventory's own.\n" : ""
    }
    var text = result.endedRuns.map { "Ended the run \(VisibleText.line($0)).\n" }.joined()
    text += "Cleared: \(Counted.text(result.ways.count, "way"))\(apart)\n"
    for way in result.ways.prefix(Self.mostListed) {
      let now =
        switch (way.now, way.own) {
        case (nil, _): "nothing"
        case (let now, let own) where now == own: "the inventory's own"
        case (let now?, _): VisibleText.line(Self.words(of: now))
        }
      text += "  \(way.from) → \(way.to): in force is \(now)\n"
    }
    if result.ways.count > Self.mostListed {
      text += "  and \(result.ways.count - Self.mostListed) more\n"
    }
    return text
  }

  /// What a lane is like, for people.
  private static func words(of laneText: String) -> String {
    OneWayConditions(laneText: laneText).map { ConditionsText.one($0) }
      ?? laneText
  }

  /// How far apart the routers switched, to follow a sentence.
  private var apart: String {
    guard let spread = result.spread else { return "" }
    let uncertainty = result.spreadUncertainty.map { " (± \(Counted.milliseconds($0)))" } ?? ""
    return ", the routers within \(Counted.milliseconds(spread))\(uncertainty) of each other"
  }

  package var members: [JSONValue.Member] {
    var members: [JSONValue.Member] = [
      .init("run", .string(result.run)), .init("done", .boolean(result.isDone)),
    ]
    if isClear {
      members.append(.init("endedRuns", .array(result.endedRuns.map { .string($0) })))
    } else {
      members += [
        .init(
          "paths",
          .array(
            paths.map { path in
              [
                "from": .string(path.from), "to": .string(path.to),
                "asked": .object(path.conditions.jsonMembers),
              ]
            })),
        .init("holdSeconds", .measured(hold)),
        .init("until", .optional(result.until.map(OperatorClock.text))),
        .init("latency", delays?.json ?? []),
      ]
    }
    return members + [
      .init("failed", .integer(result.failed)), .init("seconds", .measured(result.seconds)),
      .init("interrupted", .boolean(result.interrupted)),
      .init("spreadMs", .measured(result.spread)),
      .init("spreadUncertaintyMs", .measured(result.spreadUncertainty)),
      .init("routers", .array(result.routers.map(\.json))),
      .init(
        "ways",
        .array(
          result.ways.map { way in
            [
              "from": .string(way.from), "to": .string(way.to), "now": .optional(way.now),
              "own": .optional(way.own),
            ]
          })),
      .init("diagnostics", .array(result.problems.map(\.json))),
    ]
  }
}

extension LatencyRouterResult {
  /// `{name, site, clockOffsetMs, clockUncertaintyMs, rttMs, lateMs, error}`
  var json: JSONValue {
    [
      "name": .string(router), "site": .string(site),
      "clockOffsetMs": .measured(clock?.milliseconds),
      "clockUncertaintyMs": .measured(clock?.uncertainty), "rttMs": .measured(clock?.roundTrip),
      "lateMs": .optional(late), "error": .optional(problem?.description),
    ]
  }
}
