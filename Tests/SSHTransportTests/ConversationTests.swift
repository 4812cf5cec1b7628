import Diagnostics
import Foundation
import SSHTransport
import ShellPrograms
import Testing
import Transport

extension SSHTests {
  /// Programs that are talked with while they run.
  @Suite struct Conversations {
    /// Answers each line with its number and itself; tells on standard error what it was given.
    static let echo = RemoteProgram(
      #"""
      count=0
      while IFS= read -r line; do
        count=$((count + 1))
        printf '%s\n' "$count: $line"
      done
      printf 'ended after %s\n' "$count" >&2
      """#)

    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

    /// Nothing of a line is lost or changed, and nothing of the program is taken for one.
    @Test func talksLineByLine() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let questions = ["one", "", #"  two \ 'three' "$four" "#, "ü", "!history"]
        let answers = try await connection.converse(Self.echo) { conversation in
          var answers: [String] = []
          for question in questions { answers.append(text(try await conversation.ask(question))) }
          return answers
        }
        #expect(answers == questions.enumerated().map { "\($0 + 1): \($1)" })
        // The connection is as good as before.
        #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func leavesOutWhatTheLoginShellSays() async throws {
      try await World.with { world in
        let settings = #"ForceCommand echo noise; echo noise >&2; eval "$SSH_ORIGINAL_COMMAND""#
        let (_, connection) = try await world.single(settings: settings)
        let answer = try await connection.converse(Self.echo) { try await $0.ask("here") }
        #expect(text(answer) == "1: here")
      }
    }

    @Test func tellsHowTheProgramEnded() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let program = RemoteProgram("read -r line; echo \"$line\"; echo enough >&2; exit 7")
        let silence = await #expect(throws: Conversation.Silence.self) {
          try await connection.converse(program) { conversation in
            #expect(text(try await conversation.ask("one")) == "one")
            return try await conversation.ask("two")
          }
        }
        guard case .ended(let result) = silence else {
          Issue.record("it is \(String(describing: silence))")
          return
        }
        #expect(result.ending == .exited(7))
        #expect(result.errorText == "enough\n")
      }
    }

    @Test func isGivenUpAtItsDeadline() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let program = RemoteProgram("while read -r line; do :; done", deadline: .milliseconds(500))
        let problem = await said {
          _ = try await connection.converse(program) { try await $0.ask("anybody?") }
        }
        #expect(problem.contains("the program did not end within 500 ms"))
        #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func isGivenUpWhenCancelled() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let talk = Task {
          try await connection.converse(RemoteProgram("read -r a; echo; read -r b")) {
            _ = try await $0.ask("one")
            beginning.yield()
            return try await $0.ask("two")
          }
        }
        for await _ in begun { break }
        talk.cancel()
        await #expect(throws: CancellationError.self) { try await talk.value }
        #expect(try await connection.run(RemoteProgram("echo on")).text == "on\n")
      }
    }

    @Test func endsWithItsConnection() async throws {
      try await World.with { world in
        let (_, connection) = try await world.single()
        let problem = await said {
          _ = try await connection.converse(RemoteProgram("read -r a; kill -KILL $PPID")) {
            try await $0.ask("one")
          }
        }
        #expect(problem.contains("the SSH connection was lost"))
        await connection.close()
        let closed = await said {
          _ = try await connection.converse(Self.echo) { try await $0.ask("one") }
        }
        #expect(!closed.contains("no problem"))
      }
    }
  }
}

extension SSHTests.OtherUsers {
  /// sudo reads its password from where the program reads its lines.
  @Test func talksByWayOfSudo() async throws {
    try await World.with { world in
      let sudo = try await world.sudoServer()
      let program = RemoteProgram("while read -r line; do echo \"$line by $(id -un)\"; done")
      func answers(_ connector: SSHConnector) async throws -> [String] {
        let connection = try await connector.connect(to: "one")
        return try await connection.converse(program) { conversation in
          [try await conversation.ask("one"), try await conversation.ask("two")].map {
            String(decoding: $0, as: UTF8.self)
          }
        }
      }
      let expected = ["one by \(sudo.user)", "two by \(sudo.user)"]
      try world.sudo("echo 'a lecture' >&2; exec \"$@\"")
      let easy = try world.connector(sudo.machines, prompt: ScriptedPrompt([]))
      #expect(try await answers(easy) == expected)
      try world.sudo(World.sudoThatAsks)
      let asked = ScriptedPrompt(["wrong", "secret"])
      let careful = try world.connector(sudo.machines, prompt: asked)
      #expect(try await answers(careful) == expected)
      #expect(asked.questions.count == 2)
      let nobody = try world.connector(sudo.machines, prompt: ScriptedPrompt([]))
      let problem = await said { _ = try await answers(nobody) }
      #expect(problem.contains("there is no terminal to ask at"))
    }
  }
}
