import Clocks
import Diagnostics
import Inventories
import LatencyInjection
import LatencyProfiles
import ShellPrograms
import Transport

extension LatencyControl {
  /// Runs a timetable on the routers, all from one instant on, and waits for its end unless told
  /// otherwise. The user's first interruption ends it on the routers, which put back what was there;
  /// the second gives up waiting for that.
  /// - Parameters:
  ///   - name: what the profile is called.
  ///   - hold: after how many seconds the routers end it at the latest.
  ///   - detached: whether it is left to the routers once it is begun.
  /// - Throws: `Problem` when it cannot begin: another run is at work, here or elsewhere, or the state
  ///   folder or the journal cannot be written. What fails on routers is in the result.
  package func run(
    _ timetable: Timetable, name: String, hold: Double, detached: Bool
  ) async throws(Problem) -> LatencyRunResult {
    let begun = clock.uptime()
    let log = try await begin("latency run")
    let program = RunProgram(
      timetable: timetable, name: Self.runName(name, run: log.run), hold: hold)
    var routers = await look(at: program.sites)
    for place in routers.indices {
      routers[place].changes = program.lanes(of: routers[place].site)
      check(&routers[place])
    }
    var result = LatencyRunResult(run: log.run, name: program.name, routers: [])
    result.isDetached = detached
    var instant: Double?
    do {
      if routers.allSatisfy({ $0.result.problem == nil }) {
        instant = try await locked(run: log.run, routers) { () throws(Problem) in
          try await begin(program, on: &routers, log, &result)
        }
      }
    } catch {
      _ = await log.end(ending(of: error), changed: 0, routers: routers.map(\.result))
      await close(&routers)
      throw error
    }
    await close(&routers)
    log.unlock()
    result.isBegun = instant != nil
    if let instant, !detached {
      await watch(program, from: instant)
      routers = await finish(program, on: routers, &result)
      for firing in result.firings { result.problems += await record(firing, routers, log) }
    }
    result.routers = routers.map(\.result)
    result.interrupted = interruption.level > .none
    result.seconds = clock.uptime() - begun
    result.problems += await log.end(
      result.interrupted
        ? .interrupted : result.isBegun && result.failed == 0 ? .success : .failure,
      changed: result.firings.reduce(0) { $0 + $1.told }, routers: result.routers)
    return result
  }

  /// A name that the routers take: of the profile, and of the run that no other has.
  private static func runName(_ name: String, run: String) -> String {
    let letters = name.unicodeScalars.map { scalar in
      let isTaken = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
      return isTaken ? Character(scalar) : "-"
    }
    return String(letters.prefix(36)) + "." + run
  }

  /// Measures the clocks, and begins the run on all routers.
  /// - Returns: when it begins, by this computer's clock in milliseconds; nil when it does not.
  private func begin(
    _ program: RunProgram, on routers: inout [LatencyRouter], _ log: LatencyLog,
    _ result: inout LatencyRunResult
  ) async throws(Problem) -> Double? {
    routers = await synchronize(routers)
    guard routers.allSatisfy({ $0.result.problem == nil }), interruption.level == .none else {
      return nil
    }
    try await log.ships(routers, "run \(program.name)")
    let instant = commonInstant(routers)
    onEvent(.shipping(routers: routers.count, milliseconds: Int(instant - now)))
    routers = await advancing(routers) { router throws(Problem) in
      guard let connection = router.connection else { return router }
      _ = try await call(
        program.call(agent, on: router, at: router.time(at: instant)), on: router.router,
        connection, attempt: "beginning the run", until: .givingUp)
      return router
    }
    // One that was told too late begins with what is past already, and the others would be alone.
    guard routers.allSatisfy({ $0.result.problem == nil }) else {
      result.problems += await stop(routers, name: program.name)
      return nil
    }
    result.start = clock.now() + Int64(instant - now)
    result.until = result.start + Int64(program.longest * 1000)
    onEvent(.begins(milliseconds: Int(max(0, instant - now))))
    return instant
  }

  /// Tells what happens as it happens, until the end or the user's interruption.
  private func watch(_ program: RunProgram, from instant: Double) async {
    let (timetable, clock, onEvent) = (program.timetable, clock, onEvent)
    @Sendable func pause(until seconds: Double) async throws {
      let left = instant / 1000 + seconds - clock.uptime()
      if left > 0 { try await clock.wait(.milliseconds(Int((left * 1000).rounded(.up)))) }
    }
    // Ended by the user, or by its own end: either way what follows is the same.
    try? await interruption.cancelling(at: .finishing) {
      var repetition = 0
      let period = Double(timetable.periodMilliseconds) / 1000
      while repetition < timetable.repetitions ?? .max {
        let start = Double(repetition) * period
        for announcement in timetable.announcements {
          let due = start + Double(announcement.milliseconds) / 1000
          guard due < program.longest else { break }
          try await pause(until: due)
          onEvent(.announced(repetition: repetition + 1, announcement))
        }
        repetition += 1
        if Double(repetition) * period >= program.longest { break }
        try await pause(until: Double(repetition) * period)
      }
      try await pause(until: program.longest)
    }
  }

