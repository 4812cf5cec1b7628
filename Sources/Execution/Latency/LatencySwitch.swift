import Clocks
import Diagnostics
import Inventories
import LatencyInjection
import Stages

extension LatencyControl {
  /// Gives paths conditions for a time: all routers at one instant. When one of them cannot be reached
  /// or refuses, nothing is switched on any; when one fails while they are told, the others get back
  /// what they had.
  /// - Parameter hold: after how many seconds the routers take it away; nil for never.
  /// - Throws: `Problem` when it cannot begin: another run is at work, here or elsewhere, or the state
  ///   folder or the journal cannot be written. What fails on routers is in the result.
  package func set(
    _ paths: [PathChange], hold: Double?
  ) async throws(Problem) -> LatencySwitchResult {
    let begun = clock.uptime()
    let log = try await begin("latency set")
    var changes: [String: [RouterAgent.Change]] = [:]
    for path in paths {
      changes[path.from, default: []].append(
        .init(peer: path.to, conditions: path.conditions.leavingFirst))
      changes[path.to, default: []].append(
        .init(peer: path.from, conditions: path.conditions.reversed.leavingFirst))
    }
    var routers = await look(at: Array(changes.keys))
    for place in routers.indices {
      routers[place].changes = changes[routers[place].site] ?? []
      check(&routers[place])
    }
    var result = LatencySwitchResult(run: log.run, routers: [])
    do {
      if routers.allSatisfy({ $0.result.problem == nil }) {
        result.isDone = try await locked(run: log.run, routers) { () throws(Problem) in
          try await prepareAndShip(&routers, hold: hold, log, &result)
        }
      }
    } catch {
      _ = await log.end(ending(of: error), changed: 0, routers: routers.map(\.result))
      await close(&routers)
      throw error
    }
    await close(&routers)
    result.routers = routers.map(\.result)
    if result.isDone {
      result.ways = routers.flatMap { router in
        router.changes.map { change in
          LatencySwitchResult.Way(
            from: router.site, to: change.peer, now: change.text,
            own: router.report?.lane(to: change.peer)?.own)
        }
      }
    }
    result.interrupted = interruption.level > .none
    result.seconds = clock.uptime() - begun
    result.problems += await log.end(
      result.interrupted ? .interrupted : result.isDone ? .success : .failure,
      changed: result.ways.count, routers: result.routers)
    return result
  }

  /// How a change ended that could not be made.
  func ending(of problem: Problem) -> RunRecord.Outcome {
    interruption.level > .none || problem.exitStatus == .interrupted ? .interrupted : .failure
  }

  /// Measures the clocks, and has all routers switch; false when nothing is switched in the end.
  private func prepareAndShip(
    _ routers: inout [LatencyRouter], hold: Double?, _ log: LatencyLog,
    _ result: inout LatencySwitchResult
  ) async throws(Problem) -> Bool {
    routers = await synchronize(routers)
    guard routers.allSatisfy({ $0.result.problem == nil }), interruption.level == .none else {
      return false
    }
    try await log.ships(routers, "set")
    let instant = commonInstant(routers)
    if let hold { result.until = clock.now() + Int64(instant - now + hold * 1000) }
    routers = await ship(routers, at: instant, hold: hold)
    guard routers.allSatisfy({ $0.result.problem == nil }) else {
      result.problems += await takeBack(&routers, until: result.until)
      result.until = nil
      return false
    }
    (result.spread, result.spreadUncertainty) = Self.spread(routers, at: instant)
    for router in routers {
      if let late = router.result.late {
        do { try await log.made(router.router, late: [late]) } catch {
          result.problems += error.diagnostics
        }
      }
    }
    return true
  }

  /// What keeps a router from making its changes, by what it told: noted as its problem.
  func check(_ router: inout LatencyRouter) {
    guard let report = router.report, router.result.problem == nil else { return }
    let name = router.router
    func refuse(_ summary: String, _ detail: String) {
      let problem = Problem(summary, detail: detail, host: name, exitStatus: .failure)
      router.result.problem = problem
      onEvent(.routerFailed(router: name, problem: problem))
    }
    if let run = report.run {
      return refuse(
        "a profile's run is under way on \(name): \(VisibleText.line(run.name))",
        "It says what the delays are until it ends. End it where it was started with Ctrl-C, or with: "
          + "planetbed latency clear \(inventory.file)")
    }
    if !report.hasModule {
      return refuse(
        "the kernel of \(name) cannot delay packets",
        "It has no module sch_netem. Debian and Ubuntu have it in the kernel's own package or in "
          + "linux-modules-extra, Red Hat and its kin in kernel-modules-extra.")
    }
    for change in router.changes {
      let peer = change.peer
      guard let lane = report.lane(to: peer) else {
        return refuse(
          "\(name) does not know the way to \(peer)",
          "The inventory was not applied to it as it is now: planetbed apply \(inventory.file)")
      }
      if lane.queue.ownership == .foreign {
        return refuse(
          "somebody else's queueing discipline is on \(lane.device) of \(name)",
          "It is left alone: \(VisibleText.line(lane.queue.line, limit: 200))\nTake it away there "
            + "(tc qdisc del dev \(lane.device) root) if nobody needs it.")
      }
      if change.asksForTotal, lane.baselineMicroseconds == nil {
        return refuse(
          "\(name) does not know the natural round trip to \(peer)",
          "It is a part of the delay that is asked for. It is measured by: planetbed apply "
            + "\(inventory.file)\nOr say what is to be added to it: --added-rtt.")
      }
    }
  }

