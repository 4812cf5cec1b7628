import Diagnostics
import SSHTransport
import ShellPrograms
import Synchronization
import Testing
import Transport

/// All tests against real servers stand under this one, so that one runs at a time.
@Suite(.serialized) struct SSHTests {}

extension SSHTests {
  @Suite struct Running {
    @Test func runsAProgramAndTellsAllItSaid() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        let connector = try world.connector([world.machine("a", server, key: key)])
        let connection = try await connector.connect(to: "a")
        let result = try await connection.run(
          RemoteProgram("printf 'out ü\\000\\377'; printf 'err\\n' >&2; exit 7"))
        #expect(result.ending == .exited(7))
        #expect(result.output == Array("out ü".utf8) + [0, 255])
        #expect(result.errors == Array("err\n".utf8))
        #expect(connection.connectDuration > .zero)
      }
    }

    @Test func reachesAMachineThroughOneConnectionToItsRouter() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let router = try await world.server("r", authorized: [key])
        let inner = try await world.server("i", authorized: [key])
        let connector = try world.connector([
          world.machine("router", router, key: key),
          world.machine("one", inner, key: key, jump: "router"),
          world.machine("two", inner, key: key, jump: "router"),
        ])
        async let one = connector.connect(to: "one")
        async let two = connector.connect(to: "two")
        for connection in try await [one, two] {
          #expect(try await connection.run(RemoteProgram("echo here")).text == "here\n")
        }
        await connector.close()
        let routerLog = await router.end()
        let innerLog = await inner.end()
        #expect(router.count("Connection from", in: routerLog) == 1)
        #expect(inner.count("Connection from", in: innerLog) == 2)
        #expect(router.count("Starting session", in: routerLog) == 0)
        #expect(inner.count("Starting session", in: innerLog) == 2)
      }
    }
  }
}
