import Clocks
import Diagnostics
import Execution
import Inventories
import Measurement
import ShellPrograms
import Transport

/// Starts containers with a Deployment, over one master that has the cluster and every worker.
package actor KubernetesStarter: ContainerStarter {
  let inventory: Inventory
  let connector: any Connector
  let run: String
  let clock: OperatorClock
  let onEvent: @Sendable (StartProgress) -> Void

  /// What `prepare` found; nil before.
  private var ground: Ground?
  /// The master that was asked to make the namespace, from the moment that it may exist.
  private var occupied: (master: Host, namespace: String)?

  /// On what containers are started.
  struct Ground: Sendable {
    var request: StartRequest
    var master: Host
    var namespace: String
    var image: String
    var workers: [String]
  }

  /// - Parameters:
  ///   - connector: makes the connections; whoever gave it closes it.
  ///   - run: the run's name in the journal; the namespace carries it.
  ///   - clock: the operator's.
  ///   - onEvent: is told how it goes.
  package init(
    inventory: Inventory, connector: any Connector, run: String, clock: OperatorClock = .system,
    onEvent: @escaping @Sendable (StartProgress) -> Void
  ) {
    self.inventory = inventory
    self.connector = connector
    self.run = run
    self.clock = clock
    self.onEvent = onEvent
  }

  /// Looks at the cluster and its machines, makes the namespace, and has every worker fetch the image.
  /// - Throws: `Problem` when the cluster cannot start as many containers, or not at all; with exit
  ///   status 2 when the image cannot be one.
  package func prepare(_ request: StartRequest) async throws(Problem) -> StartGround {
    if let image = request.image, !StartObjects.isImage(image) {
      throw Problem(
        "“\(VisibleText.line(image, limit: 80))” cannot be the name of an image",
        detail: "A name is of letters, digits and . _ : / @ -, as registry.k8s.io/pause:3.9 is.",
        exitStatus: .usage)
    }
    guard let namespace = StartObjects.namespace(of: run) else {
      throw Problem(
        "the run's name “\(VisibleText.line(run, limit: 80))” makes no namespace",
        detail: "A namespace's name is of letters, digits and - (RFC 1123).", exitStatus: .usage)
    }
    let (master, reading) = try await look(namespace)
    let (usable, leftOut) = reading.workers(inventory.hosts(.worker).map(\.name))
    for (worker, reason) in leftOut { onEvent(.leftOut(worker: worker, reason: reason)) }
    guard !usable.isEmpty else {
      let reasons = leftOut.map { "\($0.0): \(VisibleText.line($0.1))" }
      throw Problem(
        "there is no worker to start containers on",
        detail: reasons.isEmpty
          ? "The inventory has none." : reasons.prefix(20).joined(separator: "\n"),
        host: master.name, exitStatus: .failure)
    }
    try StartCapacity.check(request.containers.max() ?? 0, on: usable)
    let names = usable.map(\.name)
    let machines = try await describe(master: master.name, workers: names)
    let image =
      if let asked = request.image { asked } else { try pauseImage(machines, workers: names) }
    occupied = (master, namespace)
    try await make(namespace, by: master)
    onEvent(.fetching(image: image))
    try await fetch(image, on: names)
    ground = Ground(
      request: request, master: master, namespace: namespace, image: image, workers: names)
    return StartGround(
      kubernetes: reading.version, image: image,
      machines: try await manifest(machines, reading, master: master, workers: names))
  }

  /// Starts so many containers; see `ContainerStarter`.
  package func start(containers: Int, number: Int) async throws(Problem) -> StartRun {
    guard let ground else {
      throw Problem(
        "containers are started before the cluster was looked at",
        detail: "prepare was not called.", exitStatus: .failure)
    }
    let order = RunProgram.Order(
      namespace: ground.namespace, address: ground.master.address, containers: containers,
      image: ground.image, workers: ground.workers, mountsTokens: ground.request.mountsTokens,
      deadline: max(1, Int(ground.request.deadlineSeconds.rounded(.up))))
    let clocks = try await clocks(ground)
    let reading = RunReading(
      try await frames(
        of: RunProgram.program(order), on: ground.master.name,
        limit: RunProgram.outputLimit))
    try judge(reading, on: ground.master.name)
    var started: [String: Double] = [:]
    for (_, _, times) in await collect(ground, clocks, containers: containers) {
      started.merge(times) { min($0, $1) }
    }
    if reading.isLate {
      onEvent(.incomplete(containers: containers, warnings: reading.warnings))
    }
    try await clear(ground)
    guard
      let run = reading.run(
        number: number, containers: containers, deadline: ground.request.deadlineSeconds,
        started: started)
    else {
      throw Problem(
        "\(ground.master.name) did not tell when the run began",
        detail: "Its clocks are read from /proc/uptime and by date +%s.%N.",
        host: ground.master.name, exitStatus: .failure)
    }
    return run
  }

  /// Takes the namespace away with all that is in it, also when the task that calls is cancelled.
  package func finish() async throws(Problem) {
    guard let occupied else { return }
    let program = NamespaceProgram.removing(
      namespace: occupied.namespace, address: occupied.master.address)
    // A task of its own is not cancelled with the one that calls.
    let outcome = await Task { () -> Result<[Frame], Problem> in
      do throws(Problem) {
        return .success(try await self.frames(of: program, on: occupied.master.name))
      } catch {
        return .failure(error)
      }
    }.value
    let answer = try outcome.get()
    if let failed = answer.first(where: { $0.words.first == "failed" }) {
      throw Problem(
        "the namespace \(occupied.namespace) was not seen to go",
        detail: "\(VisibleText.line(failed.lastLine))\nSee what holds it: kubectl get all -n "
          + "\(occupied.namespace); the next planetbed measure takes it away too.",
        host: occupied.master.name, exitStatus: .failure)
    }
    self.occupied = nil
    ground = nil
  }
}

