import Foundation
import SSHTransport
import ShellPrograms
import Testing
import Transport

extension SSHTests {
  /// Logging in as somebody who is not root. The tests make a user of their own, and let a script
  /// stand in for sudo.
  @Suite(.enabled(if: getuid() == 0, "makes a user, which root alone may"))
  struct OtherUsers {
    @Test func becomesRootBySudo() async throws {
      try await World.with { world in
        let sudo = try await world.sudoServer()

        try world.sudo("echo 'a lecture' >&2; exec \"$@\"")
        let easy = ScriptedPrompt([])
        let result = try await sudo.run("id -un; echo err >&2; exit 5", easy)
        #expect(result.text == "\(sudo.user)\n")
        #expect(result.errorText == "err\n")
        #expect(result.ending == .exited(5))

        // The password is asked for once, though it is needed on two machines and twice there.
        try world.sudo(World.sudoThatAsks)
        let asked = ScriptedPrompt(["wrong", "secret"])
        let connector = try world.connector(sudo.machines, prompt: asked)
        let question = "Password of \(sudo.user) for sudo (on one): "
        for machine in ["one", "one", "two"] {
          let connection = try await connector.connect(to: machine)
          let program = RemoteProgram("cat; echo root; echo err >&2")
          let result = try await connection.run(program)
          #expect(result.text == "root\n")
          #expect(result.errorText == "err\n")
          #expect(result.ending == .exited(0))
          await connection.close()
        }
        #expect(asked.questions == [question, "Wrong password. " + question])

        // What need not be root is not.
        let connection = try await connector.connect(to: "two")
        try world.sudo("exit 99")
        let plain = try await connection.run(RemoteProgram("id -un", asRoot: false))
        #expect(plain.text == "\(sudo.user)\n")
      }
    }

    @Test func saysWhySudoFails() async throws {
      try await World.with { world in
        let sudo = try await world.sudoServer()
        func problem(_ script: String, _ answers: [String] = []) async throws -> String {
          try world.sudo(script)
          return await said { _ = try await sudo.run("echo on", ScriptedPrompt(answers)) }
        }
        let wrong = try await problem(World.sudoThatAsks, ["a", "b", "c", "d"])
        #expect(wrong.contains("sudo refuses the password of \(sudo.user)"))
        #expect(wrong.contains("it was wrong 3 times"))
        #expect(wrong.contains("sudo: 3 incorrect password attempts"))
        #expect(!wrong.contains("planetbed-sudo-password"))
        let nobody = try await problem(World.sudoThatAsks)
        #expect(nobody.contains("there is no terminal to ask at"))
        let denied = try await problem(
          "echo 'x is not in the sudoers file.  This incident will be reported.' >&2; exit 1")
        #expect(denied.contains("\(sudo.user) may not become root"))
        let terminal = try await problem(
          "echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1")
        #expect(terminal.contains("sudo wants a terminal for \(sudo.user)"))
        let missing = try await problem("exit 127")
        #expect(missing.contains("there is no sudo on the machine"))
        let other = try await problem("printf 'sudo: \\033[1mhm\\n' >&2; exit 1")
        #expect(other.contains("sudo does not start programs for \(sudo.user)"))
        #expect(other.contains("sudo: \\e[1mhm"))
        let endless = try await problem(World.sudoThatAsksWithoutEnd, ["a", "b", "c", "d"])
        #expect(endless.contains("sudo refuses the password"))
      }
    }

