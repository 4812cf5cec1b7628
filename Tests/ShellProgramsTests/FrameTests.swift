import ShellPrograms
import Testing

@Suite struct FrameTests {
  private let boundary = String(repeating: "ab", count: 16)
  private var opening: [UInt8] { Array("planetbed 1 \(boundary)\n".utf8) }

  private func frame(_ words: String, _ payload: [UInt8]) -> [UInt8] {
    Array("\(boundary) \(payload.count) \(words)\n".utf8) + payload + [10]
  }

  @Test(arguments: [1, 2, 7, 1_000]) func comesThroughInPiecesOfAnySize(_ size: Int) throws {
    let payload = Array(UInt8.min...UInt8.max)
    let stream =
      Array("Welcome to host\n".utf8) + opening + frame("o 1", payload) + frame("done", [])
    var decoder = FrameDecoder()
    var frames: [Frame] = []
    var start = 0
    while start < stream.count {
      frames += try decoder.consume(stream[start..<min(start + size, stream.count)])
      start += size
    }
    try decoder.finish()
    #expect(
      frames == [Frame(words: ["o", "1"], payload: payload), Frame(words: ["done"], payload: [])])
  }

  @Test func aFrameWithinAPayloadIsPayload() throws {
    var decoder = FrameDecoder()
    let forged = frame("e 0 ok 0 0 -", [])
    let frames = try decoder.consume(opening + frame("o 0", forged))
    #expect(frames == [Frame(words: ["o", "0"], payload: forged)])
  }

  @Test(arguments: [
    ("0123 4 o\nabcd\n", "a result does not begin as one"),
    ("BOUNDARY x o\nabcd\n", "a result does not begin as one"),
    (
      "BOUNDARY 99999999999 o\n",
      "a result of 99999999999 bytes is longer than any that is expected"
    ),
    ("BOUNDARY 3 o\nabcd\n", "a result is not as long as it says"),
    (String(repeating: "x", count: 70_000), "its output is not ours"),
  ])
  func refusesWhatIsNoFrame(_ text: String, _ reason: String) {
    var decoder = FrameDecoder()
    let bytes = opening + Array(text.utf8).replacing("BOUNDARY", by: boundary)
    #expect(throws: FrameError(reason)) { try decoder.consume(bytes) }
  }

  @Test func refusesNoiseWithoutEnd() {
    var decoder = FrameDecoder()
    let noise = Array(String(repeating: "welcome\n", count: 10_000).utf8)
    #expect(throws: FrameError("its output is not ours")) { try decoder.consume(noise) }
  }

  @Test func knowsAnEarlyEnd() throws {
    var decoder = FrameDecoder()
    #expect(throws: FrameError("it ended before the program began")) { try decoder.finish() }
    _ = try decoder.consume(opening + frame("o", [1]).dropLast())
    #expect(throws: FrameError("it ended in the middle of a result")) { try decoder.finish() }
  }

  @Test func quotesForTheShell() {
    #expect(ShellQuoting.quoted("") == "''")
    #expect(ShellQuoting.quoted("it's $HOME\n") == "'it'\\''s $HOME\n'")
  }
}

extension [UInt8] {
  fileprivate func replacing(_ old: String, by new: String) -> [UInt8] {
    guard let range = firstRange(of: Array(old.utf8)) else { return self }
    return self[..<range.lowerBound] + Array(new.utf8) + self[range.upperBound...]
  }
}
