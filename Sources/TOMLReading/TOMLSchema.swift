import Diagnostics

/// Whether a key must be there, and what holds when it is not.
package enum TOMLPresence<Value: Sendable>: Sendable {
  /// It must be there.
  case required
  /// It may be left out; the text says what holds then, for the reference.
  case optional(String)
  /// It may be left out, which is as if this had been written.
  case byDefault(Value)
}

/// A key of a table: what reading and the reference both follow.
package struct TOMLKey<Value: Sendable>: Sendable {
  /// The key.
  package let name: String
  /// What its value must be.
  package let form: TOMLForm<Value>
  /// Whether it must be there.
  package let presence: TOMLPresence<Value>
  /// What it means, in a sentence.
  package let meaning: String

  /// A key.
  package init(
    _ name: String, _ form: TOMLForm<Value>, _ presence: TOMLPresence<Value>, _ meaning: String
  ) {
    self.name = name
    self.form = form
    self.presence = presence
    self.meaning = meaning
  }
}

/// A key of any type, as the reference tells of it.
package protocol TOMLKeyDescription: Sendable {
  /// The key.
  var name: String { get }
  /// What its value must be.
  var formName: String { get }
  /// What holds when it is left out; nil when it must not be.
  var whenAbsent: String? { get }
  /// What it means, in a sentence.
  var meaning: String { get }
}

extension TOMLKey: TOMLKeyDescription {
  /// What its value must be.
  package var formName: String { form.name }

  /// What holds when it is left out, in Markdown; nil when it must not be.
  package var whenAbsent: String? {
    switch presence {
    case .required: nil
    case .optional(let text): text
    case .byDefault(let value): "`\(form.write(value))`"
    }
  }
}

