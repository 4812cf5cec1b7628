import Diagnostics
import Inventories
import LatencyInjection
import ShellPrograms
import Stages
import Transport

/// Measures the path between every two sites, from both ends, and judges it by what is in force.
///
/// The routers are asked what is in force, then all ping all others at once, as often as that takes to be
/// judged, and tell once more what is in force: with one connection each.
package struct LatencyMeasurement: Sendable {
  private let connector: any Connector
  private let now: @Sendable () -> Int64
  private let limits: ProbePlan.Limits

  /// - Parameters:
  ///   - connector: makes the connections; whoever gave it closes it.
  ///   - now: the operator's time of day, in milliseconds since 1970.
  ///   - limits: how long it may take.
  package init(
    connector: any Connector, now: @escaping @Sendable () -> Int64,
    limits: ProbePlan.Limits = ProbePlan.Limits()
  ) {
    self.connector = connector
    self.now = now
    self.limits = limits
  }

  /// What a router told before it pinged.
  private struct Visit: Sendable {
    var site: Site
    var connection: (any Connection)?
    var report: AgentReport?
    var problem: Problem?
    var time: Int64
  }

  /// What a router told when it had pinged.
  private struct Probed: Sendable {
    var replies: [DelayProbes.Reply] = []
    var report: AgentReport?
    var problem: Problem?
  }

  /// Measures the paths between sites.
  /// - Parameters:
  ///   - sites: the sites between which paths are measured; nil for all.
  ///   - always: whether they are measured too when nothing is asked of any, and no experiment is on.
  /// - Returns: nil when there was nothing to measure.
  package func measure(
    _ inventory: Inventory, between sites: Set<String>? = nil, always: Bool = true
  ) async -> MeasuredDelays? {
    let chosen = inventory.sites.filter { sites?.contains($0.name) ?? true }
    guard chosen.count > 1 else { return nil }
    let agent = RouterAgent(testbed: inventory.testbed.name)
    let visits = await visit(chosen, agent)
    let isAsked = !inventory.latency.isEmpty
    let hasExperiment = visits.contains { visit in
      visit.report.map { $0.run != nil || $0.lanes.contains { $0.held != nil } } ?? false
    }
    guard always || isAsked || hasExperiment, !Task.isCancelled else {
      for visit in visits { await visit.connection?.close() }
      return nil
    }
    let layout = LatencyLayout(inventory)
    let names = Set(chosen.map(\.name))
    var before: [String: [String: LaneState]] = [:]
    for visit in visits {
      for lane in layout.lanes(at: visit.site.name) where names.contains(lane.peer) {
        before[lane.site, default: [:]][lane.peer] = LaneState(
          lane, asked: inventory.askedPath(from: lane.site, to: lane.peer)?.conditions.leavingFirst,
          report: visit.report, isReached: visit.problem == nil, now: visit.time)
      }
    }
    var paths: [MeasuredPath] = []
    for from in chosen {
      for to in chosen where to.name != from.name {
        guard let there = before[from.name]?[to.name], let back = before[to.name]?[from.name] else {
          continue
        }
        paths.append(
          MeasuredPath(
            from: from.name, to: to.name, asked: inventory.askedPath(from: from.name, to: to.name),
            there: there, back: back,
            expectation: PathExpectation(
              there: there.conditions, back: back.conditions, naturalThere: there.natural,
              naturalBack: back.natural), statistics: nil, verdict: .notAsked, notes: []))
      }
    }
    let gate = DelayGate(paths: paths.count)
    let time = now()
    let probed = await probe(visits, paths, gate, agent)
    judge(&paths, probed, gate)
    let problems = visits.flatMap {
      ($0.problem ?? probed[$0.site.name]?.problem)?.diagnostics ?? []
    }
    return MeasuredDelays(paths: paths, problems: problems, time: time)
  }

  /// Asks all routers at once what is in force.
  private func visit(_ sites: [Site], _ agent: RouterAgent) async -> [Visit] {
    await withTaskGroup(of: (Int, Visit).self) { group in
      for (place, site) in sites.enumerated() {
        group.addTask { (place, await visit(site, agent)) }
      }
      var visits: [(Int, Visit)] = []
      for await visit in group { visits.append(visit) }
      return visits.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func visit(_ site: Site, _ agent: RouterAgent) async -> Visit {
    var visit = Visit(site: site, time: now())
    do {
      let connection = try await connector.connect(to: site.router.name)
      visit.connection = connection
      visit.report = try await report(agent, connection, site.router.name)
      visit.time = now()
    } catch {
      visit.problem = Self.problem(error, site.router.name)
    }
    return visit
  }

  /// What a router's program tells; nil when there is none yet.
  private func report(
    _ agent: RouterAgent, _ connection: any Connection, _ router: String
  ) async throws -> AgentReport? {
    let answer = try AgentAnswer(try await connection.run(agent.show))
    if answer == .absent { return nil }
    return try AgentReport(try answer.text(on: router, attempt: "asking for the delays"))
  }

  /// Has all routers ping all others at once; by the site that probes.
  private func probe(
    _ visits: [Visit], _ paths: [MeasuredPath], _ gate: DelayGate, _ agent: RouterAgent
  ) async -> [String: Probed] {
    await withTaskGroup(of: (String, Probed).self) { group in
      for visit in visits {
        guard let connection = visit.connection else { continue }
        let own = paths.filter { $0.from == visit.site.name }
        let targets = own.map { path in
          DelayProbes.Target(
            path.there.lane.peerAddress,
            ProbePlan(
              path.expectation, lanes: own.count, confidence: gate.confidence, limits: limits))
        }
        group.addTask {
          let probed =
            visit.problem == nil
            ? await probe(targets, connection, visit.site.router.name, agent) : Probed()
          await connection.close()
          return (visit.site.name, probed)
        }
      }
      var probed: [String: Probed] = [:]
      for await (site, one) in group { probed[site] = one }
      return probed
    }
  }

  private func probe(
    _ targets: [DelayProbes.Target], _ connection: any Connection, _ router: String,
    _ agent: RouterAgent
  ) async -> Probed {
    var probed = Probed()
    do {
      let result = try await connection.run(DelayProbes.program(targets))
      guard result.ending == .exited(0) else {
        throw Problem(
          "the delays from \(router) could not be measured",
          detail: (["\(result.ending)"] + VisibleText.lastLines(of: result.errors, count: 3))
            .joined(separator: "\n"), host: router, exitStatus: .failure)
      }
      switch DelayProbes.answer(from: result.output, targets: targets) {
      case .replies(let replies): probed.replies = replies
      case .noPing:
        throw Problem(
          "\(router) has no ping, so that the delays from it cannot be measured",
          detail: "Install it there: apt-get install iputils-ping", host: router,
          exitStatus: .failure)
      }
      probed.report = try await report(agent, connection, router)
    } catch {
      probed.problem = Self.problem(error, router)
    }
    return probed
  }

  /// Enters what came of the probes, and judges it.
  private func judge(
    _ paths: inout [MeasuredPath], _ probed: [String: Probed], _ gate: DelayGate
  ) {
    var taken: [String: Int] = [:]
    for place in paths.indices {
      let (from, to) = (paths[place].from, paths[place].to)
      let index = taken[from, default: 0]
      taken[from] = index + 1
      let replies = probed[from]?.replies ?? []
      let reply = replies.indices.contains(index) ? replies[index] : nil
      paths[place].statistics = reply?.statistics
      let isSteady =
        update(&paths[place].there, probed[from]?.report)
        && update(&paths[place].back, probed[to]?.report)
      gate.judge(&paths[place], isSteady: isSteady, complaint: reply?.complaint ?? "")
    }
  }

  /// Takes what a router told last, for its counters; whether the same is in force still.
  private func update(_ state: inout LaneState, _ report: AgentReport?) -> Bool {
    guard let before = state.report, let after = report?.lane(to: state.lane.peer) else {
      return true
    }
    state.report = after
    return before.now == after.now
  }

  private static func problem(_ error: any Error, _ router: String) -> Problem {
    (error as? Problem)
      ?? Problem(
        "\(router) could not be asked for its delays", detail: "\(error)", host: router,
        exitStatus: .failure)
  }
}