  // MARK: - At one instant

  /// Has every router make its changes at an instant of this computer's clock, in milliseconds; those
  /// that failed have their problem in their result. The user's second interruption gives it up.
  func ship(_ routers: [LatencyRouter], at instant: Double, hold: Double?) async -> [LatencyRouter]
  {
    onEvent(.shipping(routers: routers.count, milliseconds: Int(instant - now)))
    return await advancing(routers) { router throws(Problem) in
      guard let connection = router.connection else { return router }
      var router = router
      // A clock that could not be measured: what has to be taken away is, without the others.
      let at = router.result.clock == nil ? 0 : router.time(at: instant)
      let answer = try await call(
        agent.hold(
          router.changes, at: at, until: hold.map { at + Int(($0 * 1000).rounded()) }),
        on: router.router, connection, attempt: "changing the delays", until: .givingUp)
      guard let switched = answer.switchedAt else {
        throw Problem(
          "\(router.router) does not say when it switched", host: router.router,
          exitStatus: .failure)
      }
      if at > 0 {
        router.result.late = switched - at
        onEvent(.switched(router: router.router, late: switched - at))
      }
      return router
    }
  }

  /// How far apart the routers switched, by this computer's clock, and how far that may be wrong.
  static func spread(
    _ routers: [LatencyRouter], at instant: Double
  ) -> (spread: Double?, uncertainty: Double?) {
    let instants = routers.compactMap { router -> (time: Double, uncertainty: Double)? in
      guard let clock = router.result.clock, let late = router.result.late else { return nil }
      return (clock.ownTime(at: Double(router.time(at: instant) + late)), clock.uncertainty)
    }
    guard instants.count > 1, let first = instants.map(\.time).min(),
      let last = instants.map(\.time).max()
    else { return (nil, nil) }
    let uncertain = instants.map(\.uncertainty).sorted().suffix(2).reduce(0, +)
    return (last - first, uncertain)
  }

  /// Gives the routers back what they held before, those too of which it is not known whether they
  /// switched.
  /// - Parameter lease: when what cannot be taken back ends by itself, in milliseconds since 1970.
  /// - Returns: what could not be taken back.
  private func takeBack(
    _ routers: inout [LatencyRouter], until lease: Int64?
  ) async -> [Diagnostic] {
    let outcomes = await self.outcomes(on: routers) { router throws(Problem) in
      var before: [Int?: [RouterAgent.Change]] = [:]
      for change in router.changes {
        let held = router.report?.lane(to: change.peer)?.held
        before[held?.until, default: []].append(.init(peer: change.peer, text: held?.text))
      }
      // A connection that broke is made anew: what was sent may be in force.
      try await connected(to: router) { connection throws(Problem) in
        for (until, changes) in before {
          _ = try await call(
            agent.hold(changes, until: until), on: router.router, connection,
            attempt: "taking the delays back", until: .givingUp)
        }
      }
    }
    var problems: [Diagnostic] = []
    for (place, outcome) in outcomes.enumerated() {
      let name = routers[place].router
      routers[place].result.late = nil
      switch outcome {
      case .success: onEvent(.takenBack(router: name))
      case .failure(let problem):
        let end = lease.map { "They end by themselves at \(OperatorClock.text($0)); " } ?? ""
        problems.append(
          Diagnostic(
            .error, "the delays on \(name) may be in force, and could not be taken back",
            detail: "\(end)to end them: planetbed latency clear \(inventory.file)\n"
              + problem.description, host: name))
      }
    }
    return problems
  }
}

extension RouterAgent.Change {
  /// Whether the path's natural delay is a part of what is asked for.
  var asksForTotal: Bool { text?.hasPrefix("total ") == true }
}
