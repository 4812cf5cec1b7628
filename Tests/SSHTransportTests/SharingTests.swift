import Diagnostics
import Foundation
import SSHTransport
import ShellPrograms
import Testing
import Transport

extension SSHTests {
  /// Connections that several use, and what becomes of them when some give up.
  @Suite struct Sharing {
    @Test func aConnectionIsSharedUntilItsLastUserIsDone() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        let connector = try world.connector([world.machine("a", server, key: key)])
        async let one = connector.connect(to: "a")
        async let two = connector.connect(to: "a")
        let (first, second) = try await (one, two)
        await first.close()
        #expect(try await second.run(RemoteProgram("echo on")).text == "on\n")
        await second.close()
        // Nobody had it any more: this is another one.
        let third = try await connector.connect(to: "a")
        #expect(try await third.run(RemoteProgram("echo on")).text == "on\n")
        await connector.close()
        let closed = await said { _ = try await third.run(RemoteProgram("echo on")) }
        #expect(closed.contains("the SSH connection was closed"))
        let log = await server.end()
        #expect(server.count("Connection from", in: log) == 2)
      }
    }

    @Test func aDeadlineEndsAProgramAndNothingElse() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        async let other = connection.run(RemoteProgram("sleep 1; echo on"))
        let program = RemoteProgram(
          "while sleep 1; do echo; done", deadline: .milliseconds(100))
        let problem = await said { _ = try await connection.run(program) }
        #expect(problem.contains("the program did not end within 100 ms"))
        #expect(try await other.text == "on\n")
        #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func whoGivesUpLeavesTheOthersInPeace() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let router = try await world.server("r", authorized: [key])
        let inner = try await world.server("i", authorized: [key])
        let connector = try world.connector([
          world.machine("r", router, key: key),
          world.machine("stays", inner, key: key, jump: "r"),
          world.machine("goes", inner, key: key, jump: "r"),
        ])
        let stays = try await connector.connect(to: "stays")
        let long = Task { try await stays.run(RemoteProgram("cat >/dev/null; sleep 1; echo end")) }
        for round in 0..<16 {
          let task = Task {
            let connection = try await connector.connect(to: "goes")
            async let one = connection.run(RemoteProgram("head -c 300000 /dev/zero"))
            async let two = connection.run(RemoteProgram("while sleep 1; do echo; done"))
            _ = try await (one, two)
            await connection.close()
          }
          // Each round gives up a little later than the last: after so many turns of others.
          for _ in 0..<(round * round * 80) { await Task.yield() }
          task.cancel()
          // Were it over, it would have ended by itself, and it never does.
          await #expect(throws: CancellationError.self) { try await task.value }
          #expect(try await stays.run(RemoteProgram("echo \(round)")).text == "\(round)\n")
        }
        #expect(try await long.value.text == "end\n")
        await stays.close()
        await connector.close()
        let log = await router.end()
        #expect(router.count("Connection from", in: log) == 1)
      }
    }

    @Test func oneOfTwoWhoWaitMayGiveUp() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        let connector = try world.connector([world.machine("a", server, key: key)])
        for _ in 0..<5 {
          let goes = Task { try await connector.connect(to: "a").close() }
          let stays = Task { try await connector.connect(to: "a") }
          goes.cancel()
          _ = await goes.result
          let connection = try await stays.value
          #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
          await connection.close()
        }
      }
    }

    @Test func threeHundredConnectionsNeedFewThreads() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        let names = (0..<300).map { "m\($0)" }
        let connector = try world.connector(
          names.map { world.machine($0, server, key: key) },
          options: world.options(
            deadline: .seconds(600)))
        let before = Self.threads()
        let connections = try await withThrowingTaskGroup(of: (any Connection).self) { group in
          for name in names { group.addTask { try await connector.connect(to: name) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let during = Self.threads()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        #expect(connections.count == 300)
        #expect(during.own <= cores + 4)
        // The test's own threads come and go, but a thread per connection could not be missed.
        #expect(during.all - before.all < 100)
        for connection in [connections[0], connections[150], connections[299]] {
          #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
        }
      }
    }

    /// How many threads this process has, and how many of them are planetbed's SSH's.
    private static func threads() -> (own: Int, all: Int) {
      let folder = "/proc/self/task"
      let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let names = all.map {
        (try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8)) ?? ""
      }
      return (names.filter { $0.hasPrefix("planetbed-") }.count, all.count)
    }
  }
}