    @Test func logsInWithAPassword() async throws {
      try await World.with { world in
        let user = try await world.user(password: "open sesame")
        let server = try await world.server(
          "a", authorized: [], settings: "PasswordAuthentication yes")
        let allowed = world.machine("a", server, user: user, allowsPassword: true)
        var second = allowed
        second.machine = "b"
        let prompt = ScriptedPrompt(["wrong", "open sesame"])
        let connector = try world.connector([allowed, second], prompt: prompt)
        let a = await world.problem(connector, "a")
        let b = await world.problem(connector, "b")
        #expect([a, b] == ["no problem", "no problem"])
        let question = "Password of \(user)@127.0.0.1:\(server.port): "
        #expect(prompt.questions == [question, "Wrong password. " + question])

        let never = ScriptedPrompt(["open sesame"])
        let machine = world.machine("a", server, user: user)
        let strict = try world.connector([machine], prompt: never)
        let problem = await world.problem(strict, "a")
        #expect(problem.contains("password: not tried, for the inventory does not allow it"))
        #expect(never.questions.isEmpty)

        // The server may want both; and it may ask by itself what it wants to know.
        let key = try await world.key("user")
        chmod(key, 0o600)
        let both = try await world.server(
          "b", authorized: [key],
          settings: "PasswordAuthentication yes\nAuthenticationMethods publickey,password")
        let two = try world.connector(
          [world.machine("a", both, key: key, user: user, allowsPassword: true)],
          prompt: ScriptedPrompt(["open sesame"]))
        let withBoth = await world.problem(two, "a")
        #expect(withBoth == "no problem")
        let asking = try await world.server(
          "c", authorized: [], settings: "UsePAM yes\nKbdInteractiveAuthentication yes")
        let three = try world.connector(
          [world.machine("a", asking, user: user, allowsPassword: true)],
          prompt: ScriptedPrompt(["open sesame"]))
        let withQuestions = await world.problem(three, "a")
        #expect(withQuestions == "no problem")

        let wrong = try world.connector([allowed], prompt: ScriptedPrompt(["1", "2", "3", "4"]))
        let tried = await world.problem(wrong, "a")
        #expect(tried.contains("password: it was wrong 3 times"))
      }
    }
  }
}

/// A server on which a user becomes root by a script.
struct SudoServer {
  let world: World
  let user: String
  let machines: [LoginDetails]

  func run(_ text: String, _ prompt: ScriptedPrompt) async throws -> ProgramResult {
    let connector = try world.connector(machines, prompt: prompt)
    let connection = try await connector.connect(to: "one")
    let result = try await connection.run(RemoteProgram(text))
    await connector.close()
    return result
  }
}

extension World {
  /// What sudo does when it needs a password, which is `secret`.
  static let sudoThatAsks = """
    if [ -n "$never" ]; then echo 'sudo: a password is required' >&2; exit 1; fi
    for attempt in 1 2 3; do
      printf %s "$prompt" >&2
      IFS= read -r password || { echo 'sudo: no password was provided' >&2; exit 1; }
      if [ "$password" = secret ]; then exec "$@"; fi
      echo 'Sorry, try again.' >&2
    done
    echo 'sudo: 3 incorrect password attempts' >&2
    exit 1
    """
  fileprivate static let sudoThatAsksWithoutEnd = sudoThatAsks.replacing(
    "1 2 3", with: "1 2 3 4 5 6 7 8 9")

  /// Makes the script that stands in for sudo.
  func sudo(_ body: String) throws {
    mkdir(path("bin"), 0o755)
    try write(
      """
      #!/bin/sh
      while [ $# -gt 0 ]; do
        case $1 in
          -n) never=yes; shift;;
          -k|-S) shift;;
          -p) prompt=$2; shift 2;;
          --) shift; break;;
          *) echo "sudo: $1?" >&2; exit 2;;
        esac
      done
      \(body)

      """, to: "bin/sudo", mode: 0o755)
  }

  func sudoServer() async throws -> SudoServer {
    let user = try await user(password: nil)
    let key = try await key("user")
    chmod(key, 0o600)
    let server = try await server(
      "a", authorized: [key], settings: "SetEnv PATH=\(path("bin")):/usr/bin:/bin")
    return SudoServer(
      world: self, user: user,
      machines: ["one", "two"].map {
        machine($0, server, key: key, user: user, become: .sudo)
      })
  }

  /// Makes a user for the time of the test; returns its name.
  func user(password: String?) async throws -> String {
    let name = "planetbed-\(UInt32.random(in: 0..<UInt32.max))"
    try await ChildProcess.run(
      "/usr/sbin/useradd", "--system", "--no-create-home", "--home-dir", folder, "--shell",
      "/bin/sh", name)
    atEnd { _ = try? await ChildProcess.run("/usr/sbin/userdel", name) }
    // Without a password, an account is locked: a star only keeps passwords from working.
    let hash = password == nil ? "*" : ""
    try await ChildProcess.run("/usr/sbin/usermod", "--password", hash, name)
    if let password {
      try await ChildProcess.run(
        "/usr/sbin/chpasswd", "--crypt-method", "SHA512", input: "\(name):\(password)\n")
    }
    return name
  }
}
