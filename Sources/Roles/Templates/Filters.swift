import ShellPrograms

/// What `value | name(arguments)` does.
struct Filter: Sendable {
  /// Its arguments, for the reference and for errors: `separator`.
  var parameters: [String]
  /// What it does, in a sentence, for the reference.
  var meaning: String
  /// The result; nil when the value or an argument is not of the type that it takes.
  var apply: @Sendable (Value, [Value]) -> Value?

  init(
    _ meaning: String, _ parameters: [String] = [],
    apply: @escaping @Sendable (Value, [Value]) -> Value?
  ) {
    self.meaning = meaning
    self.parameters = parameters
    self.apply = apply
  }
}

/// The filters of templates and conditions.
enum Filters {
  /// All filters, by name.
  static let all: [String: Filter] = [
    "quoted": Filter("The text as one word of a POSIX shell; a list as such words.") { value, _ in
      if case .list(let elements) = value {
        let words = elements.compactMap(\.text)
        guard words.count == elements.count else { return nil }
        return .string(words.map(ShellQuoting.quoted).joined(separator: " "))
      }
      return value.text.map { .string(ShellQuoting.quoted($0)) }
    },
    "join": Filter("A list's elements in one text, `separator` between them.", ["separator"]) {
      value, arguments in
      guard case .list(let elements) = value, let separator = arguments[0].text else { return nil }
      let texts = elements.compactMap(\.text)
      return texts.count == elements.count ? .string(texts.joined(separator: separator)) : nil
    },
    "length": Filter("The number of a text's characters, or of the elements.") { value, _ in
      switch value {
      case .string(let text): .integer(text.count)
      case .list(let elements): .integer(elements.count)
      case .table(let fields): .integer(fields.count)
      default: nil
      }
    },
    "lower": Filter("The text in lower case.") { value, _ in
      value.text.map { .string($0.lowercased()) }
    },
    "upper": Filter("The text in upper case.") { value, _ in
      value.text.map { .string($0.uppercased()) }
    },
    "trim": Filter("The text without white space at its ends.") { value, _ in
      value.text.map { text in
        let head = text.drop(while: \.isWhitespace)
        let end = head.lastIndex { !$0.isWhitespace }.map { head.index(after: $0) }
        return .string(String(head[..<(end ?? head.startIndex)]))
      }
    },
    "string": Filter("A number or a truth value as a text.") { value, _ in
      value.text.map(Value.string)
    },
    "int": Filter("A text of digits as an integer.") { value, _ in
      value.text.flatMap(Int.init).map(Value.integer)
    },
    "replace": Filter("The text with each `old` replaced by `new`.", ["old", "new"]) {
      value, arguments in
      guard let text = value.text, let old = arguments[0].text, let new = arguments[1].text,
        !old.isEmpty
      else { return nil }
      return .string(text.replacingEach(old, by: new))
    },
    "split": Filter("The parts of a text between each `separator`.", ["separator"]) {
      value, arguments in
      guard let text = value.text, let separator = arguments[0].text, separator.count == 1,
        let character = separator.first
      else { return nil }
      return .list(
        text.split(separator: character, omittingEmptySubsequences: false)
          .map { .string(String($0)) })
    },
    "indent": Filter("The text with `width` spaces before each line but the first.", ["width"]) {
      value, arguments in
      guard let text = value.text, case .integer(let width) = arguments[0], (0...80) ~= width else {
        return nil
      }
      let spaces = String(repeating: " ", count: width)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return .string(
        lines.enumerated().map { $0.offset == 0 || $0.element.isEmpty ? "" : spaces }
          .enumerated().map { $0.element + lines[$0.offset] }.joined(separator: "\n"))
    },
    "first": Filter("The first element of a list that is not empty.") { value, _ in
      if case .list(let elements) = value { elements.first } else { nil }
    },
    "last": Filter("The last element of a list that is not empty.") { value, _ in
      if case .list(let elements) = value { elements.last } else { nil }
    },
    "sort": Filter("A list of texts or of integers in ascending order.") { value, _ in
      guard case .list(let elements) = value else { return nil }
      let numbers = elements.compactMap {
        if case .integer(let number) = $0 { number } else { nil }
      }
      if numbers.count == elements.count { return .list(numbers.sorted().map(Value.integer)) }
      let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
      return texts.count == elements.count ? .list(texts.sorted().map(Value.string)) : nil
    },
    "unique": Filter("A list without elements that were there before.") { value, _ in
      guard case .list(let elements) = value else { return nil }
      var seen: Set<Value> = []
      return .list(elements.filter { seen.insert($0).inserted })
    },
    "keys": Filter("The names of a table's fields, in ascending order.") { value, _ in
      guard case .table(let fields) = value else { return nil }
      return .list(fields.keys.sorted().map(Value.string))
    },
  ]
}
