import Diagnostics
import Inventories
import LatencyInjection

/// What routers hold for some time on the paths between sites: noted before an experiment, put back
/// after it.
package struct HeldDelays: Sendable, Hashable, Codable {
  /// One way of a path.
  package struct Way: Sendable, Hashable, Codable {
    /// The site whose packets are affected.
    package var from: String
    /// The site that they are for.
    package var to: String
    /// The conditions as the router says them (`OneWayConditions.laneText`); nil when nothing is held.
    package var text: String?
    /// When the router takes them away by itself, in milliseconds since 1970; nil for never.
    package var until: Int64?

    /// One way of a path.
    package init(from: String, to: String, text: String? = nil, until: Int64? = nil) {
      self.from = from
      self.to = to
      self.text = text
      self.until = until
    }

    /// The conditions that are still to be in force at a time, in milliseconds since 1970; nil for none.
    func text(at time: Int64) -> String? { until.map { $0 <= time } == true ? nil : text }
  }

  /// The ways.
  package var ways: [Way]

  /// What routers hold.
  package init(_ ways: [Way]) { self.ways = ways }
}

/// Two sites, with the path between them.
package struct PathEnds: Sendable, Hashable {
  /// The site from which the path is seen.
  package var from: String
  /// The site at its other end.
  package var to: String

  /// Two sites.
  package init(from: String, to: String) {
    self.from = from
    self.to = to
  }

  /// The same path, seen from its other end.
  package var reversed: PathEnds { PathEnds(from: to, to: from) }
}

/// A way as its router says that it is.
package struct WayReading: Sendable, Hashable {
  /// What is held there.
  package var held: HeldDelays.Way
  /// What is in force there (`OneWayConditions.laneText`); nil for nothing.
  package var now: String?
  /// How many packets its queue has thrown away since it is there; 0 without a queue.
  package var dropped: Int
  /// The profile's run that is under way on its router.
  package var run: String?

  /// A way as its router says that it is.
  package init(held: HeldDelays.Way, now: String?, dropped: Int, run: String?) {
    self.held = held
    self.now = now
    self.dropped = dropped
    self.run = run
  }
}

extension LatencyControl {
  /// Asks the routers of both ends how the paths between pairs of sites are, both ways of each.
  /// - Throws: `Problem` when one of them cannot be asked, or does not know the path.
  package func readings(
    of pairs: [PathEnds]
  ) async throws(Problem) -> [WayReading] {
    let ways = pairs.flatMap { [$0, $0.reversed] }
    var routers = await look(at: ways.map(\.from))
    let time = clock.now()
    await close(&routers)
    let problems = routers.compactMap(\.result.problem)
    if let first = problems.first {
      throw Problem(problems.flatMap(\.diagnostics), exitStatus: first.exitStatus)
    }
    var readings: [WayReading] = []
    for way in ways {
      guard let router = routers.first(where: { $0.site == way.from }), let report = router.report,
        let lane = report.lane(to: way.to)
      else {
        throw Problem(
          "the router of \(way.from) does not know the way to \(way.to)",
          detail: "The inventory was not applied to it as it is now: planetbed apply "
            + inventory.file, exitStatus: .failure)
      }
      // The router's clock and ours are related by the moment at which it told.
      let until = lane.held?.until.map { time + Int64($0) - Int64(report.uptime) }
      readings.append(
        WayReading(
          held: .init(from: way.from, to: way.to, text: lane.held?.text, until: until),
          now: lane.now, dropped: lane.queue.dropped,
          run: report.run.map { VisibleText.line($0.name) }))
    }
    return readings
  }

  /// Puts back what was held, for the rest of its time; what is over by now, or was not held, is taken
  /// away. A router that cannot be reached keeps no other from getting its own back.
  /// - Throws: `Problem` when it cannot begin: another run is at work, here or elsewhere, or the state
  ///   folder or the journal cannot be written. What fails on routers is in the result.
  package func putBack(_ held: HeldDelays) async throws(Problem) -> LatencySwitchResult {
    let begun = clock.uptime()
    let log = try await begin("latency set")
    var routers = await look(at: held.ways.map(\.from))
    let time = clock.now()
    for place in routers.indices {
      routers[place].changes = held.ways.filter { $0.from == routers[place].site }
        .map { .init(peer: $0.to, text: $0.text(at: time)) }
    }
    var result = LatencySwitchResult(run: log.run, routers: [])
    let known = routers
    do {
      routers = try await locked(run: log.run, known) { () throws(Problem) in
        try await log.ships(known.filter { $0.result.problem == nil }, "set")
        return await shipBack(known, held, at: time)
      }
    } catch {
      _ = await log.end(ending(of: error), changed: 0, routers: routers.map(\.result))
      await close(&routers)
      throw error
    }
    await close(&routers)
    result.routers = routers.map(\.result)
    result.isDone = result.failed == 0
    result.ways = routers.filter { $0.result.problem == nil }.flatMap { router in
      router.changes.map { change in
        let own = router.report?.lane(to: change.peer)?.own
        return .init(from: router.site, to: change.peer, now: change.text ?? own, own: own)
      }
    }
    result.seconds = clock.uptime() - begun
    result.problems += await log.end(
      result.isDone ? .success : .failure, changed: result.ways.count, routers: result.routers)
    return result
  }

  /// Has each router hold what it held, at once; `time` is ours, in milliseconds since 1970, when it told
  /// its own.
  private func shipBack(
    _ routers: [LatencyRouter], _ held: HeldDelays, at time: Int64
  ) async -> [LatencyRouter] {
    await advancing(routers) { router throws(Problem) in
      guard router.result.problem == nil, let connection = router.connection,
        let report = router.report
      else { return router }
      var changes: [Int?: [RouterAgent.Change]] = [:]
      for way in held.ways where way.from == router.site {
        let text = way.text(at: time)
        let until = text == nil ? nil : way.until.map { report.uptime + Int($0 - time) }
        changes[until, default: []].append(.init(peer: way.to, text: text))
      }
      for (until, changes) in changes {
        _ = try await call(
          agent.hold(changes, until: until), on: router.router, connection,
          attempt: "putting the delays back", until: .givingUp)
      }
      return router
    }
  }
}
