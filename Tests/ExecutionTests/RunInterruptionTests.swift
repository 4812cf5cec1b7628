import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import ShellPrograms
import Synchronization
import Testing
import Transport

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct RunInterruptionTests {
  /// `host1` waits in its first task until a test lets it go on.
  private func world(shell: Shell = .dash) async throws -> TestRun {
    let world = try TestRun(
      { scene in
        switch scene.machine.name {
        case "host1": [scene.role("waiting")]
        case "host2":
          [
            scene.role(
              "greeting", ["text": .string("hello")],
              after: [.init(stage: "test", host: "host1", role: "waiting")])
          ]
        default: []
        }
      }, shell: shell)
    try await world.testbed.connect(to: "host1").close()
    #expect(mkfifo(world.testbed.path(of: "host1") + "/fifo", 0o600) == 0)
    return world
  }

  private func letGo(_ world: TestRun) { endFifo(world.testbed.path(of: "host1") + "/fifo") }

  @Test(arguments: 0..<Shell.all.count)
  func theFirstLetsTheCurrentTaskEnd(shell: Int) async throws {
    let world = try await world(shell: Shell.all[shell])
    world.onEvent { event in
      if case .taskOutput(_, _, "waiting") = event { world.interruption.request() }
    }
    world.testbed.intercept { host, program in
      guard program.isStop else { return nil }
      let result = try await world.testbed.shell.run(world.testbed.text(of: program, on: host))
      self.letGo(world)
      return result
    }
    let result = try await world.apply()
    #expect(result.interrupted && result.failed == 0 && result.changed == 1)
    #expect(world.read("host1", "etc/waited") == "" && world.read("host1", "etc/after") == nil)
    #expect(world.read("host2", "etc/greeting") == nil)
    #expect(world.testbed.openConnections == 0)
    #expect(world.testbed.folder.names(in: "host1/run/planetbed") == [])
    #expect(try await Journal(in: world.state).runs().first?.outcome == .interrupted)
    let isTold = world.events.all.contains { if case .interrupted = $0 { true } else { false } }
    #expect(isTold)
    try await completes(world)
  }

  private func completes(_ world: TestRun, changed: Int = 2) async throws {
    world.onEvent { _ in }
    world.testbed.intercept { _, _ in nil }
    let runner = try world.runner(interruption: Interruption())
    let probes = try await runner.probe()
    let result = try await runner.apply(
      runner.planner.plan(answers: probes.answers), probes: probes)
    #expect(result.failed == 0 && result.changed == changed && !result.interrupted)
    #expect(world.read("host1", "etc/after") == "after")
    #expect(world.read("host2", "etc/greeting") == "hello\n")
  }

  /// The wish comes after the program was sent and before it runs: it is told again then.
  @Test func aWishThatComesEarlyIsHeardToo() async throws {
    let world = try await world()
    let stops = Mutex(0)
    world.testbed.intercept { host, program in
      guard host == "host1" else { return nil }
      if program.isStop {
        let result = try await world.testbed.shell.run(world.testbed.text(of: program, on: host))
        if stops.withLock({
          $0 += 1; return $0
        }) == 2 {
          self.letGo(world)
        }
        return result
      }
      if program.text.contains("going_run=") {
        world.interruption.request()
        // The first stop finds no program.
        while stops.withLock({ $0 }) == 0 { await Task.yield() }
      }
      return nil
    }
    let result = try await world.apply()
    #expect(result.interrupted && result.changed == 1)
    #expect(world.read("host1", "etc/after") == nil)
    try await completes(world)
  }

  @Test func theSecondGivesUpAtOnce() async throws {
    let world = try await world()
    world.onEvent { event in
      if case .taskOutput(_, _, "waiting") = event {
        world.interruption.request()
        world.interruption.request()
      }
    }
    let result = try await world.apply()
    #expect(result.interrupted && result.failed == 1)
    let problem = try #require(result.hosts.first { $0.name == "host1" }?.problem)
    #expect(problem.description.contains("host1 was given up while it was being changed"))
    #expect(world.testbed.openConnections == 0)
    // The next run takes the lock over, and completes.
    try Data().write(to: URL(filePath: world.testbed.path(of: "host1") + "/etc/waited"))
    try await completes(world)
  }

  @Test func duringTheProbeItEndsAtOnce() async throws {
    let world = try await world()
    let runner = try world.runner()
    world.testbed.intercept { host, program in
      world.interruption.request()
      return try await Shell.dash.run("exec sleep 1000")
    }
    let probes = try await runner.probe()
    #expect(probes.interrupted && probes.answers.isEmpty && probes.failures.count == 2)
    await probes.close()
    #expect(world.testbed.openConnections == 0)
  }

  @Test func beforeTheFirstProgramNothingIsBegun() async throws {
    let world = try await world()
    let runner = try world.runner()
    let probes = try await runner.probe()
    let plan = try runner.planner.plan(answers: probes.answers)
    world.interruption.request()
    let result = try await runner.apply(plan, probes: probes)
    #expect(result.interrupted && result.changed == 0 && result.failed == 0)
    #expect(world.testbed.programs(on: "host1").count == 1)
  }
}
