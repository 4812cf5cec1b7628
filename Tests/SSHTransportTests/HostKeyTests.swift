import Foundation
import SSHTransport
import ShellPrograms
import Testing
import Transport

extension SSHTests {
  @Suite struct HostKeys {
    @Test func refusesAnUnknownKeyAndNamesTheRemedies() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key], isKnown: false)
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        let shown = try await world.fingerprint(server.hostKey)
        #expect(problem.contains("the host key of 127.0.0.1 is not known"))
        #expect(problem.contains("it shows the ssh-ed25519 key \(shown)"))
        #expect(problem.contains("--accept-new-host-keys"))
        #expect(problem.contains("host_key = \"\(try world.publicKey(server.hostKey))\""))
        #expect(problem.contains("ssh -p \(server.port) root@127.0.0.1"))
        #expect(!FileManager.default.fileExists(atPath: world.path(".ssh")))
      }
    }

    @Test func remembersANewKeyWhenThatIsAllowed() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key], isKnown: false)
        let other = try await world.server("b", authorized: [key], isKnown: false)
        let machines = [
          world.machine("a", server, key: key), world.machine("b", other, key: key),
          world.machine("c", server, key: key),
        ]
        let connector = try world.connector(machines, options: world.options(acceptNew: true))
        async let a = world.problem(connector, "a")
        async let b = world.problem(connector, "b")
        async let c = world.problem(connector, "c")
        let problems = await [a, b, c]
        #expect(problems == ["no problem", "no problem", "no problem"])
        let lines = try world.text(of: ".ssh/known_hosts").split(separator: "\n").map(String.init)
        #expect(
          Set(lines) == [
            "[127.0.0.1]:\(server.port) \(try world.publicKey(server.hostKey))",
            "[127.0.0.1]:\(other.port) \(try world.publicKey(other.hostKey))",
          ])
        #expect(lines.count == 2)
        #expect(world.mode(".ssh") == 0o700)
        #expect(world.mode(".ssh/known_hosts") == 0o600)
        // Now it is known to a strict one, and to ssh.
        let strict = try world.connector(machines)
        let again = await world.problem(strict, "a")
        #expect(again == "no problem")
      }
    }

    @Test func refusesAChangedKeyEvenWhenNewOnesAreAccepted() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let old = try await world.key("old-host")
        let server = try await world.server("a", authorized: [key], isKnown: false)
        try world.know("elsewhere", try world.publicKey(old))
        try world.know("[127.0.0.1]:\(server.port)", try world.publicKey(old))
        let before = try world.text(of: ".ssh/known_hosts")
        let connector = try world.connector(
          [world.machine("a", server, key: key)], options: world.options(acceptNew: true))
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("the host key of 127.0.0.1 has changed"))
        #expect(problem.contains("\(world.path(".ssh/known_hosts")):2 has another one"))
        #expect(problem.contains(try await world.fingerprint(server.hostKey)))
        #expect(problem.contains("-R '[127.0.0.1]:\(server.port)'"))
        #expect(try world.text(of: ".ssh/known_hosts") == before)
      }
    }

    @Test func readsHashedNames() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        try await ChildProcess.run(
          "/usr/bin/ssh-keygen", "-H", "-f", world.path(".ssh/known_hosts"))
        #expect(try world.text(of: ".ssh/known_hosts").hasPrefix("|1|"))
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(problem == "no problem")
      }
    }

    @Test func refusesARevokedKey() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key])
        try world.know("@revoked *", try world.publicKey(server.hostKey))
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("the host key of 127.0.0.1 is revoked"))
        #expect(problem.contains("known_hosts:2 marks"))
      }
    }

    @Test func asksForTheTypeOfKeyThatIsKnown() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let second = try await world.key("second-host", type: "ecdsa")
        let server = try await world.server(
          "a", authorized: [key], isKnown: false, settings: "HostKey \(second)")
        try world.know("[127.0.0.1]:\(server.port)", try world.publicKey(second))
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(problem == "no problem")
      }
    }

    @Test func theInventorysKeyDecidesAlone() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let other = try await world.key("other")
        let server = try await world.server("a", authorized: [key], isKnown: false)
        let right = try world.publicKey(server.hostKey)
        let machines = [
          world.machine("right", server, key: key, hostKey: right),
          world.machine("wrong", server, key: key, hostKey: try world.publicKey(other)),
          world.machine("none", server, key: key, hostKey: "ssh-ed25519 nonsense"),
          world.machine(
            "rsa", server, key: key,
            hostKey: try world.publicKey(try await world.key("rsa", type: "rsa", bits: 2048))),
        ]
        let connector = try world.connector(machines, options: world.options(acceptNew: true))
        let problem = await world.problem(connector, "right")
        #expect(problem == "no problem")
        let wrong = await world.problem(connector, "wrong")
        #expect(wrong.contains("does not show the host key that the inventory demands"))
        #expect(wrong.contains("host_key = \"\(right)\" for wrong"))
        let none = await world.problem(connector, "none")
        #expect(none.contains("`host_key` of none is no host key"))
        let rsa = await world.problem(connector, "rsa")
        #expect(rsa.contains("is of type ssh-rsa, which cannot be checked here"))
        #expect(!FileManager.default.fileExists(atPath: world.path(".ssh/known_hosts")))
      }
    }

    @Test func saysWhyAServerWithRSAAloneCannotBeChecked() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server(
          "a", authorized: [key], hostKeyType: "rsa", isKnown: false)
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(
          problem.contains("has no host key that can be checked here: it offers rsa-sha2-512"))
        #expect(problem.contains("ssh-keygen -A"))
      }
    }

    @Test func refusesAKeyOfAnotherTypeThanTheKnownOne() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let rsa = try await world.key("rsa", type: "rsa", bits: 2048)
        let server = try await world.server("a", authorized: [key], isKnown: false)
        try world.know("[127.0.0.1]:\(server.port)", try world.publicKey(rsa))
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("shows an ssh-ed25519 key, but is known by an ssh-rsa key"))
      }
    }

    @Test func saysThatKnownHostsCannotBeWritten() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [key], isKnown: false)
        try world.write("", to: "file")
        var machine = world.machine("a", server, key: key)
        machine.knownHostsFile = world.path("file/known_hosts")
        let connector = try world.connector([machine], options: world.options(acceptNew: true))
        let problem = await world.problem(connector, "a")
        #expect(
          problem.contains("cannot be written to \(world.path("file/known_hosts")): Not a dir"))
      }
    }

    @Test func followsTheUsersConfiguration() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let router = try await world.server("r", authorized: [key], isKnown: false)
        let server = try await world.server("a", authorized: [key], isKnown: false)
        let configuration = """
          Host behind
            HostName 127.0.0.1
            Port \(server.port)
            ProxyJump first
          Host first
            HostName 127.0.0.1
            Port \(router.port)
          Host *
            User root
            IdentityFile ~/%d-no
            IdentityFile \(world.folder)/%u
            IdentityFile "\(key)"
            IdentitiesOnly yes
            StrictHostKeyChecking accept-new
            UserKnownHostsFile ~/hosts-of-%r
          """.replacing("%d-no", with: "none-such")
        let connector = try world.connector(
          [LoginDetails(machine: "m", address: "behind")], configuration: configuration)
        let problem = await world.problem(connector, "m")
        #expect(problem == "no problem")
        let known = try world.text(of: "hosts-of-root")
        #expect(known.contains("[127.0.0.1]:\(router.port) ssh-ed25519"))
        #expect(known.contains("[127.0.0.1]:\(server.port) ssh-ed25519"))
        await connector.close()
        let log = await router.end()
        #expect(router.count("Connection from", in: log) == 1)
      }
    }
  }
}

extension World {
  func fingerprint(_ key: String) async throws -> String {
    let lines = try await ChildProcess.run("/usr/bin/ssh-keygen", "-lf", "\(key).pub")
    return String(lines.first?.split(separator: " ").dropFirst().first ?? "")
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    stat(path(name), &status)
    return status.st_mode & 0o7777
  }
}
