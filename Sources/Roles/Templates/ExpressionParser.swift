/// Reads expressions, with Jinja's precedence: `or`, `and`, `not`, comparisons, `~`, `+` and `-`,
/// `*`, filters, fields.
struct ExpressionParser {
  private static let reserved: Set<String> = [
    "and", "or", "not", "in", "is", "if", "else", "elif", "for", "endif", "endfor",
  ]
  private static let deepest = 64

  private let tokens: [Token]
  private var index = 0
  private var depth = 0

  init(_ text: String, at place: TextPlace) throws(TemplateError) {
    tokens = try Tokens.of(text, at: place)
  }

  /// The expression that all of a text is.
  static func parse(
    _ text: String, at place: TextPlace = TextPlace(line: 1, column: 1)
  ) throws(TemplateError) -> Expression {
    var parser = try ExpressionParser(text, at: place)
    let expression = try parser.expression()
    try parser.expectEnd()
    return expression
  }

  var token: Token { tokens[index] }

  /// Goes past the next word.
  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  /// Goes past a symbol, when it is next.
  mutating func takes(_ symbol: String) -> Bool {
    guard token.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  /// Goes past a word, when it is next.
  mutating func takes(word: String) -> Bool {
    guard token.kind == .name(word) else { return false }
    advance()
    return true
  }

  /// A name, which must be next.
  mutating func name(_ what: String) throws(TemplateError) -> String {
    guard case .name(let name) = token.kind, !Self.reserved.contains(name) else {
      throw TemplateError("\(what) is missing", at: token.place)
    }
    advance()
    return name
  }

  func expectEnd() throws(TemplateError) {
    guard token.kind == .end else {
      throw TemplateError("\(described(token)) is not expected here", at: token.place)
    }
  }

  private func described(_ token: Token) -> String {
    switch token.kind {
    case .name(let name): "\"\(name)\""
    case .string: "a string"
    case .integer(let number): "\(number)"
    case .symbol(let symbol): "\"\(symbol)\""
    case .end: "the end"
    }
  }

  mutating func expression() throws(TemplateError) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else {
      throw TemplateError("an expression is nested too deeply", at: token.place)
    }
    var left = try conjunction()
    while takes(word: "or") {
      left = Expression(form: .or(left, try conjunction()), place: left.place)
    }
    return left
  }

  private mutating func conjunction() throws(TemplateError) -> Expression {
    var left = try negation()
    while takes(word: "and") {
      left = Expression(form: .and(left, try negation()), place: left.place)
    }
    return left
  }

  private mutating func negation() throws(TemplateError) -> Expression {
    let place = token.place
    var negations = 0
    while takes(word: "not") { negations += 1 }
    let inner = try comparison()
    return negations % 2 == 0 ? inner : Expression(form: .not(inner), place: place)
  }

  private mutating func comparison() throws(TemplateError) -> Expression {
    let left = try joined()
    if takes(word: "is") {
      let negated = takes(word: "not")
      guard takes(word: "defined") else {
        throw TemplateError("\"is\" knows only \"defined\" and \"not defined\"", at: token.place)
      }
      let defined = Expression(form: .defined(left), place: left.place)
      return negated ? Expression(form: .not(defined), place: left.place) : defined
    }
    guard let comparison = takeComparison() else { return left }
    return Expression(form: .compare(comparison, left, try joined()), place: left.place)
  }

  private mutating func takeComparison() -> Expression.Comparison? {
    switch token.kind {
    case .symbol(let symbol):
      guard let comparison = Expression.Comparison(rawValue: symbol) else { return nil }
      advance()
      return comparison
    case .name("in"):
      advance()
      return .isIn
    case .name("not"):
      advance()
      // `a not b` is nothing else: what follows then is told as unexpected.
      return takes(word: "in") ? .notIn : nil
    default: return nil
    }
  }

  private mutating func joined() throws(TemplateError) -> Expression {
    var left = try sum()
    while takes("~") { left = Expression(form: .join(left, try sum()), place: left.place) }
    return left
  }

  private mutating func sum() throws(TemplateError) -> Expression {
    var left = try product()
    while case .symbol(let symbol) = token.kind, symbol == "+" || symbol == "-",
      let operation = Expression.Arithmetic(rawValue: symbol)
    {
      advance()
      left = Expression(form: .arithmetic(operation, left, try product()), place: left.place)
    }
    return left
  }

  private mutating func product() throws(TemplateError) -> Expression {
    var left = try filtered()
    while takes("*") {
      left = Expression(form: .arithmetic(.times, left, try filtered()), place: left.place)
    }
    return left
  }

  private mutating func filtered() throws(TemplateError) -> Expression {
    var value = try postfixed()
    while takes("|") {
      let place = token.place
      let name = try name("the name of a filter")
      guard Filters.all[name] != nil else {
        throw TemplateError(
          "there is no filter \"\(name)\"",
          detail: "Filters: " + Filters.all.keys.sorted().joined(separator: ", ") + ".", at: place)
      }
      value = Expression(
        form: .filter(value, name, takes("(") ? try list(until: ")") : []), place: place)
    }
    return value
  }

  private mutating func postfixed() throws(TemplateError) -> Expression {
    var value = try primary()
    while true {
      let place = value.place
      if takes(".") {
        value = Expression(form: .field(value, try name("the name of a field")), place: place)
      } else if takes("[") {
        let key = try expression()
        guard takes("]") else { throw TemplateError("\"]\" is missing", at: token.place) }
        value = Expression(form: .element(value, key), place: place)
      } else {
        return value
      }
    }
  }

  private mutating func primary() throws(TemplateError) -> Expression {
    let place = token.place
    switch token.kind {
    case .string(let text):
      advance()
      return Expression(form: .literal(.string(text)), place: place)
    case .integer(let number):
      advance()
      return Expression(form: .literal(.integer(number)), place: place)
    case .name("true"), .name("false"):
      let truth = token.kind == .name("true")
      advance()
      return Expression(form: .literal(.boolean(truth)), place: place)
    case .symbol("("):
      advance()
      let inner = try expression()
      guard takes(")") else { throw TemplateError("\")\" is missing", at: token.place) }
      return inner
    case .symbol("["):
      advance()
      return Expression(form: .list(try list(until: "]")), place: place)
    case .symbol("-"):
      advance()
      guard case .integer(let number) = token.kind else {
        throw TemplateError("a number is missing after \"-\"", at: token.place)
      }
      advance()
      return Expression(form: .literal(.integer(-number)), place: place)
    default:
      return Expression(form: .name(try name("a value")), place: place)
    }
  }

  private mutating func list(until end: String) throws(TemplateError) -> [Expression] {
    var elements: [Expression] = []
    while !takes(end) {
      elements.append(try expression())
      if takes(end) { return elements }
      guard takes(",") else { throw TemplateError("\"\(end)\" is missing", at: token.place) }
    }
    return elements
  }
}
