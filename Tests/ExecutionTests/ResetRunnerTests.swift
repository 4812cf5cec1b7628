import Diagnostics
import Foundation
import Inventories
import Roles
import ShellPrograms
import Testing
import Transport

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct ResetRunnerTests {
  private func world() throws -> TestRun {
    try TestRun { [$0.role("greeting", ["text": .string("hello")])] }
  }

  private func reset(
    _ world: TestRun, interruption: Interruption = Interruption(),
    onEvent: @escaping @Sendable (ResetProgress) -> Void = { _ in }
  ) async throws -> ResetResult {
    let runner = ResetRunner(
      inventory: world.inventory, machines: world.inventory.machines, connector: world.testbed,
      state: world.state, operatorName: "anna@laptop", version: "0.1.0",
      interruption: interruption, clock: world.hand.clock, onEvent: onEvent)
    return try await runner.reset()
  }

  @Test func takesBackWhatWasPutThereAndWorksTwice() async throws {
    let world = try world()
    #expect(try await world.apply().changed == 6)
    world.testbed.cut("host2")
    let order = Record<String>()
    let first = try await reset(world) { event in
      if case .finished(let host, _, _) = event { order.add(host) }
    }
    #expect(first.failed == 1 && first.undone == 5 && !first.interrupted)
    #expect(first.hosts[3].problem?.description.contains("host2 cannot be reached") == true)
    #expect(first.hosts[1].undone.first?.contains("etc/greeting") == true)
    #expect(Set(order.all.prefix(2)) == ["host1", "host3"])
    #expect(Set(order.all.dropFirst(2)) == ["router1", "router2", "router3"])
    #expect(world.read("host1", "etc/greeting") == nil)
    #expect(world.read("host2", "etc/greeting") == "hello\n")
    #expect(world.testbed.folder.names(in: "router1/run") == [])
    #expect(world.testbed.openConnections == 0 && world.testbed.isClosed)
    world.testbed.mend("host2")
    let second = try await reset(world)
    #expect(second.failed == 0 && second.undone == 1)
    let third = try await reset(world)
    #expect(third.failed == 0 && third.undone == 0 && third.problems.isEmpty)
    for machine in world.inventory.machines {
      #expect(world.testbed.folder.names(in: "\(machine.name)/etc") == [])
    }
    let runs = try await Journal(in: world.state).runs()
    #expect(runs.map(\.verb) == ["reset", "reset", "reset", "apply"])
    #expect(runs.map(\.outcome) == [.success, .success, .failure, .success])
    let events = try await Journal(in: world.state).events(of: first.run)
    #expect(events.filter { $0.status == "undone" }.count == 5)
    #expect(events.filter { $0.kind == "failed" }.map(\.host) == ["host2"])
  }

  @Test func withoutARouterItTellsAndGoesOn() async throws {
    let world = try world()
    _ = try await world.apply()
    for router in ["router1", "router2", "router3"] { world.testbed.cut(router) }
    let result = try await reset(world)
    #expect(result.failed == 3 && result.undone == 3)
    #expect(
      result.problems.map(\.summary) == [
        "no router could be reached, so the testbed's lock was not taken"
      ])
  }

  @Test func theLocksAreRespected() async throws {
    let world = try world()
    try world.state.prepare()
    let held = try LocalLock(in: world.state, holder: "bob", verb: "apply", since: 0)
    let problem = try await #require(throws: Problem.self) { try await reset(world) }
    #expect(problem.description.contains("apply by bob"))
    held.release()
    let connection = try await world.testbed.connect(to: "router1")
    let bob = RouterLock(
      testbed: "three", router: "router1", run: "bobs", holder: "bob@desk", owner: "another")
    _ = try await Shell.dash.run(world.testbed.text(of: bob.takingProgram, on: "router1"))
    await connection.close()
    let other = try await #require(throws: Problem.self) { try await reset(world) }
    #expect(other.description.contains("bob@desk is changing this testbed"))
    #expect(world.testbed.openConnections == 0)
  }

  /// The hosts that have begun are let finish; the routers are left as they are.
  @Test func anInterruptionLeavesTheRouters() async throws {
    let world = try world()
    _ = try await world.apply()
    let interruption = Interruption()
    let result = try await reset(world, interruption: interruption) { event in
      if case .undone("host1", _) = event { interruption.request() }
    }
    #expect(result.interrupted && result.failed == 0 && result.undone == 3)
    #expect(world.read("router1", "etc/greeting") == "hello\n")
    #expect(try await Journal(in: world.state).runs().first?.outcome == .interrupted)
    #expect(try await reset(world).undone == 3)
  }
}
