/// A table as RFC 4180 has it, for spreadsheets and statistics programs.
struct CommaSeparated: Sendable {
  /// A cell.
  enum Cell: Sendable {
    /// A name or a word, which may come from anywhere.
    case text(String?)
    /// A number with all its digits.
    case number(Double?)
    /// A whole number.
    case count(Int?)
    /// A yes or a no.
    case truth(Bool?)
  }

  /// The columns' names.
  var columns: [String]
  /// A cell for each column.
  var rows: [[Cell]]

  /// The file.
  var text: String {
    var text = columns.joined(separator: ",") + "\r\n"
    for row in rows { text += row.map(Self.written).joined(separator: ",") + "\r\n" }
    return text
  }

  private static func written(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): quoted(harmless(text ?? ""))
    case .number(let number): number.map { $0.isFinite ? String($0) : "" } ?? ""
    case .count(let count): count.map { String($0) } ?? ""
    case .truth(let truth): truth.map { $0 ? "true" : "false" } ?? ""
    }
  }

  /// Text that a spreadsheet does not run as a formula: OWASP, "CSV Injection", whose list of first
  /// characters has the full-width forms too.
  private static func harmless(_ text: String) -> String {
    let first = text.unicodeScalars.first { $0 != " " }
    switch first {
    case "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠": return "'" + text
    default: return text
    }
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0 != "\"" && $0 != "," && $0 != "\r" && $0 != "\n"
    }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
