import CPlatform
import Diagnostics
import Foundation
import ShellPrograms
import Synchronization
import Testing
import Transport

@testable import Clocks

@Suite struct ClockMeasurementTests {
  /// A machine that answers each line as a test says; nil ends the program.
  private struct Machine: Connection {
    let connectDuration = Duration.zero
    let answer: @Sendable (String) -> String?

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult {
      throw Problem("the test expected a conversation", exitStatus: .failure)
    }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      let (events, continuation) = AsyncStream.makeStream(of: String?.self)
      conversation.open(
        Conversation.Input {
          continuation.yield(String(decoding: $0, as: UTF8.self))
        } finish: {
          continuation.yield(nil)
        })
      for await line in events {
        guard let line else { break }
        guard let answer = answer(line) else {
          return ProgramResult(ending: .exited(1), output: [], errors: Array("no \u{1B}clock".utf8))
        }
        conversation.take(Array(answer.utf8))
      }
      return ProgramResult(ending: .exited(0), output: [], errors: [])
    }

    func close() async {}
  }

  private func problem(_ answer: @escaping @Sendable (String) -> String?) async -> String {
    do {
      _ = try await ClockMeasurement.offset(of: "r1", over: Machine(answer: answer), uptime: { 1 })
      return "no problem"
    } catch {
      return "\(error)"
    }
  }

  /// The operator's clock goes on by 50 ms with every look at it.
  @Test func asksAtOnceAndAtSteps() async throws {
    let ticks = Mutex(0)
    let questions = Mutex<[String]>([])
    let machine = Machine { question in
      questions.withLock { $0.append(question) }
      let now = ticks.withLock { $0 } * 50 + 25
      return "\(100 + now / 1000).\(String(now % 1000 / 10 + 100).dropFirst())\n"
    }
    let offset = try await ClockMeasurement.offset(of: "r1", over: machine) {
      ticks.withLock { ticks in
        ticks += 1
        return Double(ticks) * 0.05
      }
    }
    #expect(questions.withLock { $0 } == (0..<6).flatMap { _ in ["now\n", "step\n"] })
    #expect(abs(offset.milliseconds - 100_000) <= 5)
    #expect(abs(offset.roundTrip - 50) < 0.001)
  }

  @Test func saysWhatIsWrong() async {
    let nothing = await problem { _ in nil }
    #expect(nothing.contains("r1 does not tell how long it runs"))
    #expect(nothing.contains("no \\eclock"))
    let nonsense = await problem { _ in "now\n" }
    #expect(nonsense.contains("r1 does not tell how long it runs"))
    #expect(nonsense.contains("It said:\nnow"))
    let endless = await problem { _ in String(repeating: "x", count: 10_000) }
    #expect(endless.contains("r1 does not tell how long it runs"))
    let jumping = Mutex(0)
    let uneven = await problem { _ in
      jumping.withLock { count in
        count += 1
        return "\(count * 100).00\n"
      }
    }
    #expect(uneven.contains("the clock of r1 does not run evenly"))
  }

  /// The program itself, on this computer, by the shells that machines have: its clock steps.
  @Test(arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func theProgramAnswersEveryLine(shell: [String]) throws {
    let file = FileManager.default.temporaryDirectory.path + "/lines-\(UUID().uuidString)"
    try Data("now\nstep\nnow\n".utf8).write(to: URL(filePath: file))
    let input = open(file, O_RDONLY | O_CLOEXEC)
    unlink(file)
    var pipes: [Int32] = [-1, -1]
    try #require(input >= 0 && pipe(&pipes) == 0)
    let words = shell + ["-c", ClockMeasurement.program.text]
    let argv = words.map { strdup($0) } + [nil]
    defer { argv.forEach { free($0) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    let id = planetbed_spawn(words[0], argv, &environment, [input, pipes[1], 2], 1, 0)
    close(input)
    close(pipes[1])
    try #require(id > 0)
    let output = FileHandle(fileDescriptor: pipes[0], closeOnDealloc: true).readDataToEndOfFile()
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    #expect(status == 0)
    let readings = output.split(separator: UInt8(ascii: "\n")).map {
      ClockMeasurement.milliseconds(Array($0))
    }
    try #require(readings.count == 3)
    let first = try #require(readings[0])
    let second = try #require(readings[1])
    let third = try #require(readings[2])
    #expect(second > first && third >= second)
  }
}
