import Diagnostics

/// Why a value is not what its key asks for.
package struct TOMLMismatch: Error {
  /// What the value is instead, to be said after the key: `must be a string, not a whole number`.
  package var what: String
  /// How to write it right; may be empty.
  package var detail: String
  /// Where, when it is not the value but a part of it that is wrong.
  package var position: SourcePosition?

  /// Why a value is not what its key asks for.
  package init(_ what: String, detail: String = "", at position: SourcePosition? = nil) {
    self.what = what
    self.detail = detail
    self.position = position
  }
}

/// A value with its place in the file.
package struct Located<Value> {
  /// The value.
  package var value: Value
  /// Where it begins.
  package var position: SourcePosition

  /// A value with its place.
  package init(_ value: Value, at position: SourcePosition) {
    self.value = value
    self.position = position
  }
}

extension Located: Sendable where Value: Sendable {}

/// What a key's value must be: how it is called, read, and written.
package struct TOMLForm<Value: Sendable>: Sendable {
  /// What to call it in the reference: `string`, `IPv4 prefix`.
  package let name: String
  /// The value that a TOML value means; throws when it means none.
  package let decode: @Sendable (TOMLValue) throws(TOMLMismatch) -> Value
  /// A value as one would write it in TOML.
  package let write: @Sendable (Value) -> String

  /// A form.
  package init(
    _ name: String, decode: @escaping @Sendable (TOMLValue) throws(TOMLMismatch) -> Value,
    write: @escaping @Sendable (Value) -> String
  ) {
    self.name = name
    self.decode = decode
    self.write = write
  }
}

/// Words as a sentence offers them: `a, b or c`.
private func alternatives(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}

/// A string as one would write it in TOML.
package func tomlLiteral(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": literal += "\\\""
    case "\\": literal += "\\\\"
    case "\n": literal += "\\n"
    case "\t": literal += "\\t"
    default:
      // Control characters, those of Unicode's bidirectional algorithm included, must be seen.
      if scalar.properties.generalCategory == .control
        || scalar.properties.generalCategory == .format
      {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        literal += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      } else {
        literal.unicodeScalars.append(scalar)
      }
    }
  }
  return literal + "\""
}

extension TOMLForm where Value == String {
  /// A string that is not empty.
  package static var string: TOMLForm {
    .parsed("string", what: "must not be empty", quoted: false) { $0.isEmpty ? nil : $0 }
  }

  /// One of a few words.
  package static func oneOf(_ words: [String]) -> TOMLForm {
    let list = alternatives(words.map(tomlLiteral))
    return TOMLForm(
      alternatives(words.map { "`\(tomlLiteral($0))`" }),
      decode: { value throws(TOMLMismatch) in
        guard let text = value.string else {
          throw TOMLMismatch("must be \(list), not \(value.typeName)")
        }
        guard !words.contains(text) else { return text }
        let meant = Suggestion.closest(to: text, among: words)
        throw TOMLMismatch(
          "must be \(list), not \(tomlLiteral(text))",
          detail: meant.map { "Did you mean \(tomlLiteral($0))?" } ?? "")
      }, write: tomlLiteral)
  }
}

extension TOMLForm {
  /// A string that stands for something: what `parse` makes of it.
  ///
  /// `what` says that it is wrong, after the key: `is not an IPv4 address`; `detail` how to write it;
  /// `quoted` whether to quote what was written.
  package static func parsed(
    _ name: String, what: String, detail: String = "", quoted: Bool = true,
    write: @escaping @Sendable (Value) -> String = { tomlLiteral(String(describing: $0)) },
    _ parse: @escaping @Sendable (String) -> Value?
  ) -> TOMLForm {
    TOMLForm(
      name,
      decode: { value throws(TOMLMismatch) in
        let text = try value.expectString(detail: detail)
        guard let parsed = parse(text) else {
          throw TOMLMismatch(quoted ? "\(what): \(tomlLiteral(text))" : what, detail: detail)
        }
        return parsed
      }, write: write)
  }
}

