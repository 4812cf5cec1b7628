/// A value in a template or a condition.
indirect enum Value: Sendable, Hashable {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case list([Value])
  case table([String: Value])
  /// It depends on facts that are not known yet.
  case unknown(Set<FactReference>)

  /// What a stage gave, facts looked up.
  init(_ variable: Variable, facts: Facts) {
    switch variable {
    case .string(let text): self = .string(text)
    case .integer(let number): self = .integer(number)
    case .boolean(let truth): self = .boolean(truth)
    case .list(let elements): self = .list(elements.map { Value($0, facts: facts) })
    case .table(let fields): self = .table(fields.mapValues { Value($0, facts: facts) })
    case .fact(let reference):
      self = facts[reference].map(Value.string) ?? .unknown([reference])
    }
  }

  /// Its type in words, with the article.
  var typeName: String {
    switch self {
    case .string, .unknown: "a string"
    case .integer: "an integer"
    case .boolean: "a boolean"
    case .list: "a list"
    case .table: "a table"
    }
  }

  /// What it is as a condition: false, 0, and what is empty do not hold.
  var truth: Bool {
    switch self {
    case .string(let text): !text.isEmpty
    case .integer(let number): number != 0
    case .boolean(let truth): truth
    case .list(let elements): !elements.isEmpty
    case .table(let fields): !fields.isEmpty
    case .unknown: false
    }
  }

  /// What it is written as; nil when it has no one way to be written.
  var text: String? {
    switch self {
    case .string(let text): text
    case .integer(let number): String(number)
    case .boolean(let truth): truth ? "true" : "false"
    case .list, .table, .unknown: nil
    }
  }

  /// The facts that it, or something in it, waits for.
  var missing: Set<FactReference> {
    switch self {
    case .unknown(let references): references
    case .list(let elements): elements.reduce(into: []) { $0.formUnion($1.missing) }
    case .table(let fields): fields.values.reduce(into: []) { $0.formUnion($1.missing) }
    default: []
    }
  }
}

/// What is wrong with a template or an expression, and where in its text.
struct TemplateError: Error, Hashable, Sendable {
  /// What is wrong.
  var summary: String
  /// How to mend it; may be empty.
  var detail: String
  /// Where in the text.
  var place: TextPlace

  init(_ summary: String, detail: String = "", at place: TextPlace) {
    self.summary = summary
    self.detail = detail
    self.place = place
  }
}

/// A place in a template's text.
struct TextPlace: Hashable, Sendable {
  /// The line, counted from 1.
  var line: Int
  /// The column in characters, counted from 1.
  var column: Int
}
