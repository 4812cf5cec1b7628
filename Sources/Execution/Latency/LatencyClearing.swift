import Diagnostics
import Inventories
import LatencyInjection

extension LatencyControl {
  /// Takes away what `set` and profiles' runs put there, so that the inventory's own is in force again:
  /// everywhere, or on the path between two sites. A router that cannot be reached keeps no other from
  /// being cleared.
  /// - Parameter path: the two sites; nil for all.
  /// - Throws: `Problem` when it cannot begin: another run is at work, here or elsewhere, or the state
  ///   folder or the journal cannot be written. What fails on routers is in the result.
  package func clear(
    _ path: (from: String, to: String)?
  ) async throws(Problem) -> LatencySwitchResult {
    let begun = clock.uptime()
    let log = try await begin("latency clear")
    var routers = await look(
      at: path.map { [$0.from, $0.to] } ?? inventory.sites.map(\.name))
    let peers = path.map { [$0.from: $0.to, $0.to: $0.from] }
    for place in routers.indices {
      guard let report = routers[place].report else { continue }
      // One path's part of a run cannot be ended.
      if let peers { refuseRun(&routers[place], towards: peers[routers[place].site]) }
      routers[place].changes = report.lanes.filter { lane in
        lane.held != nil && (peers.map { $0[routers[place].site] == lane.peer } ?? true)
      }.map { .init(peer: $0.peer, text: nil) }
    }
    var result = LatencySwitchResult(run: log.run, routers: [])
    do {
      try await take(&routers, log, &result)
    } catch {
      _ = await log.end(ending(of: error), changed: 0, routers: routers.map(\.result))
      await close(&routers)
      throw error
    }
    await close(&routers)
    result.routers = routers.map(\.result)
    result.isDone = result.failed == 0
    result.interrupted = interruption.level > .none
    result.seconds = clock.uptime() - begun
    result.problems += await log.end(
      result.interrupted ? .interrupted : result.isDone ? .success : .failure,
      changed: result.ways.count, routers: result.routers)
    return result
  }

  /// A run decides what is in force on a path, so that nothing can be ended there by itself.
  private func refuseRun(_ router: inout LatencyRouter, towards peer: String?) {
    guard let run = router.report?.run, let peer else { return }
    let name = router.router
    let problem = Problem(
      "a profile's run is under way on \(name): \(VisibleText.line(run.name))",
      detail:
        "What it does to the path to \(peer) cannot be ended by itself. End it where it was started "
        + "with Ctrl-C, or with: planetbed latency clear \(inventory.file)",
      host: name, exitStatus: .failure)
    router.result.problem = problem
    onEvent(.routerFailed(router: name, problem: problem))
  }

  /// Takes away what there is, and asks what is in force afterwards.
  private func take(
    _ routers: inout [LatencyRouter], _ log: LatencyLog, _ result: inout LatencySwitchResult
  ) async throws(Problem) {
    func isConcerned(_ router: LatencyRouter) -> Bool {
      router.result.problem == nil && (!router.changes.isEmpty || router.report?.run != nil)
    }
    let places = routers.indices.filter { isConcerned(routers[$0]) }
    guard !places.isEmpty, interruption.level == .none else { return }
    let hasRun = places.contains { routers[$0].report?.run != nil }
    let known = routers
    let before = places.map { routers[$0] }
    var concerned = before
    concerned = try await locked(run: log.run, known) { () throws(Problem) in
      // A run ends at once; what is held is taken away by all at one instant.
      if !hasRun { concerned = await synchronizeWhereItCan(concerned, &result) }
      guard interruption.level == .none else { return concerned }
      try await log.ships(concerned, "clear")
      if hasRun { return await clearAtOnce(concerned) }
      let instant = commonInstant(concerned)
      concerned = await ship(concerned, at: instant, hold: nil)
      (result.spread, result.spreadUncertainty) = Self.spread(concerned, at: instant)
      return concerned
    }
    concerned = await advancing(concerned) { router throws(Problem) in
      guard let connection = router.connection, router.result.problem == nil else { return router }
      var router = router
      router.report = try await report(of: router.router, connection, until: .givingUp)
      return router
    }
    for (place, router) in zip(places, concerned) { routers[place] = router }
    for (before, after) in zip(before, concerned) {
      if let run = before.report?.run, !result.endedRuns.contains(run.name) {
        result.endedRuns.append(run.name)
      }
      for lane in before.report?.lanes ?? [] {
        let now = after.report?.lane(to: lane.peer)
        let wasHeld = before.changes.contains { $0.peer == lane.peer }
        if wasHeld || lane.now != now?.now {
          result.ways.append(.init(from: before.site, to: lane.peer, now: now?.now, own: now?.own))
        }
      }
    }
  }

  /// Measures the clocks; a router whose clock cannot be measured is cleared all the same, at once.
  private func synchronizeWhereItCan(
    _ routers: [LatencyRouter], _ result: inout LatencySwitchResult
  ) async -> [LatencyRouter] {
    var synchronized = await synchronize(routers)
    for place in synchronized.indices {
      guard let problem = synchronized[place].result.problem else { continue }
      synchronized[place].result.problem = nil
      result.problems += problem.diagnostics.map { diagnostic in
        var warning = diagnostic
        warning.severity = .warning
        return warning
      }
    }
    return synchronized
  }

  /// Ends runs, and takes away all that is held.
  private func clearAtOnce(_ routers: [LatencyRouter]) async -> [LatencyRouter] {
    await advancing(routers) { router throws(Problem) in
      guard let connection = router.connection else { return router }
      _ = try await call(
        agent.clear, on: router.router, connection, attempt: "clearing the delays",
        until: .givingUp)
      return router
    }
  }
}