extension TOMLForm where Value == Bool {
  /// `true` or `false`.
  package static var boolean: TOMLForm {
    TOMLForm(
      "`true` or `false`",
      decode: { value throws(TOMLMismatch) in
        guard let boolean = value.boolean else {
          throw TOMLMismatch(
            "must be true or false, not \(value.typeName)",
            detail: value.string == nil ? "" : "Write it without quotes.")
        }
        return boolean
      }, write: { String($0) })
  }
}

extension TOMLForm where Value == Int {
  /// A whole number within a range.
  package static func integer(_ range: ClosedRange<Int>) -> TOMLForm {
    TOMLForm(
      "\(range.lowerBound) to \(range.upperBound)",
      decode: { value throws(TOMLMismatch) in
        guard let integer = value.integer else {
          throw TOMLMismatch(
            "must be a whole number, not \(value.typeName)",
            detail: value.string == nil ? "" : "Write it without quotes.")
        }
        guard let small = Int(exactly: integer), range.contains(small) else {
          throw TOMLMismatch(
            "must be \(range.lowerBound) to \(range.upperBound), not \(integer)")
        }
        return small
      }, write: { String($0) })
  }
}

extension TOMLForm where Value == TOMLTable {
  /// A table, whose keys a schema of its own describes.
  package static var table: TOMLForm {
    TOMLForm(
      "table",
      decode: { value throws(TOMLMismatch) in
        guard let table = value.table else {
          throw TOMLMismatch(
            value.array == nil
              ? "must be a table, not \(value.typeName)"
              : "must be one table, not an array of tables",
            detail: value.array == nil ? "" : "Write its header with one pair of brackets.")
        }
        return table
      }, write: { _ in "{}" })
  }
}

extension TOMLForm where Value == [Located<TOMLTable>] {
  /// Tables that `[[key]]` opens, whose keys a schema of its own describes.
  package static var tables: TOMLForm {
    TOMLForm(
      "tables",
      decode: { value throws(TOMLMismatch) in
        let detail = "Write its header with two pairs of brackets."
        guard let array = value.array else {
          throw TOMLMismatch("must be an array of tables, not \(value.typeName)", detail: detail)
        }
        var tables: [Located<TOMLTable>] = []
        for element in array {
          guard let table = element.table else {
            throw TOMLMismatch(
              "must be an array of tables; this is \(element.typeName)", detail: detail,
              at: element.position)
          }
          tables.append(Located(table, at: element.position))
        }
        return tables
      }, write: { _ in "[]" })
  }
}

extension TOMLForm where Value == [String] {
  /// One string, or an array of strings; none of them empty.
  package static var oneOrMoreStrings: TOMLForm {
    TOMLForm(
      "string or array of strings",
      decode: { value throws(TOMLMismatch) in
        var texts: [String] = []
        for element in value.array ?? [value] {
          guard let text = element.string else {
            throw TOMLMismatch(
              "must be a string or an array of strings; this is \(element.typeName)",
              at: element.position)
          }
          guard !text.isEmpty else {
            throw TOMLMismatch("must not be empty", at: element.position)
          }
          texts.append(text)
        }
        return texts
      }, write: { "[\($0.map(tomlLiteral).joined(separator: ", "))]" })
  }
}

extension TOMLValue {
  /// The string; throws when it is none, telling the one who forgot the quotes.
  package func expectString(detail: String = "") throws(TOMLMismatch) -> String {
    guard let string else {
      let hint =
        switch content {
        case .integer, .float, .boolean, .dateTime: "Put it in quotes."
        case .string, .array, .table: ""
        }
      throw TOMLMismatch(
        "must be a string, not \(typeName)",
        detail: [hint, detail].filter { !$0.isEmpty }.joined(separator: " "))
    }
    return string
  }
}
