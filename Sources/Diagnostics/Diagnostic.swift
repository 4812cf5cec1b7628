/// A place in a text file that a person wrote: what `file:line:column` names.
package struct SourcePosition: Hashable, Sendable, Codable {
  /// The file's path as the user gave it.
  package var file: String
  /// The line, counted from 1.
  package var line: Int
  /// The column in characters, counted from 1.
  package var column: Int

  /// A place in a file.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

/// One thing that is wrong, or looks wrong, told so that the reader can mend it.
package struct Diagnostic: Hashable, Sendable {
  /// Whether the work can go on in spite of it.
  package enum Severity: String, Hashable, Sendable, Codable {
    /// The work cannot be done.
    case error
    /// The work can be done, and the user should look.
    case warning
  }

  /// Whether the work can go on in spite of it.
  package var severity: Severity
  /// What happened, in one line without a full stop.
  package var summary: String
  /// Why, and what to do about it; may have several lines; empty when the summary says all.
  package var detail: String
  /// Where in a file the user wrote it, when it comes from a file.
  package var position: SourcePosition?
  /// The machine that it happened on, when it happened on one.
  package var host: String?
  /// The task (`role: name of the task`) that it happened in, when it happened in one.
  package var task: String?
  /// The line of the file that `position` names, to be shown with a caret under the column.
  package var sourceLine: String?

  /// One thing that is wrong.
  package init(
    _ severity: Severity, _ summary: String, detail: String = "",
    at position: SourcePosition? = nil, host: String? = nil, task: String? = nil,
    sourceLine: String? = nil
  ) {
    self.severity = severity
    self.summary = summary
    self.detail = detail
    self.position = position
    self.host = host
    self.task = task
    self.sourceLine = sourceLine
  }
}