/// A table's keys.
package struct TOMLTableSchema: Sendable {
  /// How a file opens it, and how errors call it: `[testbed]`, `[[site]]`.
  package let header: String
  /// What it is for, in a sentence.
  package let meaning: String
  /// Its keys, in the order of the reference.
  package let keys: [any TOMLKeyDescription]
  private let names: Set<String>

  /// A table's keys.
  package init(_ header: String, _ meaning: String, keys: [any TOMLKeyDescription]) {
    self.header = header
    self.meaning = meaning
    self.keys = keys
    names = Set(keys.map(\.name))
  }

  /// Whether the table has that key.
  package func knows(_ key: String) -> Bool { names.contains(key) }

  /// The table of its keys in Markdown, for a reference.
  package var markdown: String {
    var lines = ["| Key | Value | When left out | Meaning |", "| --- | --- | --- | --- |"]
    for key in keys {
      lines.append(
        "| `\(key.name)` | \(key.formName) | \(key.whenAbsent ?? "an error") | \(key.meaning) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// What was found wrong in one document, so that all of it can be told at once.
package final class TOMLFindings {
  private let document: TOMLDocument
  /// What was found, in the order of finding it; the first `limit` of it.
  package private(set) var diagnostics: [Diagnostic] = []
  /// Whether an error is among what was found.
  package private(set) var hasErrors = false
  private var omitted = 0

  /// How much is told of one file: nobody mends more before looking again.
  package static let limit = 1000

  /// Nothing found yet.
  package init(in document: TOMLDocument) { self.document = document }

  /// Notes an error.
  package func error(_ summary: String, detail: String = "", at position: SourcePosition) {
    hasErrors = true
    note(.error, summary, detail, position)
  }

  /// Notes a warning.
  package func warning(_ summary: String, detail: String = "", at position: SourcePosition) {
    note(.warning, summary, detail, position)
  }

  private func note(
    _ severity: Diagnostic.Severity, _ summary: String, _ detail: String,
    _ position: SourcePosition
  ) {
    guard diagnostics.count < Self.limit else {
      omitted += 1
      return
    }
    diagnostics.append(document.diagnostic(severity, summary, detail: detail, at: position))
  }

  /// Notes something about a file that this document names.
  package func note(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { hasErrors = true }
    guard diagnostics.count < Self.limit else {
      omitted += 1
      return
    }
    diagnostics.append(diagnostic)
  }

  /// "Did you mean" the nearest candidate; nil when none is near, and when it would not be told.
  package func meant(by word: String, among candidates: some Sequence<String>) -> String? {
    guard diagnostics.count < Self.limit else { return nil }
    return Suggestion.closest(to: word, among: candidates).map {
      "Did you mean \(tomlLiteral($0))?"
    }
  }

  /// What was found, from the file's top to its end, and then that about other files.
  package var sorted: [Diagnostic] {
    // By index last, since Swift's sort does not promise to keep what is equal in order.
    var sorted = diagnostics.enumerated().sorted { left, right in
      let a = left.element.position
      let b = right.element.position
      // The empty name stands for this document, which comes first.
      let names = [a, b].map { $0.map { $0.file == document.file ? "" : $0.file } ?? "" }
      return (names[0], a?.line ?? 0, a?.column ?? 0, left.offset)
        < (names[1], b?.line ?? 0, b?.column ?? 0, right.offset)
    }.map(\.element)
    if omitted > 0 {
      sorted.append(
        Diagnostic(
          hasErrors ? .error : .warning, "\(omitted) more problems in \(document.file)",
          detail: "Mend the first \(Self.limit), and look again."))
    }
    return sorted
  }
}

/// Reads one table by its schema, and notes what is wrong with it.
package struct TOMLTableReader {
  /// What it notes mistakes in.
  package let findings: TOMLFindings
  /// Where the table begins.
  package let position: SourcePosition
  private let schema: TOMLTableSchema
  private let entries: [String: TOMLTable.Entry]

  /// A reader of a table; notes the keys that the schema does not know.
  package init(_ table: Located<TOMLTable>, by schema: TOMLTableSchema, findings: TOMLFindings) {
    self.findings = findings
    self.position = table.position
    self.schema = schema
    entries = Dictionary(
      table.value.entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in table.value.entries where !schema.knows(entry.key) {
      let names = schema.keys.map(\.name)
      findings.error(
        "unknown key \(tomlLiteral(entry.key)) in \(schema.header)",
        detail: findings.meant(by: entry.key, among: names)
          ?? "It takes \(names.joined(separator: ", ")).",
        at: entry.keyPosition)
    }
  }

  /// Whether the file gives the key, be its value right or wrong.
  package func has(_ key: TOMLKey<some Sendable>) -> Bool { entries[key.name] != nil }

  /// Where the file gives the key; the table's place when it does not.
  package func keyPosition(_ key: TOMLKey<some Sendable>) -> SourcePosition {
    entries[key.name]?.keyPosition ?? position
  }

  /// The value that the file gives; nil when it gives none or a wrong one. A wrong one, and a
  /// required key that is missing, are noted.
  package func read<Value>(_ key: TOMLKey<Value>) -> Located<Value>? {
    guard let entry = entries[key.name] else {
      if case .required = key.presence {
        findings.error(
          "\(schema.header) has no \(key.name)", detail: "\(key.name): \(key.meaning)", at: position
        )
      }
      return nil
    }
    do throws(TOMLMismatch) {
      return Located(try key.form.decode(entry.value), at: entry.value.position)
    } catch {
      findings.error(
        "\(key.name) \(error.what)", detail: error.detail,
        at: error.position ?? entry.value.position)
      return nil
    }
  }

  /// The value that the file gives, or the key's default when it gives none, then at the table's
  /// place; nil when it gives a wrong one, which is noted, and when there is no default.
  package func readOrDefault<Value>(_ key: TOMLKey<Value>) -> Located<Value>? {
    if let given = read(key) { return given }
    guard case .byDefault(let value) = key.presence, !has(key) else { return nil }
    return Located(value, at: position)
  }
}
