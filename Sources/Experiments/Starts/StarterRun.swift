import Clocks
import Diagnostics
import Execution
import Inventories
import Measurement
import ShellPrograms
import Transport

extension KubernetesStarter {
  /// Measures the clocks of the master and of the workers, all at once: clocks run apart by some
  /// milliseconds in a minute, so that each run measures them anew. A worker whose clock cannot be
  /// measured is left out, and told.
  func clocks(_ ground: Ground) async throws(Problem) -> [String: ClockOffset] {
    let answers = await each([ground.master.name] + ground.workers) { machine throws(Problem) in
      try await self.offset(of: machine)
    }
    var clocks: [String: ClockOffset] = [:]
    for (machine, answer) in answers {
      switch answer {
      case .success(let offset): clocks[machine] = offset
      case .failure(let problem):
        if machine == ground.master.name || problem.exitStatus == .interrupted { throw problem }
        onEvent(.unread(worker: machine, problem: problem))
      }
    }
    return clocks
  }

  /// Asks the workers when the containers were started, all at once; by the master's clock from its start, in
  /// milliseconds.
  func collect(
    _ ground: Ground, _ clocks: [String: ClockOffset], containers: Int
  ) async -> [(worker: String, uncertainty: Double, started: [String: Double])] {
    guard containers > 0, let master = clocks[ground.master.name] else { return [] }
    let known = ground.workers.filter { clocks[$0] != nil }
    let answers = await each(known) { worker throws(Problem) in
      let reading = ContainerReading(
        try await self.frames(
          of: NodeProgram.collecting(), on: worker, limit: NodeProgram.outputLimit),
        namespace: ground.namespace)
      if let failure = reading.failure {
        throw Problem(
          "\(worker) does not tell its containers", detail: VisibleText.line(failure),
          host: worker, exitStatus: .failure)
      }
      return (try Self.whole(reading.day, of: worker), reading.started)
    }
    return answers.compactMap { worker, answer in
      switch answer {
      case .success(let (day, times)):
        guard let own = clocks[worker] else { return nil }
        let bridge = ClockBridge(worker: own, day: day, master: master)
        return (worker, bridge.uncertainty, times.mapValues { bridge.masterTime(at: $0) })
      case .failure(let problem):
        onEvent(.unread(worker: worker, problem: problem))
        return nil
      }
    }
  }

  /// Deletes the run's pods and waits until they are gone.
  func clear(_ ground: Ground) async throws(Problem) {
    let patience = max(120, Int(ground.request.deadlineSeconds.rounded(.up)))
    let program = NamespaceProgram.clearing(
      namespace: ground.namespace, address: ground.master.address, patience: patience)
    let answer = try await frames(of: program, on: ground.master.name)
    guard answer.contains(where: { $0.words == ["gone"] }) else {
      throw Problem(
        "the containers of the last start were not seen to go",
        detail: VisibleText.line(answer.last?.lastLine ?? "Nothing was answered."),
        host: ground.master.name, exitStatus: .failure)
    }
  }

  /// A machine's clock from its start against the operator's.
  func offset(of machine: String) async throws(Problem) -> ClockOffset {
    do {
      let connection = try await connector.connect(to: machine)
      do {
        let offset = try await ClockMeasurement.offset(
          of: machine, over: connection, uptime: clock.uptime)
        await connection.close()
        return offset
      } catch {
        await connection.close()
        throw error
      }
    } catch {
      throw Self.problem(error, machine)
    }
  }

  /// A machine's clock from its start against the operator's, and its time of day against that clock.
  func timeOfDay(_ machine: String) async throws(Problem) -> (ClockOffset, WallClock) {
    let offset = try await offset(of: machine)
    let answer = try await frames(of: NodeProgram.days(), on: machine)
    let readings = answer.first { $0.words == ["days"] }?.lines(64) ?? []
    return (
      offset, try Self.whole(WallClock(readings.compactMap { WallClock.reading($0) }), of: machine)
    )
  }

  static func whole(_ day: WallClock?, of machine: String) throws(Problem) -> WallClock {
    guard let day else {
      throw Problem(
        "\(machine) does not tell the time of day, or its clock was set meanwhile",
        detail:
          "It is asked by date +%s.%N. Clocks may run slower or faster, and must not jump: see "
          + "what sets it (timedatectl).", host: machine, exitStatus: .failure)
    }
    return day
  }
}
