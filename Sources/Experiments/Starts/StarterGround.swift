import Clocks
import Diagnostics
import Inventories
import Measurement
import ShellPrograms
import Transport

extension KubernetesStarter {
  /// Asks the masters in the order of the file until one has a cluster that answers.
  func look(_ namespace: String) async throws(Problem) -> (Host, GroundReading) {
    var problem: Problem?
    for master in inventory.hosts(.master) {
      do throws(Problem) {
        let reading = GroundReading(
          try await frames(
            of: GroundProgram.program(namespace: namespace, address: master.address),
            on: master.name, limit: GroundProgram.outputLimit))
        if reading.isAbsent { continue }
        if let failure = reading.failure, failure.step == "api" {
          throw Problem(
            "the API server of \(master.name) does not answer",
            detail: VisibleText.line(failure.words), host: master.name, exitStatus: .failure)
        }
        onEvent(.master(master.name))
        try judge(reading, on: master.name)
        return (master, reading)
      } catch {
        if error.exitStatus != .failure { throw error }
        problem = problem ?? error
      }
    }
    throw problem
      ?? Problem(
        "there is no cluster to start containers in",
        detail: inventory.hosts(.master).isEmpty
          ? "The inventory has no master." : "No master has one: planetbed apply.",
        exitStatus: .failure)
  }

  private func judge(_ reading: GroundReading, on master: String) throws(Problem) {
    if let busy = reading.busy {
      throw Problem(
        "another experiment is under way in the cluster, or was cut off",
        detail: "The namespace \(busy.namespace) is its own. When it was cut off: kubectl delete "
          + "namespace \(busy.namespace).", host: master, exitStatus: .gate)
    }
    guard let failure = reading.failure else { return }
    throw Problem(
      failure.step == "left"
        ? "what an experiment before has left could not be taken away"
        : "the cluster does not tell its nodes and pods",
      detail: VisibleText.line(failure.words), host: master, exitStatus: .failure)
  }

  /// Makes the namespace.
  func make(_ namespace: String, by master: Host) async throws(Problem) {
    let program = NamespaceProgram.making(
      namespace: namespace, lease: RunProgram.lease, address: master.address)
    let answer = try await frames(of: program, on: master.name)
    guard answer.contains(where: { $0.words == ["made"] }) else {
      throw Problem(
        "the namespace \(namespace) could not be made",
        detail: VisibleText.line(answer.last?.lastLine ?? "Nothing was answered."),
        host: master.name, exitStatus: .failure)
    }
  }

  /// Asks all machines at once what they are.
  /// - Throws: `Problem` when the master or a worker does not tell.
  func describe(
    master: String, workers: [String]
  ) async throws(Problem) -> [String: MachineReading] {
    let needed = Set(workers + [master])
    let answers = await each(inventory.machines.map(\.name)) { machine throws(Problem) in
      MachineReading(try await self.frames(of: NodeProgram.describing(), on: machine))
    }
    var readings: [String: MachineReading] = [:]
    for (machine, answer) in answers {
      switch answer {
      case .success(let reading): readings[machine] = reading
      case .failure(let problem):
        if needed.contains(machine) || problem.exitStatus == .interrupted { throw problem }
        onEvent(.undescribed(machine: machine, problem: problem))
      }
    }
    return readings
  }

  /// The image that the workers have anyway.
  func pauseImage(
    _ machines: [String: MachineReading], workers: [String]
  ) throws(Problem) -> String {
    guard let image = workers.lazy.compactMap({ machines[$0]?.pauseImage }).first else {
      throw Problem(
        "no worker tells which image its pods' first processes have",
        detail: "It is looked for in /etc/containerd/config.toml. Name another one: --image.",
        exitStatus: .usage)
    }
    return image
  }

  /// Has all workers fetch the image, at once.
  func fetch(_ image: String, on workers: [String]) async throws(Problem) {
    let answers = await each(workers) { worker throws(Problem) in
      let answer = try await self.frames(of: NodeProgram.fetching(image), on: worker)
      if let failed = answer.first(where: { $0.words == ["failed"] }) {
        throw Problem(
          "\(worker) cannot get the image \(image)", detail: VisibleText.line(failed.lastLine),
          host: worker, exitStatus: .failure)
      }
    }
    let problems = answers.compactMap { answer -> Problem? in
      if case .failure(let problem) = answer.1 { problem } else { nil }
    }
    guard let first = problems.first else { return }
    throw Problem(problems.flatMap(\.diagnostics), exitStatus: first.exitStatus)
  }

  /// The machines as the manifest has them, with the clocks of the workers against the master's.
  func manifest(
    _ machines: [String: MachineReading], _ reading: GroundReading, master: Host, workers: [String]
  ) async throws(Problem) -> [ExperimentManifest.Machine] {
    let days = await each([master.name] + workers) { machine throws(Problem) in
      try await self.timeOfDay(machine)
    }
    var differences: [String: (offset: Double, uncertainty: Double)] = [:]
    guard let own = days.first else { return [] }
    let (masterOffset, masterDay) = try own.1.get()
    differences[master.name] = (0, 0)
    for (worker, answer) in days.dropFirst() {
      let (offset, day) = try answer.get()
      let bridge = ClockBridge(worker: offset, day: day, master: masterOffset)
      let difference = bridge.difference(to: masterDay)
      differences[worker] = difference
      onEvent(
        .clock(machine: worker, offset: difference.offset, uncertainty: difference.uncertainty))
    }
    return inventory.machines.map { machine in
      let told = machines[machine.name]
      let role =
        switch machine.kind {
        case .router: "router"
        case .host(let role): role.rawValue
        }
      let runtime = reading.nodes.first { $0.name == machine.name }?.runtime
      return ExperimentManifest.Machine(
        name: machine.name, site: machine.site, role: role, system: told?.system ?? "",
        kernel: told?.kernel ?? "", runtime: runtime, processors: told?.processors,
        memory: told?.memory, clockOffsetMilliseconds: differences[machine.name]?.offset,
        clockUncertaintyMilliseconds: differences[machine.name]?.uncertainty)
    }
  }

  /// Does something with all machines at once; the answers are in their order.
  func each<Value: Sendable>(
    _ machines: [String],
    _ body: @escaping @Sendable (String) async throws(Problem) -> Value
  ) async -> [(String, Result<Value, Problem>)] {
    await withTaskGroup(of: (Int, Result<Value, Problem>).self) { group in
      for (place, machine) in machines.enumerated() {
        group.addTask {
          do throws(Problem) {
            return (place, .success(try await body(machine)))
          } catch {
            return (place, .failure(error))
          }
        }
      }
      var answers: [Int: Result<Value, Problem>] = [:]
      for await (place, answer) in group { answers[place] = answer }
      return machines.enumerated().compactMap { place, machine in
        answers[place].map { (machine, $0) }
      }
    }
  }
}
