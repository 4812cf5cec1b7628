import Reporting
import Testing

@Suite struct TextWidthTests {
  @Test(arguments: [
    ("abc", 3), ("慶應", 4), ("ｱｲｳ", 3), ("○×", 2), ("é", 1), ("e\u{301}", 1), ("❤\u{FE0F}", 2),
    ("한국", 4), ("", 0), ("…", 1),
  ]) func width(_ text: String, _ columns: Int) {
    #expect(TextWidth.of(text) == columns)
  }

  @Test func shortensBetweenWideCharacters() {
    #expect(TextWidth.shortened("慶應義塾大学", to: 7) == "慶應義…")
    #expect(TextWidth.shortened("慶應義塾大学", to: 12) == "慶應義塾大学")
    #expect(TextWidth.shortened("abc", to: 0) == "")
  }

  @Test func pads() {
    #expect(TextWidth.padded("慶應", to: 6) == "慶應  ")
    #expect(TextWidth.aligned("12", to: 4) == "  12")
  }

  @Test func wrapsWordsAndLeavesExamplesAlone() {
    let text = "one two three\n  left as it is, however long it may be\n\nfour"
    #expect(
      TextWidth.wrapped(text, to: 8) == [
        "one two", "three", "  left as it is, however long it may be", "", "four",
      ])
  }
}
