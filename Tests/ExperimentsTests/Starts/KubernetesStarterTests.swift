import Diagnostics
import Execution
import Foundation
import Inventories
import Measurement
import ShellPrograms
import Synchronization
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(5))) struct KubernetesStarterTests {
  private static let inventoryText = """
    [testbed]
    name = "starts"
    [kubernetes]
    version = "1.20.2"
    dns = "none"
    [[site]]
    name = "a"
    lan = "192.168.10.0/24"
    router = { name = "ra", wan = "203.0.113.1", lan = "192.168.10.1" }
    [[site.host]]
    name = "m1"
    address = "192.168.10.101"
    role = "master"
    [[site]]
    name = "b"
    lan = "192.168.20.0/24"
    router = { name = "rb", wan = "203.0.113.2", lan = "192.168.20.1" }
    [[site.host]]
    name = "w1"
    address = "192.168.20.101"
    role = "worker"
    [[site.host]]
    name = "w2"
    address = "192.168.20.102"
    role = "worker"
    """

  private final class Events: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ event: StartProgress) { list.withLock { $0.append("\(event)") } }
    var all: [String] { list.withLock { $0 } }
  }

  private func starter(
    _ events: Events = Events(), run: String = "r1",
    answers answer: @escaping @Sendable (ScriptedCluster.Step, String) -> ScriptedCluster.Answer
  ) throws -> (KubernetesStarter, ScriptedCluster) {
    let cluster = ScriptedCluster(answer: answer)
    let inventory = try InventoryReader.read(Array(Self.inventoryText.utf8), file: "t.toml")
      .inventory
    let clock = OperatorClock(now: { 0 }, uptime: { 100 }, wait: { _ in })
    return (
      KubernetesStarter(
        inventory: inventory, connector: cluster, run: run, clock: clock,
        onEvent: { events.add($0) }), cluster
    )
  }

  private static let request = StartRequest(
    delays: [nil], containers: [2, 0], runs: 1, deadlineSeconds: 60)

  @Test func startsContainers() async throws {
    let events = Events()
    let (starter, cluster) = try starter(events, answers: ScriptedCluster.healthy)
    let ground = try await starter.prepare(Self.request)
    #expect(ground.kubernetes == "1.20.2" && ground.image == "pause:3.2")
    #expect(ground.machines.map(\.name) == ["ra", "m1", "rb", "w1", "w2"])
    #expect(ground.machines.map(\.role) == ["router", "master", "router", "worker", "worker"])
    #expect(
      ground.machines.map(\.runtime) == [nil, nil, nil] + [
        "containerd 1.6.20", "containerd 1.6.20",
      ])
    #expect(ground.machines.map(\.clockOffsetMilliseconds) == [nil, 0, nil, 0, 0])
    #expect(ground.machines.map(\.clockUncertaintyMilliseconds) == [nil, 0, nil, 10, 10])
    let run = try await starter.start(containers: 2, number: 3)
    #expect(run.isComplete && run.number == 3 && abs(run.seconds - 0.495) < 0.0001)
    #expect(run.begun == 1_700_000_000_010)
    #expect(run.containers.map(\.pod) == ["starts-a", "starts-b"])
    #expect(run.containers.map(\.node) == ["w1", "w2"])
    // The run began 10 ms after the clocks were read, which was 5 ms before the day that was told.
    #expect(run.containers.allSatisfy { abs(($0.started ?? 0) - 200) < 0.01 })
    try await starter.finish()
    #expect(cluster.asked.all.last == "remove m1")
    #expect(cluster.asked.all.contains("fetch w1") && cluster.asked.all.contains("clear m1"))
    #expect(!cluster.asked.all.contains("fetch m1"))
    // Once it is gone there is nothing to take away.
    try await starter.finish()
    #expect(cluster.asked.all.count { $0 == "remove m1" } == 1)
    #expect(events.all.first == "master(\"m1\")")
  }

  @Test func tellsOfAnIncompleteRunAndOfAWorkerThatDoesNotTell() async throws {
    let events = Events()
    let (starter, _) = try starter(events) { step, machine in
      switch (step, machine) {
      case (.run, _):
        .frames([
          ("clock", "100.00 1700000000.005 100.00\n"), ("begin 100.01", ""),
          ("events", "100.06 ADDED starts-a w1 ,Ready=True,\n100.07 ADDED starts-b - ,\n"),
          ("end late", ""), ("warnings", "Failed: \"no room\""),
        ])
      case (.collect, "w2"): .frames([("failed", "connection refused")])
      default: ScriptedCluster.healthy(step, machine)
      }
    }
    _ = try await starter.prepare(Self.request)
    let run = try await starter.start(containers: 2, number: 1)
    #expect(!run.isComplete && run.seconds == 60 && run.containers.count == 2)
    #expect(run.containers.map { $0.started != nil } == [true, false])
    #expect(events.all.contains { $0.contains("w2 does not tell its containers") })
    #expect(events.all.contains { $0.contains("no room") })
  }

  /// What goes wrong while the ground is looked at, and how it is told.
  private static let troubles:
    [(ScriptedCluster.Step, ScriptedCluster.Answer, String, Diagnostics.ExitStatus)] = [
      (.look, .frames([("absent", "")]), "there is no cluster to start containers in", .failure),
      (
        .look, .frames([("failed api", "no route")]),
        "the API server of m1 does not answer: no route",
        .failure
      ),
      (
        .look, .frames([("failed left", "stuck")]),
        "what an experiment before has left could not be taken away: stuck", .failure
      ),
      (
        .look, .frames([("failed nodes", "x\u{1B}[2J")]),
        "the cluster does not tell its nodes and pods: x\\e[2J", .failure
      ),
      (
        .look, .frames([("busy planetbed-measure-other 5", "")]),
        "another experiment is under way in the cluster, or was cut off", .gate
      ),
      (
        .look, .frames([("nodes", "w1\tcordoned\tTrue\t110\tx\t\n")]),
        "there is no worker to start containers on: w1: it is cordoned\nw2: the cluster has no such",
        .failure
      ),
      (
        .look, .frames([("nodes", "w1\topen\tTrue\t1\tx\t\n")]),
        "the workers do not take 2 containers at once", .failure
      ),
      (
        .describe, .frames([("system", "Debian")]),
        "no worker tells which image its pods' first processes have", .usage
      ),
      (
        .make, .frames([("failed namespace", "quota")]),
        "the namespace planetbed-measure-r1 could not be made: quota", .failure
      ),
      (
        .fetch, .frames([("failed", "not found")]), "w1 cannot get the image pause:3.2: not found",
        .failure
      ),
      (.days, .frames([]), "w1 does not tell the time of day", .failure),
      (
        .describe, .failure(CancellationError()), "was given up while containers were started",
        .interrupted
      ),
      (
        .fetch, .failure(FrameError("noise")),
        "w1 could not be asked while containers were started", .failure
      ),
    ]

  @Test(arguments: troubles.indices) func saysWhatIsWrongWithTheGround(place: Int) async throws {
    let (troubled, answer, words, status) = Self.troubles[place]
    let (starter, cluster) = try starter { step, machine in
      step == troubled && (machine != "m1" || step == .look || step == .make)
        ? answer : ScriptedCluster.healthy(step, machine)
    }
    do {
      _ = try await starter.prepare(Self.request)
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".contains(words) && error.exitStatus == status, "\(error)")
    }
    // What was made is taken away, and nothing where nothing was made.
    try await starter.finish()
    let made = cluster.asked.all.contains("make m1")
    #expect(cluster.asked.all.contains("remove m1") == made)
  }

  private static let runTroubles: [(ScriptedCluster.Step, ScriptedCluster.Answer, String)] = [
    (.run, .frames([("absent", "")]), "m1 has no cluster any more"),
    (
      .run, .frames([("failed namespace", "NotFound")]),
      "the experiment's namespace is gone: NotFound"
    ),
    (.run, .frames([("failed mark", "x")]), "the watch over the cluster could not be tried out: x"),
    (.run, .frames([("failed watch", "x")]), "the watch over the cluster ended: x"),
    (.run, .frames([("failed create", "x")]), "the Deployment could not be made: x"),
    (.run, .frames([("end complete", "")]), "m1 did not tell when the run began"),
    (
      .clear, .frames([("failed pods", "pod/starts-a")]),
      "the containers of the last start were not seen to go: pod/starts-a"
    ),
  ]

  @Test(arguments: runTroubles.indices) func saysWhatIsWrongWithARun(place: Int) async throws {
    let (troubled, answer, words) = Self.runTroubles[place]
    let (starter, _) = try starter { step, machine in
      step == troubled ? answer : ScriptedCluster.healthy(step, machine)
    }
    _ = try await starter.prepare(Self.request)
    do {
      _ = try await starter.start(containers: 2, number: 1)
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".contains(words), "\(error)")
    }
  }

  @Test func saysWhatCannotBeAsked() async throws {
    let (early, _) = try starter(answers: ScriptedCluster.healthy)
    do {
      _ = try await early.start(containers: 1, number: 1)
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".contains("containers are started before the cluster was looked at"))
    }
    var request = Self.request
    request.image = "a b"
    do {
      _ = try await early.prepare(request)
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".contains("“a b” cannot be the name of an image"))
      #expect(error.exitStatus == .usage)
    }
    let (named, _) = try starter(run: "../x", answers: ScriptedCluster.healthy)
    do {
      _ = try await named.prepare(Self.request)
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".contains("the run's name “../x” makes no namespace"))
    }
  }

  /// A router that cannot be asked is no reason to stop.
  @Test func routersNeedNotTellWhatTheyAre() async throws {
    let events = Events()
    let (starter, _) = try starter(events) { step, machine in
      step == .describe && machine == "ra"
        ? .failure(FrameError("noise")) : ScriptedCluster.healthy(step, machine)
    }
    let ground = try await starter.prepare(Self.request)
    #expect(ground.machines.first?.system == "")
    #expect(events.all.contains { $0.hasPrefix("undescribed(machine: \"ra\"") })
  }

  @Test func finishesAlsoWhenItsTaskIsCancelled() async throws {
    let (starter, cluster) = try starter(answers: ScriptedCluster.healthy)
    _ = try await starter.prepare(Self.request)
    let finishing = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await starter.finish()
    }
    try await finishing.value
    #expect(cluster.asked.all.last == "remove m1")
  }

  @Test func saysThatTheNamespaceWasNotSeenToGo() async throws {
    let (starter, _) = try starter { step, machine in
      step == .remove
        ? .frames([("failed removal", "timed out")]) : ScriptedCluster.healthy(step, machine)
    }
    _ = try await starter.prepare(Self.request)
    do {
      try await starter.finish()
      Issue.record("it was let pass")
    } catch {
      #expect(
        "\(error)".contains("the namespace planetbed-measure-r1 was not seen to go: timed out"))
    }
  }
}
