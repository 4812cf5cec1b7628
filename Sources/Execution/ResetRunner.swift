import Diagnostics
import Inventories
import Roles
import ShellPrograms
import Transport

/// Takes back what planetbed put on machines: the hosts first, all at once, then the routers, so
/// that no machine loses the way by which it is reached before its turn.
package struct ResetRunner: Sendable {
  private let inventory: Inventory
  private let machines: [Machine]
  private let connector: any Connector
  private let state: StateFolder
  private let operatorName: String
  private let version: String
  private let interruption: Interruption
  private let clock: OperatorClock
  private let onEvent: @Sendable (ResetProgress) -> Void

  /// What resets `machines`, some or all of the inventory's. The connector is closed at the end.
  package init(
    inventory: Inventory, machines: [Machine], connector: any Connector, state: StateFolder,
    operatorName: String, version: String, interruption: Interruption,
    clock: OperatorClock = .system, onEvent: @escaping @Sendable (ResetProgress) -> Void
  ) {
    self.inventory = inventory
    self.machines = machines
    self.connector = connector
    self.state = state
    self.operatorName = operatorName
    self.version = version
    self.interruption = interruption
    self.clock = clock
    self.onEvent = onEvent
  }

  /// Resets the machines. What cannot be reached fails, and keeps no other from being reset. The
  /// user's first interruption lets the machines that have begun finish; the second gives up.
  /// - Throws: `Problem` when the reset cannot begin: another run is at work, here or elsewhere,
  ///   or the state folder or the journal cannot be written.
  package func reset() async throws(Problem) -> ResetResult {
    do {
      let result = try await resetHoldingConnections()
      await connector.close()
      return result
    } catch {
      await connector.close()
      throw error
    }
  }

  private func resetHoldingConnections() async throws(Problem) -> ResetResult {
    let begun = clock.uptime()
    let run = OperatorClock.runName(at: clock.now())
    try state.prepare()
    let local = try LocalLock(in: state, holder: operatorName, verb: "reset", since: clock.now())
    defer { local.release() }
    let journal = try Journal(in: state)
    try await journal.begin(
      RunRecord(
        name: run, verb: "reset", started: clock.now(), inventory: inventory.file,
        digest: inventory.digest, operatorName: operatorName, version: version))
    let machines = await connectAll()
    var result = ResetResult(
      run: run, hosts: machines.map(\.result), seconds: 0, interrupted: false, problems: [])
    do {
      let lock = try await takeLock(run: run, machines: machines, result: &result)
      let stopped = await carryOut(machines, lock: lock, result: &result)
      if interruption.level < .givingUp {
        await lock?.release(removing: !stopped)
      } else {
        await lock?.abandon()
      }
    } catch {
      await end(run, journal, .failure, &result)
      for machine in machines { await machine.connection?.close() }
      throw error
    }
    for machine in machines { await machine.connection?.close() }
    result.interrupted = interruption.level > .none
    result.seconds = clock.uptime() - begun
    let isGood = result.failed == 0 && result.problems.isEmpty
    await end(
      run, journal, result.interrupted ? .interrupted : isGood ? .success : .failure, &result)
    return result
  }

  /// A machine to be reset, and its connection when there is one.
  private struct Target: Sendable {
    var machine: Machine
    var connection: (any Connection)?
    var result: ResetResult.HostResult
  }

  private func connectAll() async -> [Target] {
    await withTaskGroup(of: (Int, Target).self) { group in
      for (index, machine) in machines.enumerated() {
        group.addTask { (index, await connect(machine)) }
      }
      var targets: [(Int, Target)] = []
      for await target in group { targets.append(target) }
      return targets.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func connect(_ machine: Machine) async -> Target {
    let name = machine.name
    var target = Target(machine: machine, result: .init(name: name, site: machine.site))
    do {
      let connector = connector
      let connection = try await interruption.cancelling(at: .finishing) {
        try await connector.connect(to: name)
      }
      target.connection = connection
      target.result.connectSeconds = connection.connectDuration.seconds
      target.result.seconds = target.result.connectSeconds
      onEvent(.connected(host: name, seconds: target.result.connectSeconds))
    } catch {
      let problem = Problem.of(error, host: name, doing: "it was being connected to")
      target.result.problem = problem
      onEvent(.hostFailed(host: name, problem: problem))
    }
    return target
  }

  /// Takes the lock on the first router that can be reached; nil when none can: then what is still
  /// in reach of a broken testbed is reset without it, and the result says so.
  private func takeLock(
    run: String, machines: [Target], result: inout ResetResult
  ) async throws(Problem) -> HeldLock? {
    let owner = try state.mark()
    for site in inventory.sites {
      let router = site.router.name
      let known = machines.first { $0.machine.name == router }
      var connection = known?.connection
      if known == nil { connection = try? await connector.connect(to: router) }
      guard let connection else { continue }
      let held = HeldLock(
        lock: RouterLock(
          testbed: inventory.testbed.name, router: router, run: run, holder: operatorName,
          owner: owner),
        connection: connection, closesConnection: known == nil, clock: clock, onProgram: {})
      try await held.take(expecting: nil)
      return held
    }
    result.problems.append(
      Diagnostic(
        .warning, "no router could be reached, so the testbed's lock was not taken",
        detail: "Make sure that nobody else is changing the testbed."))
    return nil
  }

  /// What the parts of a reset tell.
  private enum Part: Sendable {
    /// All machines are done, or the user stopped it.
    case done([(Int, ResetResult.HostResult)])
    /// The lock is kept no longer; why, when it was lost.
    case unlocked(Problem?)
    /// The user's wish was heard.
    case heard
  }

  /// Resets the hosts, then the routers, while the lock is kept.
  /// - Returns: whether it was stopped before all were tried.
  private func carryOut(
    _ targets: [Target], lock: HeldLock?, result: inout ResetResult
  ) async -> Bool {
    let levels = interruption.levels()
    let parts = await withTaskGroup(of: Part.self) { group in
      group.addTask { .unlocked(await lock?.keep()) }
      group.addTask {
        for await level in levels where level == .finishing { onEvent(.interrupted) }
        return .heard
      }
      group.addTask { .done(await resetInTurn(targets)) }
      var parts: [Part] = []
      for await part in group {
        parts.append(part)
        if case .done = part { group.cancelAll() }
      }
      return parts
    }
    for part in parts {
      switch part {
      case .done(let outcomes): for (index, outcome) in outcomes { result.hosts[index] = outcome }
      case .unlocked(let problem): result.problems += problem?.diagnostics ?? []
      case .heard: break
      }
    }
    return interruption.level > .none
  }

  private func resetInTurn(_ targets: [Target]) async -> [(Int, ResetResult.HostResult)] {
    var outcomes: [(Int, ResetResult.HostResult)] = []
    for isRouter in [false, true] {
      if interruption.level > .none { break }
      outcomes += await withTaskGroup(of: (Int, ResetResult.HostResult).self) { group in
        for (index, target) in targets.enumerated()
        where target.machine.isRouter == isRouter && target.connection != nil {
          group.addTask { (index, await reset(target)) }
        }
        var outcomes: [(Int, ResetResult.HostResult)] = []
        for await outcome in group { outcomes.append(outcome) }
        return outcomes
      }
    }
    return outcomes
  }

  private func reset(_ target: Target) async -> ResetResult.HostResult {
    var result = target.result
    guard let connection = target.connection else { return result }
    let name = target.machine.name
    let testbed = inventory.testbed.name
    let begun = clock.uptime()
    result.roundTrips += 1
    do {
      let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
      let interruption = interruption
      async let ending = {
        defer { continuation.finish() }
        return try await interruption.cancelling(at: .givingUp) {
          try await connection.run(ResetCompiler.program(testbed: testbed)) { chunk in
            if case .output(let bytes) = chunk { continuation.yield(bytes) }
          }
        }
      }()
      var decoder = ResetDecoder(host: name)
      var decodingProblem: Problem?
      for await piece in pieces where decodingProblem == nil {
        do {
          for event in try decoder.consume(piece) { tell(event, name, &result) }
        } catch {
          decodingProblem = error
        }
      }
      let ended = try await ending
      if let decodingProblem { throw decodingProblem }
      try decoder.finish(ended)
      result.isFinished = true
      result.problem = incomplete(result)
    } catch {
      result.problem = Problem.of(error, host: name, doing: "it was being reset")
    }
    result.seconds = target.result.seconds + clock.uptime() - begun
    if let problem = result.problem {
      onEvent(.hostFailed(host: name, problem: problem))
    } else {
      onEvent(.finished(host: name, undone: result.undone.count, seconds: result.seconds))
    }
    return result
  }

  private func tell(_ event: ResetEvent, _ host: String, _ result: inout ResetResult.HostResult) {
    switch event {
    case .undone(let item):
      result.undone.append(item)
      onEvent(.undone(host: host, item: item))
    case .kept(let item):
      result.kept.append(item)
      onEvent(.kept(host: host, item: item))
    case .failed(let item):
      result.failed.append(item)
      onEvent(.failed(host: host, item: item))
    }
  }

  private func incomplete(_ result: ResetResult.HostResult) -> Problem? {
    guard !result.failed.isEmpty else { return nil }
    return Problem(
      "not everything could be taken back from \(result.name)",
      detail: result.failed.joined(separator: "\n")
        + "\nMend what stands in the way and run reset again: it goes on where it was.",
      host: result.name, exitStatus: .failure)
  }

  private func end(
    _ run: String, _ journal: Journal, _ outcome: RunRecord.Outcome, _ result: inout ResetResult
  ) async {
    let time = clock.now()
    var events: [EventRecord] = []
    for host in result.hosts {
      events += host.undone.map {
        EventRecord(time: time, kind: "item", host: host.name, status: "undone", detail: $0)
      }
      events += host.kept.map {
        EventRecord(time: time, kind: "item", host: host.name, status: "kept", detail: $0)
      }
      if let problem = host.problem {
        events.append(
          EventRecord(
            time: time, kind: "failed", host: host.name, detail: problem.description))
      }
    }
    do {
      try await journal.add(events, to: run)
      try await journal.end(
        run, outcome: outcome, changed: result.undone, ok: 0, failed: result.failed, time: time)
    } catch {
      result.problems += error.diagnostics
    }
  }
}
