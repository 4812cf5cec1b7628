/// Makes text that came from elsewhere safe to show: what would move the cursor, change colours,
/// forge a line or turn the direction of writing is shown as an escape instead.
package enum VisibleText {
  /// The text on one line: line ends and tabs are escaped like every other control character.
  package static func line(_ text: some StringProtocol) -> String {
    escaped(text) { _ in false }
  }

  /// The text with its line ends and tabs; all other control characters are escaped.
  package static func lines(_ text: some StringProtocol) -> String {
    escaped(text) { $0 == "\n" || $0 == "\t" }
  }

  private static func escaped(
    _ text: some StringProtocol, keeping keeps: (Unicode.Scalar) -> Bool
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
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
    switch scalar.value {
    // C0, DEL, C1.
    case 0..<0x20, 0x7F..<0xA0: true
    // Line and paragraph separators, embeddings and overrides, isolates, the byte order mark.
    case 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
