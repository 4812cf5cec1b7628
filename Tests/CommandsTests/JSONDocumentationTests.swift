import Clocks
import Commands
import Diagnostics
import Execution
import Experiments
import Foundation
import Inventories
import LatencyProfiles
import Planning
import Reporting
import Roles
import ShellPrograms
import Stages
import Testing

@testable import Measurement

/// The examples of docs/json.md have the members that results have, and no others.
@Suite struct JSONDocumentationTests {
  /// The texts of the page's blocks in a language.
  private static func blocks(_ language: String) throws -> [String] {
    let page = try String(contentsOfFile: World.repository + "/docs/json.md", encoding: .utf8)
    return page.components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  private static func read(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  /// Where two values differ in their members and types; `null` and an empty list say nothing.
  private static func difference(_ example: Any, _ actual: Any, at path: String = "") -> String? {
    if example is NSNull || actual is NSNull { return nil }
    if let example = example as? [String: Any], let actual = actual as? [String: Any] {
      let names = Set(example.keys).symmetricDifference(actual.keys)
      if !names.isEmpty { return "\(path): \(names.sorted())" }
      for (name, value) in example {
        guard let other = actual[name] else { continue }
        if let difference = difference(value, other, at: "\(path).\(name)") { return difference }
      }
      return nil
    }
    if let example = example as? [Any], let actual = actual as? [Any] {
      guard let first = example.first, let other = actual.first else { return nil }
      return difference(first, other, at: "\(path)[]")
    }
    let isSame =
      (example is String) == (actual is String) && (example is [Any]) == (actual is [Any])
      && (example is [String: Any]) == (actual is [String: Any])
    return isSame ? nil : "\(path): \(example) and \(actual)"
  }

  @Test func resultsAreAsDocumented() async throws {
    let results = try await Self.results()
    var documented: Set<String> = []
    for block in try Self.blocks("json") {
      let example = try #require(try Self.read(block) as? [String: Any])
      var schema = try #require(example["schema"] as? String)
      if example["exitStatus"] != nil, example["diagnostics"] != nil { schema = "problem" }
      documented.insert(schema)
      let text = try #require(results[schema], "\(schema)")
      let difference = Self.difference(example, try Self.read(text))
      #expect(difference == nil, "\(schema): \(difference ?? "")")
    }
    #expect(documented == Set(results.keys))
  }

  /// A result of each verb, by its schema.
  private static func results() async throws -> [String: String] {
    var results: [String: String] = [:]
    let folder = FileManager.default.temporaryDirectory.path + "/json-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let world = World(environment: ["XDG_STATE_HOME": folder])
    for (schema, arguments) in [
      "planetbed.check/1": ["check", World.inventory],
      "planetbed.version/1": ["version"],
      "planetbed.status/1": ["status", World.inventory],
      "planetbed.exec/1": ["exec", World.inventory, "true"],
      "planetbed.reset/1": ["reset", World.inventory, "--yes"],
      "planetbed.latency-asked/1": ["latency", "show", World.inventory, "--asked"],
    ] {
      results[schema] = await world.run(arguments + ["--output", "json"]).output
    }
    let recorded = try await RecordedTestbed.usual()
    defer { recorded.remove() }
    for run in ["20261118T120000Z-00000002", "20261119T120000Z-00000004"] {
      try await recorded.enter([100.1, 100.2], to: run)
      let event = EventRecord(
        time: 0, kind: "task", host: "vyos01", stage: "site-vpn", task: "t", status: "changed",
        seconds: 1)
      try await recorded.journal.add([event], to: run)
    }
    for arguments in [
      ["report", World.inventory, "--offline", "--out", recorded.folder + "/report.html"],
      ["history", "list", World.inventory], ["history", "show", World.inventory, "last-1"],
      ["history", "compare", World.inventory, "20261118T12", "last"],
    ] {
      let verb = arguments.prefix { $0 != World.inventory }.joined(separator: "-")
      results["planetbed.\(verb)/1"] =
        await recorded.world.run(arguments + ["--output", "json"]).output
    }
    for view in Samples.views { results["planetbed.\(view.verb)/1"] = view.json.pretty }
    results["problem"] = Samples.problem.json.pretty
    return results
  }

  @Test func eventsAreAsDocumented() throws {
    var events = Dictionary(
      uniqueKeysWithValues: try Samples.events.map { event in
        let object = try #require(
          try Self.read(event.json(elapsed: 1).compact) as? [String: Any])
        return (try #require(object["event"] as? String), object)
      })
    for event in Samples.latencyEvents {
      let object = try #require(
        try Self.read(event.json(elapsed: 1).compact) as? [String: Any])
      events[try #require(object["event"] as? String)] = object
    }
    let measured =
      Samples.matrixEvents.map { $0.json(elapsed: 1) }
      + Samples.startEvents.map { $0.json(elapsed: 1) }
    for event in measured {
      let object = try #require(try Self.read(event.compact) as? [String: Any])
      events[try #require(object["event"] as? String)] = object
    }
    events["line"] = ["event": "line", "host": "", "stream": "", "line": ""]
    let lines = try Self.blocks("jsonl").flatMap { $0.split(separator: "\n") }
    #expect(lines.count == events.count)
    for line in lines {
      let example = try #require(try Self.read(String(line)) as? [String: Any])
      let event = try #require(example["event"] as? String)
      let difference = Self.difference(example, try #require(events[event], "\(event)"))
      #expect(difference == nil, "\(event): \(difference ?? "")")
    }
  }
}

private enum Samples {
  static let task = TaskID(
    application: RoleApplication.ID(stage: "site-vpn", host: "vyos01", role: "vpn", instance: "a"),
    index: 0)
  static let host = RunResult.HostResult(name: "vyos01", site: "vlan10")
  static let problem = ProblemView(
    verb: "plan",
    problem: Problem(
      "wrong", at: SourcePosition(file: "a.toml", line: 1, column: 1), exitStatus: .usage))
  static let status = StatusView(
    tunnels: [.init(from: "a", to: "b", milliseconds: 1)],
    reachability: ReachabilityMatrix(hosts: ["a", "b"]) { _, _ in .reached(milliseconds: 1) },
    cluster: cluster, delays: delays, seconds: 1)
  static let delays: MeasuredDelays = {
    func state(_ site: String, _ peer: String) -> LaneState {
      LaneState(
        Lane(
          site: site, router: "", peer: peer, device: "", packets: .all,
          peerAddress: IPv4Address(bits: 1)), asked: nil, report: nil, now: 0)
    }
    let conditions = PathConditions(delay: .total(roundTrip: 100))
    let path = MeasuredPath(
      from: "a", to: "b",
      asked: AskedPath(
        from: "a", to: "b", conditions: conditions,
        source: .allPairs(SourcePosition(file: "a.toml", line: 1, column: 1))),
      there: state("a", "b"), back: state("b", "a"),
      expectation: PathExpectation(there: nil, back: nil, naturalThere: 1, naturalBack: 1),
      statistics: RoundTripStatistics(sent: 1, received: 1, times: [1]), verdict: .notAsked,
      notes: [""])
    return MeasuredDelays(paths: [path], problems: [], time: 0)
  }()
  static let cluster: ClusterHealth = {
    var health = ClusterHealth(.present)
    let node = ClusterReading.Node(
      name: "", version: "", isCordoned: false, addresses: [""], isReady: true, reason: "")
    let part = ClusterReading.Component(name: "", node: "", isReady: true, reason: "")
    let member = ClusterReading.Member(id: "", name: "", isStarted: true, isLearner: false)
    health.nodes = [.init(name: "", site: "", role: .master, reading: node, isAtSiteAddress: true)]
    health.masters = [.init(name: "", site: "", answersAPI: true, components: [part])]
    health.members = [.init(reading: member, isHealthy: true)]
    health.certificates = [.init(host: "", reading: .init(name: "", expires: "", days: 1))]
    return health
  }()
  static let pods: PodTrialResult = {
    var pods = PodTrialResult(Problem([], exitStatus: .gate), seconds: 1)
    pods.workers = [
      .init(
        name: "", site: "", runs: true, reaches: [true], reachesService: true, backends: 1,
        findsNames: true)
    ]
    return pods
  }()

  static let router: LatencyRouterResult = {
    var router = LatencyRouterResult(router: "", site: "")
    router.clock = ClockOffset(milliseconds: 1, uncertainty: 1, roundTrip: 1)
    router.late = 1
    return router
  }()
  static let switched: LatencySwitchResult = {
    var result = LatencySwitchResult(run: "", routers: [router])
    result.isDone = true
    result.ways = [.init(from: "", to: "", now: "", own: "")]
    result.endedRuns = [""]
    (result.spread, result.spreadUncertainty) = (1, 1)
    result.until = 1
    return result
  }()
  static let ran: LatencyRunResult = {
    var result = LatencyRunResult(run: "", name: "", routers: [router])
    result.isBegun = true
    result.firings = [.init(router: "", planned: 1, told: 1, last: 1, worst: 1)]
    return result
  }()
  static let latencyEvents: [LatencyProgress] = [
    .asked(router: "", seconds: 1),
    .clock(router: "", offset: ClockOffset(milliseconds: 1, uncertainty: 1, roundTrip: 1)),
    .shipping(routers: 1, milliseconds: 1), .switched(router: "", late: 1),
    .takenBack(router: ""), .begins(milliseconds: 1),
    .announced(repetition: 1, .init(milliseconds: 1, text: "")),
  ]

  static let views: [any ResultView] = [
    PlanView(
      plan: Plan(
        testbed: "", inventoryDigest: "", scope: RunScope(),
        hosts: [
          HostPlan(
            host: "vyos01", site: "vlan10",
            steps: [
              PlanStep(
                application: RoleApplication(task.application),
                differences: [
                  TaskDifference(
                    task: task, name: "",
                    verdict: .knownAfterApply([FactReference(host: "", name: "")]),
                    changes: [""], diff: "")
                ], after: [])
            ])
        ], warnings: []), machines: [host], seconds: 1),
    RunView(
      result: RunResult(
        run: "", changed: 1, ok: 0, failed: 0, seconds: 1,
        stages: [.init(name: "site-vpn", seconds: 1, changed: 1)], hosts: [host],
        interrupted: false), status: status, pods: pods),
    LatencyShowView(delays),
    LatencySwitchView(
      verb: "latency-set", result: switched, inventory: "",
      paths: [
        .init(
          from: "", to: "",
          conditions: PathConditions(
            delay: .total(roundTrip: 1), jitter: Jitter(roundTripMilliseconds: 1)))
      ], hold: 1, delays: delays),
    LatencySwitchView(verb: "latency-clear", result: switched, inventory: ""),
    LatencyRunView(
      result: ran,
      timetable: Timetable(
        events: [], periodMilliseconds: 1, repetitions: 1, sites: [.init(name: "", site: "")]),
      profile: "", inventory: ""),
    MeasureView(experiment),
    KubeconfigView(file: "", context: "", server: "", master: "", isReachable: true),
    KubectlView(
      result: KubectlResult(master: "", ending: .exited(0)), written: ExecView.Written()),
    LabView(
      verb: "lab-status", lab: "lab",
      machines: [
        .init(name: "", site: "", kind: "", address: "", isRunning: true, answers: true)
      ]),
  ]

  static let experiment = StartExperiment(
    run: "", testbed: "", begun: 0, seconds: 1,
    manifest: ExperimentManifest(
      planetbed: "", inventory: "", inventoryDigest: "", kubernetes: "", image: "", seed: 1,
      runs: 1,
      deadlineSeconds: 1, mountsTokens: false, instrumentSeconds: 1, operatorLoad: [1],
      machines: [
        .init(
          name: "", site: "", role: "", system: "", kernel: "", runtime: "", processors: 1,
          memory: 1, clockOffsetMilliseconds: 1, clockUncertaintyMilliseconds: 1)
      ]),
    cells: [
      StartCell(
        rttMilliseconds: 300, measuredRTTMilliseconds: 300, isAsAsked: true, containers: 4,
        runs: [
          StartRun(
            number: 1, begun: 0, seconds: 1, isComplete: true,
            containers: [
              ContainerTimes(
                pod: "", node: "", created: 1, scheduled: 1, seen: 1, started: 1, ready: 1)
            ])
        ])
    ])

  static let step = StartStep(
    cell: 1, cells: 1, rttMilliseconds: 300, containers: 4, run: 1, runs: 1)
  static let matrixEvents: [StartMatrixEvent] = [
    .began(run: "", missing: 1, of: 1),
    .prepared(StartGround(kubernetes: "", image: "", machines: [])), .instrument(run: 1, of: 1),
    .switching(rttMilliseconds: 1),
    .switched(rttMilliseconds: 1, DelayInForce(rttMilliseconds: 1, isAsAsked: true)),
    .warmUp(rttMilliseconds: 1, containers: 1), .started(step),
    .finished(step, experiment.cells[0].runs[0]), .interrupted, .restoring,
  ]
  static let startEvents: [StartProgress] = [
    .master(""), .leftOut(worker: "", reason: ""),
    .undescribed(machine: "", problem: Problem("", exitStatus: .failure)), .fetching(image: ""),
    .clock(machine: "", offset: 1, uncertainty: 1),
    .unread(worker: "", problem: Problem("", exitStatus: .failure)),
    .incomplete(containers: 1, warnings: ""),
  ]

  static let events: [RunEvent] = [
    .connected(host: "", seconds: 1), .probed(host: "", seconds: 1),
    .stageStarted(host: "", stage: ""), .taskStarted(host: "", task: task, name: ""),
    .taskOutput(host: "", task: task, line: ""),
    .taskFinished(host: "", task: task, name: "", status: .ok, seconds: 1),
    .stageFinished(host: "", stage: "", changed: 1, seconds: 1),
    .hostFailed(host: "", problem: Problem("", exitStatus: .failure)),
    .hostSkipped(host: "", because: ""), .interrupted,
  ]
}
