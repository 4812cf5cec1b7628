import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import ShellPrograms
import Testing
import Transport

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct RunnerTests {
  private static func greeting(_ scene: TestRun.Scene) -> RoleApplication {
    scene.role("greeting", ["text": .string("hello \(scene.machine.name)")])
  }

  /// Every router has a key, and the keys of the others; every host a greeting.
  private static func mesh(_ scene: TestRun.Scene) -> [RoleApplication] {
    guard scene.machine.isRouter else { return [greeting(scene)] }
    let others = ["router1", "router2", "router3"].filter { $0 != scene.machine.name }
    let keys = others.map { Variable.fact(FactReference(host: $0, name: "key")) }
    return [
      scene.role("key"), scene.role("ring", ["keys": .list(keys)], stage: "test"), greeting(scene),
    ]
  }

  @Test(arguments: 0..<Shell.all.count)
  func factsCrossMachines(shell: Int) async throws {
    let world = try TestRun(Self.mesh, shell: Shell.all[shell])
    let result = try await world.apply()
    for host in result.hosts { #expect(host.problem == nil, "\(host)") }
    #expect(result.problems.isEmpty && !result.interrupted)
    #expect(world.read("router1", "etc/ring") == "key of router2;key of router3;")
    #expect(world.read("router3", "etc/ring") == "key of router1;key of router2;")
    #expect(world.read("host2", "etc/greeting") == "hello host2\n")
    // Probe, keys, the rest; and the first router keeps the lock.
    #expect(
      world.programCounts() == [
        "router1": 5, "host1": 2, "router2": 3, "host2": 2, "router3": 3, "host3": 2,
      ])
    #expect(result.hosts.map(\.roundTrips) == [5, 2, 3, 2, 3, 2])
    #expect(result.hosts.map(\.name) == world.inventory.machines.map(\.name))
    #expect(result.changed == 3 * 3 + 3 && result.failed == 0)
    #expect(result.stages.map(\.name) == ["test"] && result.stages[0].changed == result.changed)
    #expect(world.testbed.openConnections == 0 && world.testbed.isClosed)
    for machine in world.inventory.machines {
      #expect(world.testbed.connections(to: machine.name) == 1)
      #expect(
        world.testbed.folder.names(in: "\(machine.name)/run/planetbed").allSatisfy {
          $0 == "lock.three"
        })
    }
    try await checkJournal(world, result)
    try await checkSecondRun(world, first: result)
  }

  private func checkJournal(_ world: TestRun, _ result: RunResult) async throws {
    let run = try #require(try await Journal(in: world.state).runs().first)
    #expect(run.name == result.run && run.verb == "apply" && run.outcome == .success)
    #expect(run.changed == 12 && run.operatorName == "anna@laptop" && run.digest == "digest")
    let events = try await world.journalEvents(of: result)
    #expect(events.filter { $0.status == "changed" }.count == 12)
    let own = events.filter { $0.host == "router2" }.compactMap(\.task)
    #expect(own == ["the key", "the key's text", "the ring", "the greeting"])
  }

  /// A second apply changes nothing: one connection and one program on each machine, no lock.
  private func checkSecondRun(_ world: TestRun, first: RunResult) async throws {
    world.testbed.forget()
    let result = try await world.apply()
    #expect(result.changed == 0 && result.failed == 0)
    #expect(result.ok == first.changed + first.ok)
    #expect(result.hosts.map(\.roundTrips) == [1, 1, 1, 1, 1, 1])
    for machine in world.inventory.machines {
      #expect(world.testbed.programs(on: machine.name).count == 1)
      #expect(world.testbed.connections(to: machine.name) == 1)
    }
    #expect(world.testbed.openConnections == 0)
  }

  @Test func eventsOfAMachineAreInOrder() async throws {
    let world = try TestRun(Self.mesh)
    _ = try await world.apply()
    let told = world.events.all.compactMap { event -> String? in
      switch event {
      case .connected("router2", _): "connected"
      case .probed("router2", _): "probed"
      case .stageStarted("router2", let stage): "stage \(stage)"
      case .taskStarted("router2", _, let name): "start \(name)"
      case .taskFinished("router2", _, let name, let status, _): "\(name) \(status.rawValue)"
      case .stageFinished("router2", let stage, let changed, _): "stage \(stage) \(changed)"
      default: nil
      }
    }
    #expect(told.first == "connected" && told.dropFirst().first == "probed")
    #expect(
      told.dropFirst(2).filter { !$0.contains("the key's text") } == [
        "stage test", "start the key", "the key changed", "start the ring", "the ring changed",
        "start the greeting", "the greeting changed", "stage test 3",
      ])
  }

  @Test func aChangedFactReachesItsDependants() async throws {
    let world = try TestRun(Self.mesh)
    _ = try await world.apply()
    try FileManager.default.removeItem(atPath: world.testbed.path(of: "router2") + "/etc/key")
    // The new key is another one.
    try world.scratch.write("", to: "moved")
    try world.testbed.folder.write("spoiled", to: "host1/etc/greeting")
    let result = try await world.apply()
    #expect(result.failed == 0)
    #expect(world.read("router1", "etc/ring") == "key of router2;key of router3;")
    #expect(world.read("host1", "etc/greeting") == "hello host1\n")
    #expect(world.read("router2", "etc/key") == "key of router2\n")
  }

  @Test func aFailureStopsItsDependantsOnly() async throws {
    let world = try TestRun { scene in
      switch scene.machine.name {
      case "router1": [scene.role("failing"), scene.role("key"), Self.greeting(scene)]
      case "host1":
        [
          Self.greeting(scene),
          scene.role(
            "key", after: [.init(stage: "test", host: "router1", role: "failing")]),
        ]
      case "host2":
        [
          Self.greeting(scene),
          scene.role("ring", ["keys": .list([.fact(FactReference(host: "router1", name: "key"))])]),
        ]
      case "host3":
        [
          scene.role(
            "key", after: [.init(stage: "test", host: "host2", role: "ring")])
        ]
      default: [Self.greeting(scene)]
      }
    }
    let result = try await world.apply()
    #expect(world.read("router1", "etc/greeting") == nil)
    #expect(world.read("host2", "etc/greeting") == "hello host2\n")
    #expect(world.read("host1", "etc/greeting") == "hello host1\n")
    #expect(world.read("host1", "etc/key") == nil)
    #expect(world.read("host2", "etc/ring") == nil && world.read("host3", "etc/key") == nil)
    #expect(world.read("router3", "etc/greeting") == "hello router3\n")
    #expect(result.failed == 1)
    let failed = result.hosts[0]
    let problem = try #require(failed.problem)
    #expect(problem.description.contains("it cannot be done"))
    #expect(problem.diagnostics[0].host == "router1")
    #expect(result.hosts.map(\.skippedBecause) == [nil, "router1", nil, "router1", nil, "router1"])
    let events = try await world.journalEvents(of: result)
    #expect(events.contains { $0.kind == "failed" && $0.host == "router1" })
    #expect(
      events.contains { $0.kind == "skipped" && $0.host == "host3" && $0.detail == "router1" })
    #expect(try await Journal(in: world.state).runs().first?.outcome == .failure)
    let skipped = world.events.all.compactMap { event -> String? in
      if case .hostSkipped(let host, let culprit) = event { "\(host) \(culprit)" } else { nil }
    }
    #expect(skipped.sorted() == ["host1 router1", "host2 router1", "host3 router1"])
  }

  @Test func anUnreachableMachineKeepsNoOtherFromItsWork() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    world.testbed.cut("router1")
    let result = try await world.apply()
    #expect(result.failed == 1 && result.changed == 5)
    #expect(result.hosts[0].problem?.description.contains("router1 cannot be reached") == true)
    // The next router keeps the lock then.
    #expect(result.hosts.map(\.roundTrips) == [0, 2, 4, 2, 2, 2])
    #expect(world.testbed.openConnections == 0)
    world.testbed.mend("router1")
    let second = try await world.apply()
    #expect(second.changed == 1 && second.failed == 0)
  }

  @Test func withoutAnyRouterNothingIsChanged() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    for router in ["router1", "router2", "router3"] { world.testbed.cut(router) }
    let problem = try await #require(throws: Problem.self) { try await world.apply() }
    #expect(problem.description.contains("no router can be reached"))
    #expect(problem.description.contains("router2 cannot be reached"))
    #expect(world.read("host1", "etc/greeting") == nil)
    #expect(world.testbed.openConnections == 0)
    #expect(try await Journal(in: world.state).runs().first?.outcome == .failure)
  }

  @Test func theScopeLimitsTheMachinesButNotTheLock() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    let result = try await world.apply(RunScope(hosts: ["host3"]))
    #expect(result.hosts.map(\.name) == ["host3"] && result.changed == 1)
    #expect(world.programCounts()["router1"] == 2 && world.programCounts()["host1"] == 0)
    #expect(world.testbed.openConnections == 0)
    let second = try await world.apply(RunScope(hosts: ["host3"]))
    #expect(second.changed == 0)
    #expect(world.programCounts()["router1"] == 2)
  }

  @Test func aLostConnectionIsToldAndTheNextRunCompletes() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    let lost = Problem("the connection was lost", host: "host2", exitStatus: .failure)
    world.testbed.intercept { host, _ in
      if host == "host2", world.testbed.programs(on: "host2").count == 2 { throw lost }
      return nil
    }
    let result = try await world.apply()
    #expect(result.failed == 1 && result.changed == 5)
    #expect(result.hosts[3].problem?.description == "the connection was lost")
    world.testbed.forget()
    world.testbed.intercept { _, _ in nil }
    let second = try await world.apply()
    #expect(second.failed == 0 && second.changed == 1 && second.ok == 5)
  }

  @Test func aMachineThatTalksNonsenseFailsAlone() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    world.testbed.intercept { host, _ in
      host == "host1"
        ? .init(ending: .exited(0), output: Array("Welcome!\n".utf8), errors: []) : nil
    }
    let result = try await world.apply()
    #expect(result.failed == 1 && result.changed == 5)
    #expect(result.hosts[1].problem?.diagnostics.first?.host == "host1")
  }

  @Test func planningWritesNothingHere() async throws {
    let world = try TestRun { [Self.greeting($0)] }
    try world.scratch.write("", to: "state")
    let runner = try world.runner()
    let probes = try await runner.probe()
    let plan = try runner.planner.plan(answers: probes.answers)
    #expect(plan.changeCount == 6 && probes.failures.isEmpty)
    // Whereas apply must write, and says that it cannot.
    let problem = try await #require(throws: Problem.self) {
      try await runner.apply(plan, probes: probes)
    }
    #expect(problem.description.contains("state folder"))
    #expect(world.testbed.openConnections == 0)
  }
}
