import Testing
import Transport

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain text\n", "plain text\n"),
    ("\u{1B}[31mred", "^[[31mred"),
    ("tab\tand return\r\n", "tab and return\n"),
    ("rubbed\u{7F}", "rubbed^?"),
    ("turned \u{202E}txt", "turned \\u{202e}txt"),
    ("早稲田", "早稲田"),
  ])
  func showsWhatATerminalWouldObey(said: String, shown: String) {
    #expect(visibleText(said.utf8) == shown)
  }

  @Test func cutsWhatIsTooLong() {
    #expect(visibleText("abcdef".utf8, limit: 3) == "abc…")
    #expect(visibleText([0xFF, 0x41]) == "\u{FFFD}A")
  }

  @Test func keepsTheLastLines() {
    #expect(visibleLastLines(Array("a\n\nb\nc\n".utf8), count: 2) == "b\nc")
  }
}
