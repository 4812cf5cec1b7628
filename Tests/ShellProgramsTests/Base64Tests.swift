import ShellPrograms
import Testing

@Suite struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64AgreesWithTheStandard(text: String, coded: String) {
    #expect(Base64.encode(Array(text.utf8)) == coded)
    #expect(Base64.decode(coded.utf8) == Array(text.utf8))
    #expect(Base64.decode(Base64.encode(Array(text.utf8), padded: false).utf8) == Array(text.utf8))
  }

  @Test(arguments: ["Z", "Zm9v*", "=Zm9", "Zm8==", "Zg=v", "Zm9v="])
  func refusesWhatIsNoBase64(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test func base64GoesThereAndBack() {
    #expect(Base64.lines(Array("foobar".utf8)) == "Zm9vYmFy\n")
    #expect(Base64.lines(Array("fooba".utf8)) == "Zm9vYmE=\n")
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      #expect(Base64.decode(Base64.lines(bytes).utf8) == bytes)
    }
    for wrong in ["Zm9v*mFy", "Z===", "Zg==Zg=="] {
      #expect(Base64.decode(wrong.utf8) == nil, "\(wrong)")
    }
  }
}
