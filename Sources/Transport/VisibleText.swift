/// What a machine said, made fit for a terminal: a machine may answer with anything.
///
/// Control characters (the escape that starts a terminal's commands among them), characters that
/// turn the direction of writing and bytes that are no UTF-8 become visible; a line feed stays.
/// At most `limit` characters are kept, and an ellipsis tells that there were more.
package func visibleText(_ bytes: some Sequence<UInt8>, limit: Int = 2000) -> String {
  var shown = ""
  var count = 0
  for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
    if count == limit { return shown + "…" }
    count += 1
    switch scalar.value {
    case 0x0A: shown.unicodeScalars.append(scalar)
    case 0x09: shown += " "
    case 0x0D: continue
    case 0..<0x20: shown += "^" + String(UnicodeScalar(UInt8(scalar.value + 0x40)))
    case 0x7F: shown += "^?"
    case 0x80..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
      shown += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}

/// The last lines of what a machine said, made fit for a terminal; empty lines at the end left out.
package func visibleLastLines(_ bytes: [UInt8], count: Int = 5) -> String {
  let lines = visibleText(bytes.suffix(4000), limit: 4000)
    .split(separator: "\n", omittingEmptySubsequences: true)
  return lines.suffix(count).joined(separator: "\n")
}
