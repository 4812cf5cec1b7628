import CTOML
import Diagnostics

/// A TOML file as a person wrote it: its values, each with its place, and its lines.
package struct TOMLDocument: Sendable {
  /// The file's path as the user gave it.
  package let file: String
  /// The outermost table.
  package let root: TOMLTable
  private let lines: SourceLines

  /// The largest file that is read, in bytes.
  package static let sizeLimit = 10_000_000

  /// Reads a file of at most `sizeLimit` bytes.
  ///
  /// Throws, with exit status 2, when it is missing, unreadable, a directory, empty, too large, not
  /// UTF-8 or not TOML.
  package static func read(file: String) throws(Problem) -> TOMLDocument {
    try read(SourceFile.bytes(of: file), file: file)
  }

  /// Reads the text of a file that has been read already. Throws like `read(file:)`.
  package static func read(_ text: String, file: String) throws(Problem) -> TOMLDocument {
    try read(Array(text.utf8), file: file)
  }

  /// Reads the bytes of a file that has been read already. Throws like `read(file:)`.
  package static func read(_ bytes: [UInt8], file: String) throws(Problem) -> TOMLDocument {
    guard bytes.count <= sizeLimit else { throw SourceFile.tooLarge(file) }
    let lines = SourceLines(bytes)
    try checkEncoding(lines, file: file)
    guard !bytes.allSatisfy({ [0x20, 0x09, 0x0a, 0x0d].contains($0) }) else {
      throw Problem("\(file) is empty", exitStatus: .usage)
    }
    if let offset = KeyDepth.firstTooDeep(in: bytes) {
      throw problem(
        "a key has more than \(KeyDepth.limit) parts",
        at: position(ofByte: offset, in: lines, file: file), in: lines)
    }
    return try parse(lines, file: file)
  }

  /// Something that is wrong at a place in this file, with the line to be shown, unless that is longer
  /// than 1000 bytes.
  package func diagnostic(
    _ severity: Diagnostic.Severity, _ summary: String, detail: String = "",
    at position: SourcePosition
  ) -> Diagnostic {
    Diagnostic(
      severity, summary, detail: detail, at: position,
      sourceLine: lines.shownText(ofLine: position.line))
  }

  private static func problem(
    _ summary: String, detail: String = "", at position: SourcePosition, in lines: SourceLines
  ) -> Problem {
    let diagnostic = Diagnostic(
      .error, summary, detail: detail, at: position,
      sourceLine: lines.shownText(ofLine: position.line))
    return Problem([diagnostic], exitStatus: .usage)
  }

  /// The place of a byte in a file whose lines are UTF-8 up to there.
  private static func position(ofByte offset: Int, in lines: SourceLines, file: String)
    -> SourcePosition
  {
    let line = lines.line(ofByte: offset)
    let slice = lines.bytes(ofLine: line)
    let before = slice[slice.startIndex..<min(max(offset, slice.startIndex), slice.endIndex)]
    return SourcePosition(
      file: file, line: line, column: String(decoding: before, as: UTF8.self).count + 1)
  }

  private static func checkEncoding(_ lines: SourceLines, file: String) throws(Problem) {
    guard let offset = UTF8Check.firstInvalid(in: lines.bytes) else { return }
    let isUTF16 = lines.bytes.starts(with: [0xff, 0xfe]) || lines.bytes.starts(with: [0xfe, 0xff])
    throw problem(
      "\(file) is not UTF-8 text",
      detail: isUTF16
        ? "It begins as UTF-16 does. Save it as UTF-8."
        : "The byte 0x\(String(lines.bytes[offset], radix: 16)) here is not part of a character. "
          + "Save the file as UTF-8.",
      at: position(ofByte: offset, in: lines, file: file), in: lines)
  }

  private static func parse(_ lines: SourceLines, file: String) throws(Problem) -> TOMLDocument {
    var document = ctoml_document()
    lines.bytes.withUnsafeBytes { bytes in
      ctoml_read(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &document)
    }
    defer { ctoml_free(&document) }
    var columns = ColumnCounter(lines)
    guard let values = document.values else {
      let line = max(Int(document.error_line), 1)
      let column = columns.characterColumn(
        line: line, codePointColumn: max(Int(document.error_column), 1))
      let (summary, detail) = explain(
        TreeBuilder.string(document.error, length: document.error_length),
        atEndOfLine: column > lines.text(ofLine: line).count)
      throw problem(
        summary, detail: detail, at: SourcePosition(file: file, line: line, column: column),
        in: lines)
    }
    var builder = TreeBuilder(
      values: UnsafeBufferPointer(start: values, count: document.count), file: file,
      columns: columns)
    return TOMLDocument(
      file: file, root: builder.value().table ?? TOMLTable(), lines: lines)
  }

  /// toml++ says `Error while parsing key-value pair: expected value, saw '\n'`: what is wrong is the
  /// second half.
  private static func explain(_ text: String, atEndOfLine: Bool) -> (
    summary: String, detail: String
  ) {
    let prefix = "Error while parsing "
    guard text.hasPrefix(prefix), let colon = text.firstIndex(of: ":") else {
      return ("not valid TOML: \(text)", "")
    }
    let reason = text[text.index(after: colon)...].drop { $0 == " " }
    let construct = text.dropFirst(prefix.count).prefix(upTo: colon)
    // There, toml++ complains about a control character: the line's end.
    if construct == "string", atEndOfLine {
      return (
        "not valid TOML: a string is not closed before its line ends",
        "Close it with the quote that opened it, or use three quotes for text of several lines."
      )
    }
    return ("not valid TOML: \(reason)", "It was found while reading a \(construct).")
  }
}

