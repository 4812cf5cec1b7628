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

    @Test func tellsASignal() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let result = try await connection.run(RemoteProgram("kill -KILL $$"))
        #expect(result.ending == .signalled("KILL"))
      }
    }

    @Test func passesMegabytesOnBothStreams() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let heard = Mutex((output: 0, errors: 0))
        let result = try await connection.run(
          RemoteProgram(
            """
            head -c 6000000 /dev/zero | tr '\\0' o &
            head -c 6000000 /dev/zero | tr '\\0' e >&2
            wait
            """)
        ) { chunk in
          heard.withLock { heard in
            switch chunk {
            case .output(let bytes): heard.output += bytes.count
            case .errors(let bytes): heard.errors += bytes.count
            }
          }
        }
        #expect(result.ending == .exited(0))
        #expect(result.output == [UInt8](repeating: UInt8(ascii: "o"), count: 6_000_000))
        #expect(result.errors == [UInt8](repeating: UInt8(ascii: "e"), count: 6_000_000))
        #expect(heard.withLock { $0 == (6_000_000, 6_000_000) })
      }
    }

    @Test func sendsAProgramOfTenMegabytes() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let line = String(repeating: "x", count: 99) + "\n"
        let text = "wc -c <<'END'\n" + String(repeating: line, count: 100_000) + "END\n"
        let result = try await connection.run(RemoteProgram(text))
        #expect(result.text == "10000000\n")
      }
    }

    @Test func stopsAProgramThatWritesWithoutEnd() async throws {
      try await World.with { world in
        var options = world.options()
        options.outputLimit = 1 << 20
        let (_, connection) = try await world.single(options: options)
        let problem = await said { _ = try await connection.run(RemoteProgram("yes")) }
        #expect(problem.contains("the program wrote more than 1 MiB"))
        #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func leavesOutWhatTheLoginShellSays() async throws {
      try await World.with { world in
        let settings = #"ForceCommand echo noise; echo noise >&2; eval "$SSH_ORIGINAL_COMMAND""#
        let (_, connection) = try await world.single(settings: settings)
        let result = try await connection.run(RemoteProgram("echo out; echo err >&2"))
        #expect(result.text == "out\n")
        #expect(result.errorText == "err\n")
      }
    }

    @Test func saysThatTheLoginShellStartsNothing() async throws {
      try await World.with { world in
        let settings = #"ForceCommand echo "This account is not available."; exit 3"#
        let (_, connection) = try await world.single(settings: settings)
        let problem = await said { _ = try await connection.run(RemoteProgram("echo out")) }
        #expect(problem.contains("the login shell of root does not start programs"))
        #expect(problem.contains("it ended with exit status 3"))
        #expect(problem.contains("This account is not available."))
      }
    }

    @Test func stopsALoginShellThatTalksWithoutEnd() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single(settings: "ForceCommand yes")
        let problem = await said { _ = try await connection.run(RemoteProgram("echo out")) }
        #expect(problem.contains("the login shell writes without end"))
      }
    }

    @Test func runsManyProgramsAtOnce() async throws {
      try await World.with { world in
        // Fewer than planetbed would use: it makes do with what the server allows.
        let (_, connection) = try await world.single(settings: "MaxSessions 3")
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
          for number in 0..<20 {
            group.addTask { try await connection.run(RemoteProgram("echo \(number)")).text }
          }
          return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<20).map { "\($0)\n" }))
      }
    }

    @Test func refusesAProgramThatNoShellCanRead() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let problem = await said { _ = try await connection.run(RemoteProgram("echo \0")) }
        #expect(problem.contains("holds a NUL byte"))
        await connection.close()
        await connection.close()
        let closed = await said { _ = try await connection.run(RemoteProgram("echo on")) }
        #expect(closed.contains("the SSH connection is closed"))
      }
    }
  }
}

/// What an action's error says.
func said(_ action: () async throws -> Void) async -> String {
  do {
    try await action()
    return "no problem"
  } catch let problem as Problem {
    return problem.description
  } catch {
    return "\(error)"
  }
}

extension World {
  /// One server and a connection to it.
  func single(
    settings: String = "", options: SSHOptions? = nil
  ) async throws -> (server: TestServer, connection: any Connection) {
    let key = try await key("user")
    let server = try await server("a", authorized: [key], settings: settings)
    let connector = try connector([machine("a", server, key: key)], options: options)
    return (server, try await connector.connect(to: "a"))
  }
}
