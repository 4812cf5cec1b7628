import Diagnostics

/// A text within a file: what turns a place in a template into a place in the file it stands in.
struct SourceText: Sendable, Hashable {
  /// The file.
  var file: String
  /// The lines of the file.
  var lines: [String]
  /// The place of the text's first character.
  var start: TextPlace

  /// A whole file.
  init(file: String, text: String) {
    self.file = file
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    start = TextPlace(line: 1, column: 1)
  }

  /// A string in a TOML file, that begins with its quotes at `position`. What escapes shorten is
  /// not counted.
  init(in whole: SourceText, at position: SourcePosition) {
    self = whole
    let line =
      whole.lines.indices.contains(position.line - 1) ? whole.lines[position.line - 1] : ""
    let rest = line.dropFirst(position.column - 1)
    if rest.hasPrefix("\"\"\"") || rest.hasPrefix("'''") {
      start =
        rest.count == 3
        ? TextPlace(line: position.line + 1, column: 1)
        : TextPlace(line: position.line, column: position.column + 3)
    } else {
      start = TextPlace(line: position.line, column: position.column + 1)
    }
  }

  /// What is wrong, where it stands in the file.
  func diagnostic(_ error: TemplateError) -> Diagnostic {
    let place = TextPlace(
      line: start.line + error.place.line - 1,
      column: error.place.line == 1 ? start.column + error.place.column - 1 : error.place.column)
    return Diagnostic(
      .error, error.summary, detail: error.detail,
      at: SourcePosition(file: file, line: place.line, column: place.column),
      sourceLine: lines.indices.contains(place.line - 1) ? lines[place.line - 1] : nil)
  }
}

/// A text of a role that may hold `{{ }}`, and where it stands.
struct TextTemplate: Sendable, Hashable {
  var template: Template
  var source: SourceText
}

/// A condition or a list of a role, and where it stands.
struct Formula: Sendable, Hashable {
  var expression: Expression
  var source: SourceText
}