/// Builds the tree from toml++'s flat list.
private struct TreeBuilder {
  private let values: UnsafeBufferPointer<ctoml_value>
  private let file: String
  private var columns: ColumnCounter
  private var next = 0

  init(values: UnsafeBufferPointer<ctoml_value>, file: String, columns: ColumnCounter) {
    self.values = values
    self.file = file
    self.columns = columns
  }

  static func string(_ start: UnsafePointer<CChar>?, length: Int) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length),
      as: UTF8.self)
  }

  /// The next value of the list with all below it. CTOML and KeyDepth bound how deep it recurses.
  mutating func value() -> TOMLValue {
    let flat = values[next]
    next += 1
    let place = position(line: flat.line, column: flat.column)
    return TOMLValue(content(of: flat), at: place)
  }

  private mutating func content(of flat: ctoml_value) -> TOMLValue.Content {
    switch flat.kind {
    case CTOML_STRING: return .string(Self.string(flat.text, length: flat.text_length))
    case CTOML_INTEGER: return .integer(flat.integer)
    case CTOML_FLOAT: return .float(flat.number)
    case CTOML_BOOLEAN: return .boolean(flat.integer != 0)
    case CTOML_DATE_TIME: return .dateTime(Self.string(flat.text, length: flat.text_length))
    case CTOML_ARRAY:
      var elements: [TOMLValue] = []
      for _ in 0..<flat.children { elements.append(value()) }
      return .array(elements)
    default:
      var entries: [TOMLTable.Entry] = []
      for _ in 0..<flat.children {
        let child = values[next]
        let keyPosition = position(line: child.key_line, column: child.key_column)
        entries.append(
          TOMLTable.Entry(
            key: Self.string(child.key, length: child.key_length), keyPosition: keyPosition,
            value: value()))
      }
      return .table(TOMLTable(entries))
    }
  }

  private mutating func position(line: UInt32, column: UInt32) -> SourcePosition {
    let line = max(Int(line), 1)
    let column = columns.characterColumn(line: line, codePointColumn: max(Int(column), 1))
    return SourcePosition(file: file, line: line, column: column)
  }
}
