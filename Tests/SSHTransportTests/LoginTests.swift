import Diagnostics
import SSHTransport
import ShellPrograms
import Testing
import Transport

extension SSHTests {
  @Suite struct Keys {
    @Test(
      arguments: [
        ("ed25519", nil, nil), ("ecdsa", 256, nil), ("ecdsa", 384, nil), ("ecdsa", 521, nil),
        ("ecdsa", 256, "PEM"), ("ecdsa", 384, "PKCS8"),
      ] as [(String, Int?, String?)])
    func logsInWithAKey(type: String, bits: Int?, format: String?) async throws {
      try await World.with { world in
        let key = try await world.key("user", type: type, bits: bits, format: format)
        let server = try await world.server("a", authorized: [key])
        let connector = try world.connector([world.machine("a", server, key: key)])
        let problem = await world.problem(connector, "a")
        #expect(problem == "no problem")
      }
    }

    @Test(arguments: [("ed25519", nil), ("ecdsa", nil), ("ecdsa", "PEM")] as [(String, String?)])
    func asksForAPassphraseOnce(type: String, format: String?) async throws {
      try await World.with { world in
        let key = try await world.key(
          "user", type: type, passphrase: "open sesame", format: format)
        let one = try await world.server("a", authorized: [key])
        let prompt = ScriptedPrompt(["wrong", "open sesame"])
        let connector = try world.connector(
          [world.machine("a", one, key: key), world.machine("b", one, key: key)], prompt: prompt)
        async let a = world.problem(connector, "a")
        async let b = world.problem(connector, "b")
        let problems = await [a, b]
        #expect(problems == ["no problem", "no problem"])
        #expect(
          prompt.questions == [
            "Passphrase for the key \(key): ", "Wrong passphrase. Passphrase for the key \(key): ",
          ])
      }
    }

    @Test func givesAWrongPassphraseUpAfterThreeTimes() async throws {
      try await World.with { world in
        let key = try await world.key("user", passphrase: "open sesame")
        let server = try await world.server("a", authorized: [key])
        let prompt = ScriptedPrompt(["one", "two", "three", "four"])
        let connector = try world.connector([world.machine("a", server, key: key)], prompt: prompt)
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("key \(key): the passphrase was wrong 3 times"))
        #expect(prompt.questions.count == 3)
      }
    }

    @Test func asksNothingForAKeyThatTheServerRefuses() async throws {
      try await World.with { world in
        let key = try await world.key("user", passphrase: "open sesame")
        let other = try await world.key("other")
        let server = try await world.server("a", authorized: [other])
        let prompt = ScriptedPrompt([])
        let connector = try world.connector([world.machine("a", server, key: key)], prompt: prompt)
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("root@127.0.0.1:\(server.port) cannot be logged in to"))
        #expect(problem.contains("key \(key): the server does not accept it for this user"))
        #expect(problem.contains("the server accepts: publickey"))
        #expect(prompt.questions.isEmpty)
      }
    }

    @Test func saysWhatWasTriedAndWhyItFailed() async throws {
      try await World.with { world in
        let good = try await world.key("good")
        let rsa = try await world.key("rsa", type: "rsa", bits: 2048)
        let rsaPEM = try await world.key("rsa-pem", type: "rsa", bits: 2048, format: "PEM")
        let rsaPKCS8 = try await world.key("rsa-pkcs8", type: "rsa", bits: 2048, format: "PKCS8")
        let locked = try await world.key("locked", passphrase: "open sesame")
        try world.write("no key\n", to: "nothing")
        let server = try await world.server("a", authorized: [good, locked])
        var machine = world.machine("a", server)
        machine.identityFiles = [
          rsa, rsaPEM, rsaPKCS8, world.path("nothing"), world.path("missing"), good + ".pub",
          locked,
          world.folder,
        ]
        let connector = try world.connector([machine])
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("key \(rsa): libssh2 of Debian 12 signs with RSA keys by SHA-1"))
        #expect(problem.contains("key \(rsaPEM): libssh2 of Debian 12 signs with RSA"))
        #expect(problem.contains("key \(rsaPKCS8): libssh2 of Debian 12 signs with RSA"))
        #expect(problem.contains("ssh-keygen -t ed25519"))
        #expect(problem.contains("nothing: this is no private key that can be read"))
        #expect(problem.contains("missing: there is no such file"))
        #expect(problem.contains("this is a public key, and no agent has its private one"))
        #expect(problem.contains("there is no terminal to ask at"))
        #expect(problem.contains("\(world.folder) cannot be read: Is a directory"))
      }
    }

    @Test func usesTheAgent() async throws {
      try await World.with { world in
        let key = try await world.key("user", passphrase: "open sesame")
        let curve = try await world.key("curve", type: "ecdsa")
        let rsa = try await world.key("rsa", type: "rsa", bits: 2048)
        let agent = try await world.agent([curve, rsa])
        let server = try await world.server("a", authorized: [curve])
        let options = world.options(agent: agent)
        let connector = try world.connector(
          [world.machine("a", server), world.machine("b", server, key: curve + ".pub")],
          options: options)
        let a = await world.problem(connector, "a")
        let b = await world.problem(connector, "b")
        #expect([a, b] == ["no problem", "no problem"])

        // The keys of the inventory keep the agent's others from being offered.
        let strict = try world.connector([world.machine("a", server, key: key)], options: options)
        let problem = await world.problem(strict, "a")
        #expect(problem.contains("key \(key): the server does not accept it"))
        #expect(!problem.contains("the agent's key"))

        let other = try await world.server("b", authorized: [key])
        let refused = try world.connector([world.machine("a", other)], options: options)
        let tried = await world.problem(refused, "a")
        #expect(tried.contains("the agent's key curve (ecdsa-sha2-nistp256): the server does not"))
        #expect(
          tried.contains("the agent's key rsa (ssh-rsa): libssh2 of Debian 12 signs with RSA"))
      }
    }

    @Test func getsAlongWithoutAnAgentThatIsGone() async throws {
      try await World.with { world in
        let key = try await world.key("user")
        let server = try await world.server("a", authorized: [])
        let connector = try world.connector(
          [world.machine("a", server, key: key)],
          options: world.options(agent: world.path("no-agent")))
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("no-agent cannot be asked: No such file or directory"))
      }
    }

    @Test func tellsOfTooManyKeys() async throws {
      try await World.with { world in
        var keys: [String] = []
        for number in 1...3 { keys.append(try await world.key("key\(number)")) }
        let server = try await world.server(
          "a", authorized: [keys[2]], settings: "MaxAuthTries 2")
        var machine = world.machine("a", server)
        machine.identityFiles = keys
        let connector = try world.connector([machine])
        let problem = await world.problem(connector, "a")
        #expect(problem.contains("it hung up: Too many authentication failures"))
        #expect(problem.contains("name the right key with `identity_file`"))
      }
    }
  }
}

extension World {
  /// Starts an agent that has these keys; returns its socket.
  func agent(_ keys: [String]) async throws -> String {
    let socket = path("agent")
    let agent = try ChildProcess(["/usr/bin/ssh-agent", "-D", "-a", socket])
    atEnd { await agent.end() }
    try await agent.wait(forLine: "SSH_AUTH_SOCK")
    for key in keys {
      try await ChildProcess.run(
        "/usr/bin/ssh-add", "-q", key, environment: ["SSH_AUTH_SOCK": socket])
    }
    return socket
  }
}
