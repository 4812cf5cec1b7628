import Diagnostics
import Testing

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain text\n", "plain text\n"),
    ("\u{1B}[31mred", "\\e[31mred"),
    ("tab\tand return\r\n", "tab\tand return\n"),
    ("rubbed\u{7F}", "rubbed\\u{7F}"),
    ("turned \u{202E}txt", "turned \\u{202E}txt"),
    ("turned \u{61C}txt", "turned \\u{61C}txt"),
    ("早稲田", "早稲田"),
  ])
  func showsWhatATerminalWouldObey(said: String, shown: String) {
    #expect(VisibleText.lines(said.utf8) == shown)
  }

  @Test func makesHarmVisible() {
    #expect(VisibleText.line("a\u{1B}[2Jb\n\t\u{202E}") == "a\\e[2Jb\\n\\t\\u{202E}")
    #expect(VisibleText.lines("a\n\tb\r\u{9B}") == "a\n\tb\\r\\u{9B}")
    #expect(VisibleText.line("慶應 ○ 👩\u{200D}🔬") == "慶應 ○ 👩\u{200D}🔬")
  }

  @Test func cutsWhatIsTooLong() {
    #expect(VisibleText.lines("abcdef".utf8, limit: 3) == "abc…")
    #expect(VisibleText.line("abc", limit: 3) == "abc")
    #expect(VisibleText.lines([0xFF, 0x41] as [UInt8]) == "\u{FFFD}A")
  }

  @Test func keepsTheLastLines() {
    #expect(
      VisibleText.lastLines(of: Array("a\n\nb\r\nc\u{1B}\n".utf8), count: 2) == ["b", "c\\e"])
  }
}
