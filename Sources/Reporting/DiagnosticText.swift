import Diagnostics

/// Draws diagnostics: where, how bad, what, the offending line with a caret, why and what to do.
package struct DiagnosticText: Sendable {
  private let layout: TextLayout

  /// Draws diagnostics for a layout.
  package init(_ layout: TextLayout) { self.layout = layout }

  /// Several diagnostics, in order; each ends with a line end.
  package func text(of diagnostics: [Diagnostic]) -> String {
    diagnostics.map { text(of: $0) }.joined()
  }

  /// One diagnostic, which ends with a line end.
  package func text(of diagnostic: Diagnostic) -> String {
    let severity = layout.style(
      "\(diagnostic.severity.rawValue):", diagnostic.severity == .error ? .error : .warning)
    let summary = layout.style(VisibleText.line(diagnostic.summary), .strong)
    var lines = ["\(prefix(of: diagnostic))\(severity) \(summary)"]
    if let source = diagnostic.sourceLine, let position = diagnostic.position {
      lines += quotation(of: source, column: position.column)
    }
    if !diagnostic.detail.isEmpty {
      lines += TextWidth.wrapped(VisibleText.lines(diagnostic.detail), to: layout.columns - 2)
        .map { $0.isEmpty ? "" : "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func prefix(of diagnostic: Diagnostic) -> String {
    var parts: [String] = []
    if let position = diagnostic.position {
      parts.append("\(position.file):\(position.line):\(position.column)")
    }
    if let host = diagnostic.host { parts.append(host) }
    if let task = diagnostic.task { parts.append(task) }
    return parts.map { VisibleText.line($0) + ": " }.joined()
  }

  /// The line, or as much of it around the column as fits, and a caret under the column.
  private func quotation(of source: String, column: Int) -> [String] {
    // Each character is drawn by itself, so that the caret stands right whatever stands before it.
    let drawn = source.map { $0 == "\t" ? "    " : VisibleText.line(String($0)) }
    let room = layout.columns - 6
    let place = min(max(column - 1, 0), drawn.count)
    var first = 0
    while drawn[first..<place].reduce(0, { $0 + TextWidth.of($1) }) > room * 2 / 3 { first += 1 }
    let before = drawn[first..<place].joined()
    let cut = first > 0 ? "…" : ""
    let line = TextWidth.shortened(cut + drawn[first...].joined(), to: room)
    let blank = String(repeating: " ", count: TextWidth.of(cut + before))
    return ["    \(line)", "    \(blank)\(layout.style("^", .good))"]
  }
}

extension Diagnostic {
  /// `{severity, summary, detail, file, line, column}`, with `host` and `task` where it has them.
  package var json: JSONValue {
    var members: [JSONValue.Member] = [
      JSONValue.Member("severity", .string(severity.rawValue)),
      JSONValue.Member("summary", .string(summary)),
      JSONValue.Member("detail", .string(detail)),
      JSONValue.Member("file", .optional(position?.file)),
      JSONValue.Member("line", .optional(position?.line)),
      JSONValue.Member("column", .optional(position?.column)),
    ]
    if let host { members.append(JSONValue.Member("host", .string(host))) }
    if let task { members.append(JSONValue.Member("task", .string(task))) }
    return .object(members)
  }
}
