/// The names that a template or a condition can look up.
struct Scope: Sendable {
  /// The values, by name.
  var values: [String: Value]
  /// Similar names to suggest are looked for by this.
  var suggest: @Sendable (_ name: String, _ among: [String]) -> String?

  /// The value of an expression. A value that waits for facts makes all that is built on it wait.
  func value(of expression: Expression) throws(TemplateError) -> Value {
    switch expression.form {
    case .literal(let value): return value
    case .name(let name):
      guard let value = values[name] else {
        throw undefined("\"\(name)\" is not defined", name, Array(values.keys), expression.place)
      }
      return value
    case .list(let elements):
      var list: [Value] = []
      for element in elements { list.append(try value(of: element)) }
      return .list(list)
    case .field(let base, let name):
      return try field(name, of: value(of: base), called: base, at: expression.place)
    case .element(let base, let key):
      return try element(value(of: key), of: value(of: base), called: base, at: expression.place)
    case .filter(let base, let name, let arguments):
      return try filter(name, value(of: base), arguments, at: expression.place)
    case .defined(let inner): return try isDefined(inner)
    case .not(let inner):
      let value = try value(of: inner)
      if case .unknown = value { return value }
      return .boolean(!value.truth)
    case .and(let left, let right): return try logic(left, right, decidedBy: false)
    case .or(let left, let right): return try logic(left, right, decidedBy: true)
    case .compare(let comparison, let left, let right):
      return try compare(comparison, value(of: left), value(of: right), at: expression.place)
    case .join(let left, let right):
      return try joined(value(of: left), value(of: right), at: expression.place)
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, value(of: left), value(of: right), at: expression.place)
    }
  }

  private func undefined(
    _ summary: String, _ name: String, _ known: [String], _ place: TextPlace
  ) -> TemplateError {
    TemplateError(
      summary, detail: suggest(name, known).map { "Did you mean \"\($0)\"?" } ?? "", at: place)
  }

  private func logic(
    _ left: Expression, _ right: Expression, decidedBy decisive: Bool
  ) throws(TemplateError) -> Value {
    let first = try value(of: left)
    if case .unknown(let missing) = first {
      // What the other side decides, no fact can change.
      let second = try value(of: right)
      if case .unknown(let more) = second { return .unknown(missing.union(more)) }
      return second.truth == decisive ? .boolean(decisive) : first
    }
    if first.truth == decisive { return .boolean(decisive) }
    let second = try value(of: right)
    if case .unknown = second { return second }
    return .boolean(second.truth)
  }

  private func isDefined(_ expression: Expression) throws(TemplateError) -> Value {
    switch expression.form {
    case .name(let name): return .boolean(values[name] != nil)
    case .field(let base, let name):
      let base = try value(of: base)
      if case .unknown = base { return base }
      if case .table(let fields) = base { return .boolean(fields[name] != nil) }
      return .boolean(false)
    default:
      throw TemplateError("only a name or a field can be defined", at: expression.place)
    }
  }

  private func field(
    _ name: String, of base: Value, called expression: Expression, at place: TextPlace
  ) throws(TemplateError) -> Value {
    if case .unknown = base { return base }
    guard case .table(let fields) = base else {
      throw TemplateError("\(base.typeName) has no field \"\(name)\"", at: place)
    }
    guard let value = fields[name] else {
      let owner = if case .name(let name) = expression.form { "\"\(name)\"" } else { "the table" }
      throw undefined("\(owner) has no field \"\(name)\"", name, Array(fields.keys), place)
    }
    return value
  }

  private func element(
    _ key: Value, of base: Value, called expression: Expression, at place: TextPlace
  ) throws(TemplateError) -> Value {
    let missing = key.missing.union(base.missing)
    switch (base, key) {
    case (.unknown, _), (_, .unknown): return .unknown(missing)
    case (.table, .string(let name)):
      return try field(name, of: base, called: expression, at: place)
    case (.list(let elements), .integer(let index)):
      guard elements.indices.contains(index) else {
        throw TemplateError(
          "there is no element \(index) in a list of \(elements.count)", at: place)
      }
      return elements[index]
    default:
      throw TemplateError("\(base.typeName) has no elements named by \(key.typeName)", at: place)
    }
  }

  private func filter(
    _ name: String, _ base: Value, _ expressions: [Expression], at place: TextPlace
  ) throws(TemplateError) -> Value {
    guard let filter = Filters.all[name] else {
      throw TemplateError("there is no filter \"\(name)\"", at: place)
    }
    var arguments: [Value] = []
    for expression in expressions { arguments.append(try value(of: expression)) }
    guard arguments.count == filter.parameters.count else {
      throw TemplateError(
        "the filter \"\(name)\" takes \(filter.parameters.count) arguments, not \(arguments.count)",
        at: place)
    }
    let missing = arguments.reduce(base.missing) { $0.union($1.missing) }
    guard missing.isEmpty else { return .unknown(missing) }
    guard let result = filter.apply(base, arguments) else {
      throw TemplateError(
        "the filter \"\(name)\" cannot be applied to \(base.typeName) like this",
        detail: filter.meaning, at: place)
    }
    return result
  }

  private func compare(
    _ comparison: Expression.Comparison, _ left: Value, _ right: Value, at place: TextPlace
  ) throws(TemplateError) -> Value {
    let missing = left.missing.union(right.missing)
    guard missing.isEmpty else { return .unknown(missing) }
    func mismatch() -> TemplateError {
      TemplateError(
        "\(left.typeName) and \(right.typeName) cannot be compared with \"\(comparison.rawValue)\"",
        at: place)
    }
    switch comparison {
    case .equal: return .boolean(left == right)
    case .unequal: return .boolean(left != right)
    case .isIn, .notIn:
      let isIn: Bool
      switch (left, right) {
      case (_, .list(let elements)): isIn = elements.contains(left)
      case (.string(let name), .table(let fields)): isIn = fields[name] != nil
      case (.string(let part), .string(let text)): isIn = part.isEmpty || text.contains(part)
      default: throw mismatch()
      }
      return .boolean(isIn == (comparison == .isIn))
    case .less, .atMost, .more, .atLeast:
      let order: Int
      switch (left, right) {
      case (.integer(let left), .integer(let right)): order = (left - right).signum()
      case (.string(let left), .string(let right)):
        order = left < right ? -1 : left == right ? 0 : 1
      default: throw mismatch()
      }
      return switch comparison {
      case .less: .boolean(order < 0)
      case .atMost: .boolean(order <= 0)
      case .more: .boolean(order > 0)
      default: .boolean(order >= 0)
      }
    }
  }

  private func joined(
    _ left: Value, _ right: Value, at place: TextPlace
  ) throws(TemplateError) -> Value {
    let missing = left.missing.union(right.missing)
    guard missing.isEmpty else { return .unknown(missing) }
    guard let first = left.text, let second = right.text else {
      throw TemplateError(
        "\(left.typeName) and \(right.typeName) cannot be joined with \"~\"", at: place)
    }
    return .string(first + second)
  }

  private func arithmetic(
    _ operation: Expression.Arithmetic, _ left: Value, _ right: Value, at place: TextPlace
  ) throws(TemplateError) -> Value {
    let missing = left.missing.union(right.missing)
    guard missing.isEmpty else { return .unknown(missing) }
    if case (.list(let first), .list(let second), .plus) = (left, right, operation) {
      return .list(first + second)
    }
    guard case (.integer(let first), .integer(let second)) = (left, right) else {
      throw TemplateError(
        "\"\(operation.rawValue)\" takes integers, not \(left.typeName) and \(right.typeName)",
        at: place)
    }
    let (result, overflow) =
      switch operation {
      case .plus: first.addingReportingOverflow(second)
      case .minus: first.subtractingReportingOverflow(second)
      case .times: first.multipliedReportingOverflow(by: second)
      }
    guard !overflow else { throw TemplateError("the result is too large a number", at: place) }
    return .integer(result)
  }
}