extension KubernetesStarter {
  /// Runs a program on a machine, over a connection of its own.
  func frames(
    of program: RemoteProgram, on machine: String, limit: Int = 1 << 20
  ) async throws(Problem) -> [Frame] {
    do {
      let connection = try await connector.connect(to: machine)
      do {
        let frames = try await Self.frames(of: program, over: connection, limit: limit)
        await connection.close()
        return frames
      } catch {
        await connection.close()
        throw error
      }
    } catch {
      throw Self.problem(error, machine)
    }
  }

  /// Runs a program over a connection.
  static func frames(
    of program: RemoteProgram, over connection: any Connection, limit: Int
  ) async throws -> [Frame] {
    let result = try await connection.run(program)
    guard result.ending == .exited(0) else {
      let words = VisibleText.lastLines(of: result.errors, count: 2).joined(separator: "\n")
      throw FrameError("it ended with \(result.ending)" + (words.isEmpty ? "" : ": \(words)"))
    }
    var decoder = FrameDecoder(payloadLimit: limit)
    let frames = try decoder.consume(result.output)
    try decoder.finish()
    return frames
  }

  /// What went wrong with a machine, as a problem that names it.
  static func problem(_ error: any Error, _ machine: String) -> Problem {
    switch error {
    case let problem as Problem: problem
    case is CancellationError:
      Problem(
        "\(machine) was given up while containers were started",
        detail: "The user interrupted the run.", host: machine, exitStatus: .interrupted)
    default:
      Problem(
        "\(machine) could not be asked while containers were started", detail: "\(error)",
        host: machine, exitStatus: .failure)
    }
  }

  /// - Throws: `Problem` when the run could not be made.
  func judge(_ reading: RunReading, on master: String) throws(Problem) {
    if reading.isAbsent {
      throw Problem(
        "\(master) has no cluster any more", detail: "Make it anew: planetbed apply.",
        host: master, exitStatus: .failure)
    }
    guard let failure = reading.failure else { return }
    let summary =
      switch failure.step {
      case "namespace": "the experiment's namespace is gone"
      case "mark": "the watch over the cluster could not be tried out"
      case "watch": "the watch over the cluster ended"
      default: "the Deployment could not be made"
      }
    throw Problem(
      summary, detail: VisibleText.line(failure.words), host: master, exitStatus: .failure)
  }
}
