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

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      String(repeating: "a", count: 1_000),
      "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
    ),
  ])
  func digestsAsTheStandardDoes(_ text: String, _ digest: String) {
    #expect(SHA256.hexadecimal(of: text.utf8) == digest)
  }

  @Test func base64GoesThereAndBack() {
    #expect(Base64.lines(Array("foobar".utf8)) == "Zm9vYmFy\n")
    #expect(Base64.lines(Array("fooba".utf8)) == "Zm9vYmE=\n")
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      #expect(Base64.decode(Base64.lines(bytes).utf8) == bytes)
    }
    for wrong in ["Zm9", "Zm9v*mFy", "Z===", "Zg==Zg=="] {
      #expect(Base64.decode(wrong.utf8) == nil, "\(wrong)")
    }
  }
}

extension [UInt8] {
  fileprivate func replacing(_ old: String, by new: String) -> [UInt8] {
    guard let range = firstRange(of: Array(old.utf8)) else { return self }
    return self[..<range.lowerBound] + Array(new.utf8) + self[range.upperBound...]
  }
}
