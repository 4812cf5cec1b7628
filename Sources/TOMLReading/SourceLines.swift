/// A file's text by lines, to be shown beside what is wrong with it.
struct SourceLines: Sendable {
  /// All of the file.
  let bytes: [UInt8]
  /// Where each line begins.
  private let starts: [Int]

  /// The lines of a file, which end with LF or CR LF as TOML's do.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { starts.append(index + 1) }
    self.starts = starts
  }

  /// The bytes of a line, counted from 1, without its end; empty past the last.
  func bytes(ofLine line: Int) -> ArraySlice<UInt8> {
    guard line >= 1, line <= starts.count else { return [] }
    let end = line < starts.count ? starts[line] - 1 : bytes.count
    var slice = bytes[starts[line - 1]..<end]
    if slice.last == UInt8(ascii: "\r") { slice.removeLast() }
    // A byte-order mark is no character of the text.
    if line == 1, slice.starts(with: [0xef, 0xbb, 0xbf]) { slice.removeFirst(3) }
    return slice
  }

  /// A line, counted from 1, to be shown; nil when it is too long for that.
  func shownText(ofLine line: Int) -> String? {
    bytes(ofLine: line).count <= 1000 ? text(ofLine: line) : nil
  }

  /// A line, counted from 1; bytes that are not UTF-8 become U+FFFD.
  func text(ofLine line: Int) -> String { String(decoding: bytes(ofLine: line), as: UTF8.self) }

  /// The line, counted from 1, that a byte belongs to.
  func line(ofByte offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }
}

/// Turns toml++'s columns, in code points, into columns in characters, as an editor counts them: an
/// accent or a skin tone is no character of its own. It remembers how far it counted, since a
/// document's values come from left to right and a line may be long.
struct ColumnCounter {
  private let lines: SourceLines
  private var line = 0
  private var isASCII = true
  private var text = ""
  private var next = "".startIndex
  private var codePoints = 0
  private var characters = 0

  init(_ lines: SourceLines) { self.lines = lines }

  /// The column in characters of a column in code points, both from 1.
  mutating func characterColumn(line: Int, codePointColumn column: Int) -> Int {
    if line != self.line {
      self.line = line
      let bytes = lines.bytes(ofLine: line)
      isASCII = bytes.allSatisfy { $0 < 0x80 }
      text = isASCII ? "" : String(decoding: bytes, as: UTF8.self)
      rewind()
    }
    if isASCII { return column }
    if column - 1 < codePoints { rewind() }
    while next < text.endIndex {
      let size = text[next].unicodeScalars.count
      guard codePoints + size <= column - 1 else { break }
      codePoints += size
      characters += 1
      text.formIndex(after: &next)
    }
    return characters + 1
  }

  private mutating func rewind() {
    next = text.startIndex
    codePoints = 0
    characters = 0
  }
}