  /// Ends the run where it was interrupted, else sees to it that it has ended, and asks how late the
  /// changes were made.
  private func finish(
    _ program: RunProgram, on routers: [LatencyRouter], _ result: inout LatencyRunResult
  ) async -> [LatencyRouter] {
    let wasInterrupted = interruption.level > .none
    if wasInterrupted { onEvent(.interrupted) }
    let ended = await advancing(routers) { router throws(Problem) in
      var router = router
      router.report = try await connected(to: router) { connection throws(Problem) in
        if wasInterrupted {
          _ = try await call(
            agent.stop, on: router.router, connection, attempt: "ending the run", until: .givingUp)
        }
        return try await reportAfterTheEnd(of: program, on: router.router, connection)
      }
      return router
    }
    result.firings = ended.filter { $0.result.problem == nil }.map { router in
      program.firing(router, repetitionsUntil: wasInterrupted ? nil : program.longest)
    }
    for router in ended where router.report?.run?.name == program.name {
      result.problems.append(
        Diagnostic(
          .error, "the run has not ended on \(router.router)",
          detail: "planetbed latency clear \(inventory.file) ends it.", host: router.router))
    }
    return ended
  }

  /// How often a router is asked whether the run has ended, which takes it a moment.
  private static let patience = 10

  private func reportAfterTheEnd(
    of program: RunProgram, on router: String, _ connection: any Connection
  ) async throws(Problem) -> AgentReport {
    var last = try await report(of: router, connection, until: .givingUp)
    for _ in 0..<Self.patience where last.run?.name == program.name {
      do { try await clock.wait(.seconds(1)) } catch {
        throw Problem.of(error, host: router, doing: "the run's end was waited for")
      }
      last = try await report(of: router, connection, until: .givingUp)
    }
    return last
  }

  /// Ends the run everywhere, after it could not be begun everywhere.
  /// - Returns: where it could not be ended.
  private func stop(_ routers: [LatencyRouter], name: String) async -> [Diagnostic] {
    let outcomes = await self.outcomes(on: routers) { router throws(Problem) in
      // A connection that broke is made anew: what was sent may have begun.
      try await connected(to: router) { connection throws(Problem) in
        // Whoever refused it may have another one's run.
        let present = try await report(of: router.router, connection, until: .givingUp)
        guard present.run?.name == name else { return }
        _ = try await call(
          agent.stop, on: router.router, connection, attempt: "ending the run", until: .givingUp)
      }
    }
    return zip(routers, outcomes).flatMap { router, outcome -> [Diagnostic] in
      switch outcome {
      case .success:
        onEvent(.takenBack(router: router.router))
        return []
      case .failure(let problem):
        return [
          Diagnostic(
            .error, "the run may have begun on \(router.router), and could not be ended",
            detail: "To end it: planetbed latency clear \(inventory.file)\n\(problem.description)",
            host: router.router)
        ]
      }
    }
  }

  private func record(
    _ firing: LatencyRunResult.Firing, _ routers: [LatencyRouter], _ log: LatencyLog
  ) async -> [Diagnostic] {
    let fired = routers.first { $0.router == firing.router }?.report?.fired ?? []
    do {
      try await log.made(firing.router, late: fired.map(\.late))
      return []
    } catch {
      return error.diagnostics
    }
  }
}

/// A timetable as the routers are given it.
struct RunProgram: Sendable {
  let timetable: Timetable
  /// What it is called on the routers.
  let name: String
  /// How long the run takes at most, in seconds.
  let longest: Double
  private let hold: Double
  private let events: [String: [RouterAgent.Event]]

  init(timetable: Timetable, name: String, hold: Double) {
    self.timetable = timetable
    self.name = name
    self.hold = hold
    longest = min(hold, timetable.totalMilliseconds.map { Double($0) / 1000 } ?? .infinity)
    var events: [String: [RouterAgent.Event]] = [:]
    for event in timetable.events {
      events[event.from, default: []].append(
        RouterAgent.Event(
          milliseconds: event.milliseconds,
          change: .init(peer: event.to, conditions: event.conditions)))
    }
    self.events = events
  }

  /// The sites whose routers have something to do.
  var sites: [String] { Array(events.keys) }

  /// The first change of each lane of a site's router, or the first whose delay the path's natural one
  /// is a part of: what is checked before, and what the journal keeps.
  func lanes(of site: String) -> [RouterAgent.Change] {
    var places: [String: Int] = [:]
    var lanes: [RouterAgent.Change] = []
    for change in (events[site] ?? []).map(\.change) {
      if let place = places[change.peer] {
        if !lanes[place].asksForTotal, change.asksForTotal { lanes[place] = change }
      } else {
        places[change.peer] = lanes.count
        lanes.append(change)
      }
    }
    return lanes
  }

  /// The call that begins it on a router, whose clock shows `time` then.
  func call(_ agent: RouterAgent, on router: LatencyRouter, at time: Int) -> RemoteProgram {
    agent.run(
      name, events: events[router.site] ?? [], at: time,
      until: time + Int((hold * 1000).rounded()), period: timetable.periodMilliseconds,
      times: timetable.repetitions)
  }

  /// How a router's changes were made; `seconds` is how long the run took, nil when it was interrupted:
  /// then what the router tells of is all that is known.
  func firing(_ router: LatencyRouter, repetitionsUntil seconds: Double?)
    -> LatencyRunResult.Firing
  {
    let fired = router.report?.fired ?? []
    // What happens at one moment is one change, and told of once.
    let moments = Set((events[router.site] ?? []).map(\.milliseconds))
    let planned = seconds.map { seconds in
      moments.reduce(0) { count, moment in
        let left = seconds * 1000 - Double(moment)
        guard left > 0 else { return count }
        return count + Int((left / Double(timetable.periodMilliseconds)).rounded(.up))
      }
    }
    return LatencyRunResult.Firing(
      router: router.router, planned: planned ?? fired.count, told: fired.count,
      last: fired.last?.late, worst: fired.map(\.late).max())
  }
}
