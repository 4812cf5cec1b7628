import Diagnostics

/// A value in a TOML document, and where it stands.
package struct TOMLValue: Sendable {
  /// What TOML can say.
  package enum Content: Sendable {
    /// A string of any of the four kinds, escapes undone.
    case string(String)
    /// A whole number of 64 bits.
    case integer(Int64)
    /// A floating-point number, infinity and NaN included.
    case float(Double)
    /// `true` or `false`.
    case boolean(Bool)
    /// A date, a time or both, in RFC 3339's form.
    case dateTime(String)
    /// An array, or the tables that `[[key]]` opens.
    case array([TOMLValue])
    /// A table, inline or under a header.
    case table(TOMLTable)
  }

  /// What it says.
  package var content: Content
  /// Where it begins; a table under a header begins at the header.
  package var position: SourcePosition

  /// A value.
  package init(_ content: Content, at position: SourcePosition) {
    self.content = content
    self.position = position
  }

  /// The string, when it is one.
  package var string: String? {
    if case .string(let string) = content { string } else { nil }
  }

  /// The whole number, when it is one.
  package var integer: Int64? {
    if case .integer(let integer) = content { integer } else { nil }
  }

  /// The number, when it is one, whole or not.
  package var number: Double? {
    switch content {
    case .integer(let integer): Double(integer)
    case .float(let float): float
    default: nil
    }
  }

  /// The truth value, when it is one.
  package var boolean: Bool? {
    if case .boolean(let boolean) = content { boolean } else { nil }
  }

  /// The elements, when it is an array.
  package var array: [TOMLValue]? {
    if case .array(let array) = content { array } else { nil }
  }

  /// The table, when it is one.
  package var table: TOMLTable? {
    if case .table(let table) = content { table } else { nil }
  }

  /// Its type in words, with the article, to be said in an error: `a string`.
  package var typeName: String {
    switch content {
    case .string: "a string"
    case .integer: "a whole number"
    case .float: "a decimal number"
    case .boolean: "true or false"
    case .dateTime: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// A TOML table: its entries in the order of the file. No key is there twice.
package struct TOMLTable: Sendable {
  /// A key with its value.
  package struct Entry: Sendable {
    /// The key, quotes and escapes undone; one part of a dotted key.
    package var key: String
    /// Where the key begins.
    package var keyPosition: SourcePosition
    /// Its value.
    package var value: TOMLValue

    /// A key with its value.
    package init(key: String, keyPosition: SourcePosition, value: TOMLValue) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  /// The entries in the order of the file.
  package var entries: [Entry]

  /// A table.
  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// The value of a key; looks through the entries one by one.
  package subscript(key: String) -> TOMLValue? {
    entries.first { $0.key == key }?.value
  }
}
