import Diagnostics
import Inventories
import TOMLReading

/// A trace: what a path was like when, as measured somewhere or made by a program.
///
///     seconds,rtt_ms,jitter_ms,loss
///     0,52.1,1.5,0%
///     0.5,180,40,2%
struct TraceFile: Sendable {
  /// A line.
  struct Line: Sendable {
    /// When, in milliseconds from the beginning.
    var milliseconds: Int
    /// The round trip in milliseconds.
    var roundTrip: Double
    /// The jitter in milliseconds; nil when there is no such column.
    var jitter: Double?
    /// The share of lost packets; nil when there is no such column.
    var loss: Double?
  }

  /// Its lines, by time; never empty.
  var lines: [Line]

  /// The columns that it may have.
  private static let columns = ["seconds", "rtt_ms", "jitter_ms", "loss"]

  /// The most lines: what a router is sent at most.
  private static let limit = ProfileLimits.changesOfRouter

  /// Reads a trace. Throws all that is wrong with it, up to 20 lines.
  static func read(_ bytes: [UInt8], file: String) throws(Problem) -> TraceFile {
    var reading = Reading(file: file)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(
        [Diagnostic(.error, "\(file) is not UTF-8 text", at: reading.position(1, 1))],
        exitStatus: .usage)
    }
    reading.read(text)
    guard reading.errors.isEmpty else { throw Problem(reading.errors, exitStatus: .usage) }
    return TraceFile(lines: reading.lines)
  }

  private struct Reading {
    let file: String
    var lines: [Line] = []
    var errors: [Diagnostic] = []

    func position(_ line: Int, _ column: Int) -> SourcePosition {
      SourcePosition(file: file, line: line, column: column)
    }

    mutating func note(
      _ summary: String, detail: String = "", line: Int, column: Int, text: some StringProtocol
    ) {
      errors.append(
        Diagnostic(
          .error, summary, detail: detail, at: position(line, column),
          sourceLine: text.utf8.count <= 1000 ? String(text) : nil))
    }

    mutating func read(_ text: String) {
      var columns: [String]?
      for (number, row) in text.split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline
      ).enumerated() {
        guard errors.count < 20 else { return }
        guard row.contains(where: { !$0.isWhitespace }), row.first != "#" else { continue }
        let cells = TraceFile.cells(row)
        guard let known = columns else {
          columns = header(cells, line: number + 1, row: row)
          if columns == nil { return }
          continue
        }
        guard lines.count < TraceFile.limit else {
          return note(
            "a trace has at most \(TraceFile.limit) lines", line: number + 1, column: 1, text: row)
        }
        read(cells, of: known, line: number + 1, row: row)
      }
      if lines.isEmpty, errors.isEmpty {
        note("\(file) holds no trace", detail: TraceFile.form, line: 1, column: 1, text: "")
      }
    }

    private mutating func header(
      _ cells: [(text: String, column: Int)], line: Int, row: Substring
    ) -> [String]? {
      for (number, cell) in cells.enumerated() {
        if !TraceFile.columns.contains(cell.text) {
          let meant = Suggestion.closest(to: cell.text, among: TraceFile.columns)
          note(
            "a trace has no column \(tomlLiteral(cell.text))",
            detail: meant.map { "Did you mean \(tomlLiteral($0))?" } ?? TraceFile.form, line: line,
            column: cell.column, text: row)
        } else if cells.prefix(number).contains(where: { $0.text == cell.text }) {
          note(
            "a second column \(tomlLiteral(cell.text))", line: line, column: cell.column, text: row)
        }
      }
      let names = cells.map(\.text)
      for needed in ["seconds", "rtt_ms"] where errors.isEmpty && !names.contains(needed) {
        note(
          "the trace has no column \(tomlLiteral(needed))", detail: TraceFile.form, line: line,
          column: 1, text: row)
      }
      return errors.isEmpty ? names : nil
    }

    private mutating func read(
      _ cells: [(text: String, column: Int)], of columns: [String], line: Int, row: Substring
    ) {
      guard cells.count == columns.count else {
        return note(
          "the line has \(cells.count) values, and the trace \(columns.count) columns", line: line,
          column: 1, text: row)
      }
      var read = Line(milliseconds: 0, roundTrip: 0)
      for (cell, column) in zip(cells, columns) {
        let value =
          column == "loss"
          ? Notation.share(cell.text) : Notation.milliseconds(cell.text + "ms")
        guard let value else {
          return note(
            "\(column) is not \(column == "loss" ? "a percentage" : "a number"): "
              + tomlLiteral(cell.text),
            detail: column == "loss" ? "Write 0 to 100 with a percent sign, such as 0.1%." : "",
            line: line, column: cell.column, text: row)
        }
        switch column {
        case "seconds":
          guard value <= Double(ProfileLimits.longestTime) / 1000 else {
            return note(
              "later than a profile can last", line: line, column: cell.column, text: row)
          }
          read.milliseconds = Int((value * 1000).rounded())
          if let last = lines.last, last.milliseconds >= read.milliseconds {
            return note(
              "the time is not after that of the line before",
              detail: "A trace goes by time, and holds one line for a millisecond.", line: line,
              column: cell.column, text: row)
          }
        case "rtt_ms": read.roundTrip = value
        case "jitter_ms": read.jitter = value
        default: read.loss = value
        }
      }
      lines.append(read)
    }
  }

  private static let form =
    "Its first line names the columns: seconds,rtt_ms, and perhaps jitter_ms and loss."

  /// The cells of a line, each with its column in characters.
  private static func cells(_ row: Substring) -> [(text: String, column: Int)] {
    var cells: [(String, Int)] = []
    var column = 1
    for cell in row.split(separator: ",", omittingEmptySubsequences: false) {
      let start = cell.prefix { $0 == " " || $0 == "\t" }.count
      let end = cell.reversed().prefix { $0 == " " || $0 == "\t" }.count
      cells.append((String(cell.dropFirst(start).dropLast(end)), column + start))
      column += cell.count + 1
    }
    return cells
  }
}
