/// A table with a caption, whose first column names the rows.
struct Table: Sendable {
  /// A heading of a column.
  struct Column: Sendable {
    /// What stands above it.
    var heading: String
    /// How its cells are set; nil for words on a line.
    var kind: String?

    /// A column of words, which stay on a line.
    static func words(_ heading: String) -> Column { Column(heading: heading) }
    /// A column of lists, which are broken into lines.
    static func prose(_ heading: String) -> Column { Column(heading: heading, kind: "prose") }
    /// A column of figures, which are set right.
    static func figures(_ heading: String) -> Column { Column(heading: heading, kind: "n") }
  }

  /// What the table tells.
  var caption: String
  /// Its columns.
  var columns: [Column]
  /// Its rows, a text for each column.
  var rows: [[String]] = []

  /// More rows than this are not read by anybody; the downloads have all of them.
  static let mostRows = 400

  /// The table inside a box of its own, which scrolls sideways when the page is too narrow.
  var markup: Markup {
    var pieces = [Self.caption(caption)]
    pieces.append(
      Markup(
        "thead", [:],
        [
          Markup(
            "tr", [:],
            columns.map {
              Markup("th", ["scope": "col", "class": $0.kind], text: $0.heading)
            })
        ]))
    pieces.append(Markup("tbody", [:], rows.prefix(Self.mostRows).map(row)))
    var box = [Markup("table", [:], pieces)]
    if rows.count > Self.mostRows {
      box.append(
        Markup(
          "p", ["class": "note"],
          text: "The first \(Self.mostRows) of \(rows.count) rows; the downloads have all of them.")
      )
    }
    return Self.box(caption, box)
  }

  private func row(_ cells: [String]) -> Markup {
    Markup(
      "tr", [:],
      zip(columns, cells).enumerated().map { place, cell in
        let attributes: KeyValuePairs<String, String?> =
          place == 0
          ? ["scope": "row", "class": cell.0.kind]
          : ["class": cell.0.kind]
        return Markup(place == 0 ? "th" : "td", attributes, text: cell.1)
      })
  }

  /// A caption, which stays in sight when the table scrolls.
  static func caption(_ text: String) -> Markup {
    Markup("caption", [:], [Markup("span", text: text)])
  }

  /// A box that scrolls sideways; the keyboard reaches it.
  static func box(_ label: String, _ content: [Markup]) -> Markup {
    Markup(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": label], content)
  }

  /// The table behind a line that opens it: the figures of a drawing.
  func folded(_ summary: String) -> Markup {
    Markup("details", [:], [Markup("summary", text: summary), markup])
  }
}
