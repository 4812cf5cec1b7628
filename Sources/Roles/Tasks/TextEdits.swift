import Glibc

/// What `line` and `block` tasks make of a file's text. The change program does the same in sh
/// (`ChangeLibrary.texts`), and a test holds the two together.
enum TextEdits {
  /// The text with the line in it: as it is when the line is there, else in the place of the first line
  /// that the pattern matches, else at the end.
  static func adding(_ line: String, replacing pattern: String?, to text: String) -> String {
    var lines = self.lines(of: text)
    if lines.contains(line) { return text }
    if let pattern, let place = lines.firstIndex(where: { fnmatch(pattern, $0, 0) == 0 }) {
      lines[place] = line
    } else {
      lines.append(line)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The text with the block in the place of the one with these markers, else at the end; nil when
  /// the old one's end is missing.
  static func placing(_ block: String, begin: String, end: String, in text: String) -> String? {
    var result = ""
    var isInside = false
    var isPlaced = false
    for line in lines(of: text) {
      if isInside {
        isInside = line != end
      } else if line == begin {
        isInside = true
        if !isPlaced { result += block }
        isPlaced = true
      } else {
        result += line + "\n"
      }
    }
    guard !isInside else { return nil }
    return isPlaced ? result : result + block
  }

  private static func lines(of text: String) -> [String] {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
