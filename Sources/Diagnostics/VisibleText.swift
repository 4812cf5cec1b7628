/// Makes text that came from elsewhere safe to show; a machine may answer with anything. What would
/// move the cursor, change colours, forge a line, hide or turn the direction of writing is shown as
/// an escape instead.
package enum VisibleText {
  /// The text on one line: line ends and tabs are escaped like every other control character.
  /// Beyond `limit` characters there is an ellipsis.
  package static func line(_ text: some StringProtocol, limit: Int = .max) -> String {
    escaped(text, limit: limit) { _ in false }
  }

  /// The text with its line ends and tabs; all other control characters are escaped. Beyond `limit`
  /// characters there is an ellipsis.
  package static func lines(_ text: some StringProtocol, limit: Int = .max) -> String {
    escaped(text, limit: limit) { $0 == "\n" || $0 == "\t" }
  }

  /// What a machine wrote, as `lines` shows it: what is no UTF-8 is replaced, and carriage returns,
  /// which end lines on consoles and in SSH, are left out.
  package static func lines(_ bytes: some Sequence<UInt8>, limit: Int = .max) -> String {
    lines(
      String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self), limit: limit)
  }

  /// The last `count` lines of what a machine wrote that are not empty, at most 500 characters of
  /// each.
  package static func lastLines(of bytes: [UInt8], count: Int) -> [String] {
    String(decoding: bytes.suffix(8192), as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(count).map { lines($0, limit: 500) }
  }

  private static func escaped(
    _ text: some StringProtocol, limit: Int, keeping keeps: (Unicode.Scalar) -> Bool
  ) -> String {
    var result = String.UnicodeScalarView()
    for (count, scalar) in text.unicodeScalars.enumerated() {
      guard count < limit else { return String(result) + "…" }
      if keeps(scalar) || !isHarmful(scalar) {
        result.append(scalar)
      } else {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\u{1B}": "\\e"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20..<0x7F).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    // Of those without a width, some scripts and emoji need the two joiners.
    case .format: return scalar != "\u{200C}" && scalar != "\u{200D}"
    default: return false
    }
  }
}
