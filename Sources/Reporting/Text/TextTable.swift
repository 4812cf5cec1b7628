/// Draws rows of texts below each other.
package struct TextTable: Sendable {
  /// On which side of its column a text stands.
  package enum Side: Sendable {
    /// At its beginning, as words do.
    case left
    /// At its end, as numbers do.
    case right
  }

  private let sides: [Side]
  private var rows: [[String]] = []

  /// A table with a heading; a column for each side.
  package init(_ heading: [String], _ sides: [Side]) {
    self.sides = sides
    rows = [heading]
  }

  /// Adds a row.
  package mutating func add(_ row: [String]) { rows.append(row) }

  /// How many columns it would take.
  package var width: Int {
    sides.indices.reduce(0) { sum, column in
      sum + 2
        + (rows.map { $0.indices.contains(column) ? TextWidth.of($0[column]) : 0 }.max() ?? 0)
    }
  }

  /// The table, each line set in by two columns and without blanks at its end. `tones` colours the
  /// row of a number, counted from 0.
  package func text(_ layout: TextLayout, tones: [Int: Tone] = [:]) -> String {
    var widths = sides.indices.map { column in
      rows.map { $0.indices.contains(column) ? TextWidth.of($0[column]) : 0 }.max() ?? 0
    }
    // The widest column of words gives way where all together are too wide.
    let total = widths.reduce(2, { $0 + $1 + 2 }) - 2
    let words = sides.indices.filter { sides[$0] == .left }
    if total > layout.columns, let widest = words.max(by: { widths[$0] < widths[$1] }) {
      widths[widest] = max(8, widths[widest] - (total - layout.columns))
    }
    var text = ""
    for (number, row) in rows.enumerated() {
      var line = ""
      for (column, cell) in row.enumerated() where widths.indices.contains(column) {
        let shown = TextWidth.shortened(cell, to: widths[column])
        line += "  "
        line +=
          sides[column] == .left
          ? TextWidth.padded(shown, to: widths[column])
          : TextWidth.aligned(shown, to: widths[column])
      }
      while line.last == " " { line.removeLast() }
      let tone: Tone? = number == 0 ? .faint : tones[number - 1]
      text += (tone.map { layout.style(line, $0) } ?? line) + "\n"
    }
    return text
  }
}
