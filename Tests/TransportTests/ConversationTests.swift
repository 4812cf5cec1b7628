import Diagnostics
import ShellPrograms
import Testing
import Transport

@Suite(.timeLimit(.minutes(5))) struct ConversationTests {
  /// What reaches the program: bytes, or nil for the end.
  private typealias Sent = AsyncStream<[UInt8]?>

  private func opened() -> (Conversation, Sent) {
    let conversation = Conversation()
    let (stream, continuation) = Sent.makeStream()
    conversation.open(
      .init {
        continuation.yield($0)
      } finish: {
        continuation.yield(nil)
      })
    return (conversation, stream)
  }

  private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

  /// A program in pieces: every line of its input is answered with `you said` and that line.
  private struct Echo: Connection {
    let connectDuration = Duration.zero
    /// How it ends once its input has ended.
    var result: Result<ProgramResult, Problem> = .success(
      ProgramResult(ending: .exited(0), output: [], errors: []))
    /// How many lines it answers before it ends by itself.
    var patience = Int.max

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult { try result.get() }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      let (stream, continuation) = Sent.makeStream()
      conversation.open(
        .init {
          continuation.yield($0)
        } finish: {
          continuation.yield(nil)
        })
      var left = patience
      for await bytes in stream {
        guard let bytes, left > 0 else { break }
        left -= 1
        conversation.take(Array("you ".utf8))
        conversation.take(Array("said ".utf8) + bytes)
      }
      try Task.checkCancellation()
      return try result.get()
    }

    func close() async {}
  }

  @Test func asksLineByLine() async throws {
    let answers = try await Echo().converse(RemoteProgram("")) { conversation in
      [try await conversation.ask("one"), try await conversation.ask("two")]
    }
    #expect(answers.map(text) == ["you said one", "you said two"])
  }

  /// What is asked before the program is there is sent once it is, and its end too.
  @Test func waitsForTheProgram() async throws {
    let conversation = Conversation()
    async let answer = conversation.ask("early")
    conversation.finish()
    conversation.finish()
    let (stream, continuation) = Sent.makeStream()
    conversation.open(
      .init {
        continuation.yield($0)
      } finish: {
        continuation.yield(nil)
      })
    var sent = stream.makeAsyncIterator()
    var seen: [[UInt8]?] = []
    while seen.count < 2, let next = await sent.next() { seen.append(next) }
    #expect(Set(seen) == [Array("early\n".utf8), nil])
    conversation.take(Array("he".utf8))
    conversation.take(Array("re\nand more".utf8))
    #expect(text(try await answer) == "here")
  }

  @Test func whatCameUnaskedIsTheNextAnswer() async throws {
    let (conversation, _) = opened()
    conversation.take(Array("one\ntwo\n".utf8))
    #expect(text(try await conversation.ask("?")) == "one")
    #expect(text(try await conversation.ask("?")) == "two")
  }

  @Test(arguments: [
    String(repeating: "x", count: Conversation.longestLine + 1),
    String(repeating: "\n", count: 100),
  ]) func endsWhenTooMuchCame(_ said: String) async {
    let (conversation, _) = opened()
    conversation.take(Array(said.utf8))
    conversation.take(Array("late\n".utf8))
    await #expect(throws: Conversation.Silence.tooMuch) { try await conversation.ask("?") }
  }

  @Test func aCancelledQuestionEndsTheConversation() async throws {
    let (conversation, stream) = opened()
    let asking = Task { try await conversation.ask("?") }
    var sent = stream.makeAsyncIterator()
    #expect(await sent.next() == Array("?\n".utf8))
    asking.cancel()
    await #expect(throws: CancellationError.self) { try await asking.value }
    await #expect(throws: Conversation.Silence.givenUp) { try await conversation.ask("?") }
    let before = Task { () async throws -> [UInt8] in
      withUnsafeCurrentTask { $0?.cancel() }
      return try await opened().0.ask("?")
    }
    await #expect(throws: CancellationError.self) { try await before.value }
  }

  @Test func tellsHowItEnded() async throws {
    let ended = ProgramResult(ending: .exited(3), output: [], errors: Array("oh".utf8))
    await #expect(throws: Conversation.Silence.ended(ended)) {
      try await Echo(result: .success(ended), patience: 1).converse(RemoteProgram("")) {
        [try await $0.ask("one"), try await $0.ask("two")]
      }
    }
  }

  /// The connection's own words are worth more than that no answer came.
  @Test func tellsWhatTheConnectionSays() async throws {
    let lost = Problem("the line is cut", exitStatus: .failure)
    let problem = try await #require(throws: Problem.self) {
      try await Echo(result: .failure(lost), patience: 0).converse(RemoteProgram("")) {
        try await $0.ask("one")
      }
    }
    #expect(problem.description == "the line is cut")
  }

  @Test func theBodysErrorEndsTheProgram() async throws {
    struct Mine: Error {}
    await #expect(throws: Mine.self) {
      try await Echo().converse(RemoteProgram("")) { conversation -> Int in
        _ = try await conversation.ask("one")
        conversation.finish()
        throw Mine()
      }
    }
  }
}
