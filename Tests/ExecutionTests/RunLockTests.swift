import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import ShellPrograms
import Testing
import Transport

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct RunLockTests {
  private func world() throws -> TestRun {
    try TestRun { [$0.role("greeting", ["text": .string("hello")])] }
  }

  private func lock(_ run: String) -> RouterLock {
    RouterLock(
      testbed: "three", router: "router1", run: run, holder: "bob@desk", owner: "another")
  }

  private func run(_ program: (RouterLock) -> String, _ world: TestRun) async throws {
    _ = try await Shell.dash.run(
      world.testbed.text(of: .init(program(lock("bobs-run"))), on: "router1"))
  }

  @Test func twoRunsHereAreRefused() async throws {
    let world = try world()
    try world.state.prepare()
    let held = try LocalLock(in: world.state, holder: "anna@laptop", verb: "apply", since: 0)
    let problem = try await #require(throws: Problem.self) { try await world.apply() }
    #expect(problem.description.contains("another planetbed run of this testbed is at work"))
    #expect(world.read("host1", "etc/greeting") == nil)
    #expect(world.testbed.openConnections == 0)
    held.release()
    #expect(try await world.apply().changed == 6)
  }

  @Test func anotherOperatorIsWaitedFor() async throws {
    let world = try world()
    let runner = try world.runner()
    try await runner.connector.connect(to: "router1").close()
    try await run({ $0.takingProgram.text }, world)
    let problem = try await #require(throws: Problem.self) { try await world.apply() }
    #expect(problem.description.contains("bob@desk is changing this testbed since"))
    #expect(world.read("host1", "etc/greeting") == nil)
    try await run({ $0.releasingProgram(removing: false).text }, world)
    #expect(try await world.apply().changed == 6)
  }

  @Test func aChangeByAnotherSinceThePlanIsNoticed() async throws {
    let world = try world()
    let runner = try world.runner()
    let probes = try await runner.probe()
    let plan = try runner.planner.plan(answers: probes.answers)
    try await run({ $0.takingProgram.text }, world)
    try await run({ $0.releasingProgram(removing: false).text }, world)
    let problem = try await #require(throws: Problem.self) {
      try await runner.apply(plan, probes: probes)
    }
    #expect(problem.description.contains("was changed by bob@desk since the plan was made"))
    #expect(problem.description.contains("Plan again."))
    #expect(world.testbed.openConnections == 0)
    #expect(try await world.apply().changed == 6)
  }

  /// The first operator was killed in mid-run: its state folder's lock is free, its router's is not.
  @Test func whatAKilledRunHeldIsTakenOver() async throws {
    let world = try world()
    try world.state.prepare()
    try await world.testbed.connect(to: "router1").close()
    let dead = RouterLock(
      testbed: "three", router: "router1", run: "dead", holder: "anna@laptop",
      owner: try world.state.mark())
    _ = try await Shell.dash.run(world.testbed.text(of: dead.takingProgram, on: "router1"))
    #expect(try await world.apply().changed == 6)
  }

  /// The lock is lost while a machine works: it finishes its task, and the run tells.
  @Test func aLostLockStopsTheRun() async throws {
    let world = try TestRun { scene in
      scene.machine.name == "host1"
        ? [scene.role("waiting")] : [scene.role("greeting", ["text": .string("hello")])]
    }
    let fifo = world.testbed.path(of: "host1") + "/fifo"
    try await world.testbed.connect(to: "host1").close()
    #expect(mkfifo(fifo, 0o600) == 0)
    world.onEvent { event in
      guard case .taskOutput(_, _, "waiting") = event else { return }
      Task {
        // Bob takes the lock as if it had expired.
        let folder = "router1/run/planetbed/lock.three"
        let name = try #require(world.testbed.folder.names(in: folder).first)
        try world.testbed.folder.write(
          "bobs-run\nbob@desk\nanother\n1\n9999999999\n", to: "\(folder)/\(name)")
        await world.hand.someoneWaits()
        world.hand.advance(120)
      }
    }
    world.testbed.intercept { host, program in
      guard host == "host1", program.isStop else {
        return nil
      }
      let result = try await Shell.dash.run(world.testbed.text(of: program, on: host))
      endFifo(fifo)
      return result
    }
    let result = try await world.apply()
    #expect(result.problems.contains { $0.summary.contains("was lost to bob@desk") })
    #expect(world.read("host1", "etc/waited") == "" && world.read("host1", "etc/after") == nil)
    #expect(!result.interrupted)
    #expect(try await Journal(in: world.state).runs().first?.outcome == .failure)
  }
}
