/// An expression of a template or a condition, with the place where it begins.
struct Expression: Hashable, Sendable {
  /// What it says.
  var form: Form
  /// Where it begins.
  var place: TextPlace

  /// What an expression says.
  indirect enum Form: Hashable, Sendable {
    case literal(Value)
    case name(String)
    case list([Expression])
    case field(Expression, String)
    case element(Expression, Expression)
    case filter(Expression, String, [Expression])
    case defined(Expression)
    case not(Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case compare(Comparison, Expression, Expression)
    case join(Expression, Expression)
    case arithmetic(Arithmetic, Expression, Expression)
  }

  /// How two values are compared.
  enum Comparison: String, Hashable, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
    case isIn = "in"
    case notIn = "not in"
  }

  /// What is done with two whole numbers.
  enum Arithmetic: String, Hashable, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
  }

  /// The names that it looks up, each with its place.
  var names: [(name: String, place: TextPlace)] {
    switch form {
    case .literal: []
    case .name(let name): [(name, place)]
    case .list(let elements): elements.flatMap(\.names)
    case .field(let base, _), .defined(let base), .not(let base): base.names
    case .filter(let base, _, let arguments): base.names + arguments.flatMap(\.names)
    case .element(let left, let right), .and(let left, let right), .or(let left, let right),
      .compare(_, let left, let right), .join(let left, let right),
      .arithmetic(_, let left, let right):
      left.names + right.names
    }
  }
}
