import Diagnostics
import Inventories
import Planning
import Roles
import ShellPrograms
import Transport

/// Asks the machines what they are like, and makes them what a plan says.
package struct Runner: Sendable {
  let planner: Planner
  let library: RoleLibrary
  let connector: any Connector
  let state: StateFolder
  let operatorName: String
  let version: String
  let interruption: Interruption
  let clock: OperatorClock
  let onEvent: @Sendable (RunEvent) -> Void

  /// What runs a plan.
  /// - Parameters:
  ///   - operatorName: what another operator is told who meets the lock: `anna@laptop`.
  ///   - version: planetbed's version, for the journal.
  ///   - onEvent: called as things happen, from several threads, in order for each machine.
  package init(
    planner: Planner, library: RoleLibrary, connector: any Connector, state: StateFolder,
    operatorName: String, version: String, interruption: Interruption,
    clock: OperatorClock = .system, onEvent: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.planner = planner
    self.library = library
    self.connector = connector
    self.state = state
    self.operatorName = operatorName
    self.version = version
    self.interruption = interruption
    self.clock = clock
    self.onEvent = onEvent
  }

  /// Connects to all machines at once and runs one probe program on each. A machine that fails
  /// does not keep the others from being asked. The connections stay open: end with `apply` or
  /// with `Probes.close`. The user's first interruption ends it, since it changes nothing.
  /// - Throws: `Problem` when the tasks cannot be rendered; nothing was connected to then.
  package func probe() async throws(Problem) -> Probes {
    var tasks: [String: [RoleTask]] = [:]
    for machine in planner.machines {
      tasks[machine.name] = try planner.tasksToProbe(on: machine.name)
    }
    let begun = clock.uptime()
    let outcomes = await withTaskGroup(of: (Int, ProbeOutcome).self) { group in
      for (index, machine) in planner.machines.enumerated() {
        let tasks = tasks[machine.name] ?? []
        group.addTask { (index, await probe(machine, tasks: tasks)) }
      }
      var outcomes: [(Int, ProbeOutcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
    var probes = Probes(
      answers: [:], failures: [:], hosts: outcomes.map(\.result),
      seconds: clock.uptime() - begun, interrupted: interruption.level > .none, connections: [:],
      connector: connector)
    for outcome in outcomes {
      let name = outcome.result.name
      probes.connections[name] = outcome.connection
      probes.answers[name] = outcome.answer
      probes.failures[name] = outcome.result.problem
    }
    return probes
  }

  private func probe(_ machine: Machine, tasks: [RoleTask]) async -> ProbeOutcome {
    let name = machine.name
    let testbed = planner.inventory.testbed.name
    let questions =
      machine.isRouter
      ? [ProbeQuestion(name: Self.lockQuestion, run: RouterLock.probe(testbed: testbed))] : []
    let program = ProbeCompiler.program(for: tasks, testbed: testbed, questions: questions)
    let begun = clock.uptime()
    var outcome = ProbeOutcome(result: .init(name: name, site: machine.site))
    do {
      let connector = connector
      let connection = try await interruption.cancelling(at: .finishing) {
        try await connector.connect(to: name)
      }
      outcome.connection = connection
      outcome.result.connectSeconds = connection.connectDuration.seconds
      onEvent(.connected(host: name, seconds: outcome.result.connectSeconds))
      outcome.result.roundTrips += 1
      let before = Double(clock.now())
      let result = try await interruption.cancelling(at: .finishing) {
        try await connection.run(program)
      }
      let answer = try ProbeDecoder.answer(
        from: result, tasks: tasks, host: name, operatorClockBefore: before,
        operatorClockAfter: Double(clock.now()))
      outcome.answer = answer
      outcome.result.seconds = clock.uptime() - begun
      onEvent(.probed(host: name, seconds: outcome.result.seconds))
    } catch {
      let problem = Problem.of(error, host: name, doing: "it was asked for its state")
      outcome.result.seconds = clock.uptime() - begun
      outcome.result.failed = 1
      outcome.result.problem = problem
      onEvent(.hostFailed(host: name, problem: problem))
    }
    return outcome
  }

  /// The probe's question for the router lock.
  static let lockQuestion = "lock"

  /// Makes the machines what the plan says, and ends the connections of `probes`.
  ///
  /// When there is nothing to change no machine is asked again and no router is locked. The user's
  /// first interruption lets each machine finish the task that it is at; the second gives up.
  /// - Throws: `Problem` when the run cannot begin: another run is at work, here or elsewhere, or
  ///   the state folder or the journal cannot be written. What fails on machines is in the result.
  package func apply(_ plan: Plan, probes: Probes) async throws(Problem) -> RunResult {
    do {
      let result = try await applyHoldingConnections(plan, probes: probes)
      await probes.close()
      return result
    } catch {
      await probes.close()
      throw error
    }
  }

  private func applyHoldingConnections(
    _ plan: Plan, probes: Probes
  ) async throws(Problem) -> RunResult {
    let schedule = try Schedule(
      plan: plan, providers: try providers(of: plan), unreached: Set(probes.failures.keys))
    let run = OperatorClock.runName(at: clock.now())
    try state.prepare()
    let local = try LocalLock(
      in: state, holder: operatorName, verb: "apply", since: clock.now())
    defer { local.release() }
    let journal = try Journal(in: state)
    try await journal.begin(
      RunRecord(
        name: run, verb: "apply", started: clock.now(), inventory: planner.inventory.file,
        digest: planner.inventory.digest, operatorName: operatorName, version: version))
    let ledger = Ledger(
      run: run, plan: plan, probes: probes, journal: journal, clock: clock, onEvent: onEvent)
    await ledger.begin(plan)
    for host in plan.hosts {
      for step in host.steps where schedule.state(of: step.application.id) == .done {
        await ledger.satisfied(step)
      }
    }
    var lock: HeldLock?
    if !schedule.isFinished {
      do {
        lock = try await takeLock(run: run, probes: probes, ledger: ledger)
      } catch {
        await ledger.end(.failure)
        throw error
      }
    }
    let ensemble = Ensemble(runner: self, run: run, probes: probes, ledger: ledger, lock: lock)
    await ensemble.carryOut(schedule, facts: Facts(hosts: probes.answers.mapValues(\.facts)))
    if interruption.level < .givingUp {
      await lock?.release(removing: false)
    } else {
      await lock?.abandon()
    }
    return await ledger.finish(interrupted: interruption.level > .none)
  }

  /// Which application reports each fact.
  private func providers(of plan: Plan) throws(Problem) -> [FactReference: RoleApplication.ID] {
    var providers: [FactReference: RoleApplication.ID] = [:]
    for host in plan.hosts {
      for step in host.steps {
        for name in try library.registeredFacts(of: step.application) {
          providers[FactReference(host: host.host, name: name)] = step.application.id
        }
      }
    }
    return providers
  }

  /// Takes the lock on the first router that can be reached, which is the same one for every
  /// operator unless a router is down for one and not for another.
  private func takeLock(
    run: String, probes: Probes, ledger: Ledger
  ) async throws(Problem) -> HeldLock {
    let owner = try state.mark()
    var unreached: [Diagnostic] = []
    for site in planner.inventory.sites {
      let router = site.router.name
      if let problem = probes.failures[router] {
        unreached += problem.diagnostics
        continue
      }
      let connection: any Connection
      var isShared = true
      if let open = probes.connections[router] {
        connection = open
      } else {
        // A router outside the run's scope: the lock is the testbed's all the same.
        do {
          connection = try await connector.connect(to: router)
          isShared = false
        } catch {
          unreached += Problem.of(error, host: router, doing: "the lock was taken").diagnostics
          continue
        }
      }
      let lock = RouterLock(
        testbed: planner.inventory.testbed.name, router: router, run: run, holder: operatorName,
        owner: owner)
      let held = HeldLock(
        lock: lock, connection: connection, closesConnection: !isShared, clock: clock,
        onProgram: { await ledger.ranProgram(on: router) })
      let seen = probes.answers[router].map {
        RouterLock.holder(in: ($0.extra[Self.lockQuestion] ?? "").utf8)
      }
      try await held.take(expecting: seen)
      return held
    }
    throw Problem(
      [
        Diagnostic(
          .error, "cannot take the testbed's lock: no router can be reached",
          detail: "Nothing is changed without it, since another operator may be at work.")
      ] + unreached, exitStatus: .failure)
  }
}
