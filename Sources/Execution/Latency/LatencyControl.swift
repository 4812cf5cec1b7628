import Clocks
import Diagnostics
import Inventories
import LatencyInjection
import ShellPrograms
import Transport

/// Changes delays on routers: all of them at one instant, or none.
package struct LatencyControl: Sendable {
  /// Of a path between two sites, what it shall be like, seen from the first of them.
  package struct PathChange: Sendable, Hashable {
    /// The site from which it is seen.
    package var from: String
    /// The site at its other end.
    package var to: String
    /// What it shall be like.
    package var conditions: PathConditions

    /// What a path shall be like.
    package init(from: String, to: String, conditions: PathConditions) {
      self.from = from
      self.to = to
      self.conditions = conditions
    }
  }

  /// How far ahead the instant is set at which all switch, in milliseconds, beside what getting the
  /// change to the slowest router takes.
  static let headStart = 1000.0

  let inventory: Inventory
  let connector: any Connector
  let state: StateFolder
  let operatorName: String
  let version: String
  let interruption: Interruption
  let clock: OperatorClock
  let onEvent: @Sendable (LatencyProgress) -> Void
  let agent: RouterAgent

  /// What changes delays on the inventory's routers; whoever gave the connector closes it.
  /// - Parameters:
  ///   - operatorName: what another operator is told who meets the lock: `anna@laptop`.
  ///   - version: planetbed's version, for the journal.
  ///   - onEvent: called as things happen, from several threads.
  package init(
    inventory: Inventory, connector: any Connector, state: StateFolder, operatorName: String,
    version: String, interruption: Interruption, clock: OperatorClock = .system,
    onEvent: @escaping @Sendable (LatencyProgress) -> Void
  ) {
    self.inventory = inventory
    self.connector = connector
    self.state = state
    self.operatorName = operatorName
    self.version = version
    self.interruption = interruption
    self.clock = clock
    self.onEvent = onEvent
    agent = RouterAgent(testbed: inventory.testbed.name)
  }

  /// This computer's clock, in milliseconds.
  var now: Double { clock.uptime() * 1000 }

  // MARK: - A change's frame

  /// Begins a change: under the testbed's lock of this computer, and in the journal.
  func begin(_ verb: String) async throws(Problem) -> LatencyLog {
    let run = OperatorClock.runName(at: clock.now())
    try state.prepare()
    let lock = try LocalLock(in: state, holder: operatorName, verb: verb, since: clock.now())
    let journal = try Journal(in: state)
    try await journal.begin(
      RunRecord(
        name: run, verb: verb, started: clock.now(), inventory: inventory.file,
        digest: inventory.digest, operatorName: operatorName, version: version))
    return LatencyLog(run: run, journal: journal, clock: clock, lock: lock)
  }

  /// Does the part of a change during which no other operator's run may be at work: the testbed's lock
  /// is taken on the first router that can be reached, as `apply` does.
  func locked<Result: Sendable>(
    run: String, _ routers: [LatencyRouter],
    _ body: () async throws(Problem) -> Result
  ) async throws(Problem) -> Result {
    let owner = try state.mark()
    var unreached: [Diagnostic] = []
    for site in inventory.sites {
      let router = site.router.name
      let known = routers.first { $0.router == router }?.connection
      let connection: any Connection
      if let known {
        connection = known
      } else {
        do throws(Problem) {
          connection = try await reach(router)
        } catch {
          unreached += error.diagnostics
          continue
        }
      }
      let held = HeldLock(
        lock: RouterLock(
          testbed: inventory.testbed.name, router: router, run: run, holder: operatorName,
          owner: owner),
        connection: connection, closesConnection: known == nil, clock: clock, onProgram: {})
      try await held.take(expecting: nil)
      do throws(Problem) {
        let result = try await body()
        await held.release(removing: false)
        return result
      } catch {
        await held.release(removing: false)
        throw error
      }
    }
    throw Problem(
      [
        Diagnostic(
          .error, "cannot take the testbed's lock: no router can be reached",
          detail: "Nothing is changed without it, since another operator may be at work.")
      ] + unreached, exitStatus: .failure)
  }

  // MARK: - Routers

  /// Connects to a router; the user's interruption of a level gives it up.
  func reach(
    _ router: String, until level: Interruption.Level = .finishing
  ) async throws(Problem) -> any Connection {
    do {
      let connector = connector
      return try await interruption.cancelling(at: level) {
        try await connector.connect(to: router)
      }
    } catch {
      throw Problem.of(error, host: router, doing: "it was being connected to")
    }
  }

  /// Runs one of the agent's calls; the user's interruption of a level gives it up.
  func call(
    _ program: RemoteProgram, on router: String, _ connection: any Connection, attempt: String,
    until level: Interruption.Level
  ) async throws(Problem) -> AgentAnswer {
    do {
      let result = try await interruption.cancelling(at: level) {
        try await connection.run(program)
      }
      let answer = try AgentAnswer(result)
      _ = try answer.text(on: router, attempt: attempt)
      return answer
    } catch let error as FrameError {
      throw Problem(
        "\(router) does not answer as its program for delays does", detail: error.reason,
        host: router, exitStatus: .failure)
    } catch {
      throw Problem.of(error, host: router, doing: attempt)
    }
  }

  /// Asks a router what is in force on it.
  func report(
    of router: String, _ connection: any Connection,
    until level: Interruption.Level = .finishing
  ) async throws(Problem) -> AgentReport {
    let attempt = "asking for the delays"
    let answer = try await call(
      agent.show, on: router, connection, attempt: attempt, until: level)
    do {
      return try AgentReport(try answer.text(on: router, attempt: attempt))
    } catch let error as FrameError {
      throw Problem(
        "\(router) does not tell its delays as its program does", detail: error.reason,
        host: router, exitStatus: .failure)
    } catch {
      throw Problem.of(error, host: router, doing: attempt)
    }
  }

  /// Does something on every router at once; the results are in the same order.
  func outcomes<Value: Sendable>(
    on routers: [LatencyRouter],
    _ body: @escaping @Sendable (LatencyRouter) async throws(Problem) -> Value
  ) async -> [Result<Value, Problem>] {
    await withTaskGroup(of: (Int, Result<Value, Problem>).self) { group in
      for (place, router) in routers.enumerated() {
        group.addTask {
          do throws(Problem) {
            return (place, .success(try await body(router)))
          } catch {
            return (place, .failure(error))
          }
        }
      }
      var results: [(Int, Result<Value, Problem>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// Does something on every router at once that makes it known better; a router on which it fails has
  /// its problem in its result, and it is told.
  func advancing(
    _ routers: [LatencyRouter],
    _ body: @escaping @Sendable (LatencyRouter) async throws(Problem) -> LatencyRouter
  ) async -> [LatencyRouter] {
    let results = await outcomes(on: routers) { router throws(Problem) in
      do throws(Problem) {
        return try await body(router)
      } catch {
        onEvent(.routerFailed(router: router.router, problem: error))
        throw error
      }
    }
    return zip(routers, results).map { router, result in
      switch result {
      case .success(let router): return router
      case .failure(let problem):
        var failed = router
        failed.result.problem = problem
        return failed
      }
    }
  }

  /// Connects to the routers of sites and asks what is in force on them, all at once. A router that
  /// cannot be asked has its problem in its result.
  func look(at sites: [String]) async -> [LatencyRouter] {
    let routers = inventory.sites.filter { sites.contains($0.name) }.map {
      LatencyRouter(router: $0.router.name, site: $0.name)
    }
    return await advancing(routers) { router throws(Problem) in
      var router = router
      let connection = try await reach(router.router)
      let begun = clock.uptime()
      do throws(Problem) {
        router.report = try await report(of: router.router, connection)
      } catch {
        await connection.close()
        throw error
      }
      router.connection = connection
      router.pace = (clock.uptime() - begun) * 1000
      onEvent(.asked(router: router.router, seconds: clock.uptime() - begun))
      return router
    }
  }

  /// Measures the clocks of routers, all at once.
  func synchronize(_ routers: [LatencyRouter]) async -> [LatencyRouter] {
    let uptime = clock.uptime
    return await advancing(routers) { router throws(Problem) in
      var router = router
      guard let connection = router.connection else { return router }
      let name = router.router
      do {
        let offset = try await interruption.cancelling(at: .finishing) {
          try await ClockMeasurement.offset(of: name, over: connection, uptime: uptime)
        }
        router.result.clock = offset
        onEvent(.clock(router: name, offset: offset))
      } catch {
        throw Problem.of(error, host: name, doing: "its clock was measured")
      }
      return router
    }
  }

  /// Ends the connections.
  func close(_ routers: inout [LatencyRouter]) async {
    for place in routers.indices {
      await routers[place].connection?.close()
      routers[place].connection = nil
    }
  }

  /// Does something over a router's connection, or over a new one when that is closed or has failed;
  /// only the user's second interruption gives up making it.
  func connected<Value: Sendable>(
    to router: LatencyRouter, _ body: (any Connection) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    if let connection = router.connection, router.result.problem == nil {
      return try await body(connection)
    }
    let connection = try await reach(router.router, until: .givingUp)
    do throws(Problem) {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  /// The instant at which all are to switch, by this computer's clock in milliseconds: long enough
  /// from now for the slowest router to be told, and its connection slower than it was.
  func commonInstant(_ routers: [LatencyRouter]) -> Double {
    let slowest = routers.map { max($0.pace, $0.result.clock?.roundTrip ?? 0) }.max() ?? 0
    let ahead = Self.headStart + 3 * slowest
    return now + min(ahead, Double(RouterAgent.greatestDelay) / 2)
  }
}

/// A router that is concerned by a change, and what is known of it.
struct LatencyRouter: Sendable {
  /// What will be told of it.
  var result: LatencyRouterResult
  var connection: (any Connection)?
  /// What is in force on it.
  var report: AgentReport?
  /// How long a call takes there, in milliseconds.
  var pace = 0.0
  /// What is to change on it.
  var changes: [RouterAgent.Change] = []

  init(router: String, site: String) { result = LatencyRouterResult(router: router, site: site) }

  var router: String { result.router }
  var site: String { result.site }

  /// What its clock shows at an instant of this computer's, in whole milliseconds.
  func time(at milliseconds: Double) -> Int {
    Int((result.clock?.machineTime(at: milliseconds) ?? 0).rounded())
  }
}
