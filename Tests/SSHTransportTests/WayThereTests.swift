import Diagnostics
import Foundation
import SSHTransport
import ShellPrograms
import Synchronization
import Testing
import Transport

extension SSHTests {
  /// What happens on the way to a machine.
  @Suite struct TheWayThere {
    @Test func saysThatNothingListens() async throws {
      try await World.with { world in
        let listener = try Listener(saying: nil)
        listener.end()
        let connector = try world.connector([
          LoginDetails(machine: "m", address: "127.0.0.1", port: listener.port)
        ])
        let problem = await world.problem(connector, "m")
        #expect(problem.contains("127.0.0.1 port \(listener.port) cannot be connected to"))
        #expect(problem.contains("Connection refused"))
        #expect(problem.contains("see that sshd runs on the machine"))
      }
    }

    @Test func saysThatAnotherServerAnswers() async throws {
      try await World.with { world in
        let other = try Listener(saying: "HTTP/1.1 400 Bad Request\r\n\r\n")
        let hasty = try Listener(saying: "")
        defer {
          other.end()
          hasty.end()
        }
        let connector = try world.connector([
          LoginDetails(machine: "other", address: "127.0.0.1", port: other.port),
          LoginDetails(machine: "hasty", address: "127.0.0.1", port: hasty.port),
        ])
        let problem = await world.problem(connector, "other")
        #expect(problem.contains("what answers at 127.0.0.1 port \(other.port) is no SSH server"))
        #expect(problem.contains("HTTP/1.1 400 Bad Request"))
        let silent = await world.problem(connector, "hasty")
        #expect(silent.contains("the machine accepts connections but no SSH server answers"))
      }
    }

    @Test func givesUpWhenTheDeadlinePasses() async throws {
      try await World.with { world in
        let listener = try Listener(saying: nil)
        defer { listener.end() }
        let connector = try world.connector(
          [LoginDetails(machine: "m", address: "127.0.0.1", port: listener.port)],
          options: world.options(deadline: .milliseconds(300)))
        let problem = await world.problem(connector, "m")
        #expect(problem.contains("was not reached within 300 ms"))
      }
    }

    @Test func saysThatANameIsUnknown() async throws {
      try await World.with { world in
        let connector = try world.connector([
          LoginDetails(machine: "m", address: "no such name"),
          LoginDetails(machine: "p", address: "127.0.0.1", port: 70000),
        ])
        let problem = await world.problem(connector, "m")
        #expect(problem.contains("the name `no such name` has no address"))
        let port = await world.problem(connector, "p")
        #expect(port.contains("the port 70000 is no port"))
        let missing = await world.problem(connector, "missing")
        #expect(missing.contains("no machine is called `missing`"))
      }
    }

    @Test func saysThatTheRouterDoesNotForward() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let router = try await world.server(
          "r", authorized: [key], settings: "AllowTcpForwarding no")
        let open = try await world.server("o", authorized: [key], settings: "MaxSessions 0")
        let inner = try await world.server("i", authorized: [key])
        let listener = try Listener(saying: nil)
        listener.end()
        let connector = try world.connector([
          world.machine("closed", router, key: key), world.machine("open", open, key: key),
          world.machine("inner", inner, key: key, jump: "closed"),
          world.machine("better", inner, key: key, jump: "open"),
          LoginDetails(
            machine: "nobody", address: "127.0.0.1", port: listener.port, jump: "open"),
        ])
        let refused = await world.problem(connector, "inner")
        #expect(refused.contains("the router closed refuses to forward to 127.0.0.1 port"))
        #expect(refused.contains("AllowTcpForwarding"))
        // A router that allows nothing but forwarding is good enough.
        let better = await world.problem(connector, "better")
        #expect(better == "no problem")
        let nobody = await world.problem(connector, "nobody")
        #expect(nobody.contains("the router open cannot connect to 127.0.0.1 port"))
        let session = try await connector.connect(to: "open")
        let problem = await said { _ = try await session.run(RemoteProgram("echo")) }
        #expect(problem.contains("the SSH server opens no session"))
      }
    }

    @Test func saysThatTheRouterIsTheProblem() async throws {
      try await World.with { world in
        let listener = try Listener(saying: nil)
        listener.end()
        let connector = try world.connector([
          LoginDetails(machine: "r", address: "127.0.0.1", port: listener.port),
          LoginDetails(machine: "i", address: "127.0.0.2", jump: "r"),
          LoginDetails(machine: "x", address: "127.0.0.2", jump: "y"),
          LoginDetails(machine: "y", address: "127.0.0.2", jump: "x"),
        ])
        let problem = await world.problem(connector, "i")
        #expect(problem.contains("the router r cannot be reached"))
        #expect(problem.contains("Connection refused"))
        let circle = await world.problem(connector, "x")
        #expect(circle.contains("x is reached through itself: its jump hosts: x → y → x"))
      }
    }

    @Test func noticesSilence() async throws {
      try await World.with { world in
        let options = world.options(keepalive: .init(interval: .seconds(1), allowedMisses: 1))
        let (server, connection) = try await world.single(options: options)
        let process = server.process
        let program = RemoteProgram("echo started; while sleep 1; do echo; done")
        // A slow machine may seem silent before it is made so: the error is the same.
        let problem = await said {
          _ = try await connection.run(program) { _ in process.signalDescendants(SIGSTOP) }
        }
        #expect(problem.contains("the machine fell silent: nothing was heard for 2 s"))
        let again = await said { _ = try await connection.run(RemoteProgram("echo")) }
        #expect(again.contains("fell silent"))
      }
    }

    @Test func noticesTheEndOfAConnection() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let router = try await world.server("r", authorized: [key])
        let inner = try await world.server("i", authorized: [key])
        let connector = try world.connector([
          world.machine("r", router, key: key),
          world.machine("i", inner, key: key, jump: "r"),
        ])
        let connection = try await connector.connect(to: "i")
        let program = RemoteProgram("echo started; while sleep 1; do echo; done")
        let problem = await said {
          _ = try await connection.run(program) { _ in
            router.process.signalDescendants(SIGKILL)
          }
        }
        #expect(problem.contains("the SSH connection was lost"))
        // The next one who asks gets new connections.
        let again = try await connector.connect(to: "i")
        #expect(try await again.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func keepsASilentButLivingConnection() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let settings = "ClientAliveInterval 1\nClientAliveCountMax 60"
        let router = try await world.server("r", authorized: [key], settings: settings)
        let inner = try await world.server("i", authorized: [key], settings: settings)
        let options = world.options(keepalive: .init(interval: .seconds(1), allowedMisses: 60))
        let connector = try world.connector(
          [
            world.machine("r", router, key: key),
            world.machine("i", inner, key: key, jump: "r"),
          ], options: options)
        let connection = try await connector.connect(to: "i")
        let idle = try await connector.connect(to: "r")
        #expect(try await connection.run(RemoteProgram("sleep 4; echo on")).text == "on\n")
        #expect(try await idle.run(RemoteProgram("echo on")).text == "on\n")
      }
    }
  }
}
