/// A template: a subset of Jinja, in which a name that is not defined is an error.
///
/// A line that holds nothing but `{% … %}` or `{# … #}` leaves no line behind, as with Ansible's
/// `trim_blocks` and `lstrip_blocks`; a `-` inside a tag's edge also takes all white space beyond it.
struct Template: Sendable, Hashable {
  /// Its parts, in order.
  var parts: [Part]

  /// A part of a template.
  indirect enum Part: Sendable, Hashable {
    case text(String)
    case value(Expression)
    case choice([Branch], otherwise: [Part])
    case loop(variable: String, Expression, [Part])
  }

  /// What is rendered when a condition holds.
  struct Branch: Sendable, Hashable {
    var condition: Expression
    var parts: [Part]
  }

  /// What a template became.
  struct Rendered: Hashable, Sendable {
    /// The text; without what the missing facts leave out.
    var text: String
    /// The facts that it waits for.
    var missing: Set<FactReference>
  }

  /// Reads a template.
  init(_ text: String) throws(TemplateError) {
    var reader = TemplateReader(try TemplatePieces.of(text))
    parts = try reader.all()
  }

  /// The text with the values in place.
  func rendered(in scope: Scope) throws(TemplateError) -> Rendered {
    var rendered = Rendered(text: "", missing: [])
    try Self.render(parts, scope, into: &rendered)
    return rendered
  }

  private static func render(
    _ parts: [Part], _ scope: Scope, into rendered: inout Rendered
  ) throws(TemplateError) {
    for part in parts {
      switch part {
      case .text(let text): rendered.text += text
      case .value(let expression):
        let value = try scope.value(of: expression)
        guard value.missing.isEmpty else {
          rendered.missing.formUnion(value.missing)
          continue
        }
        guard let text = value.text else {
          throw TemplateError(
            "\(value.typeName) cannot be written as it is",
            detail: "Write its elements, with a loop or the filter \"join\".", at: expression.place)
        }
        rendered.text += text
      case .choice(let branches, let otherwise):
        try render(branches, otherwise: otherwise, scope, into: &rendered)
      case .loop(let variable, let expression, let body):
        let value = try scope.value(of: expression)
        if case .unknown(let missing) = value {
          rendered.missing.formUnion(missing)
          continue
        }
        guard case .list(let elements) = value else {
          throw TemplateError(
            "a loop goes over a list, not over \(value.typeName)",
            detail: "The filter \"keys\" makes a list of a table's names.", at: expression.place)
        }
        for (index, element) in elements.enumerated() {
          var inner = scope
          inner.values[variable] = element
          inner.values["loop"] = .table([
            "index": .integer(index + 1), "first": .boolean(index == 0),
            "last": .boolean(index == elements.count - 1), "length": .integer(elements.count),
          ])
          try render(body, inner, into: &rendered)
        }
      }
    }
  }

  private static func render(
    _ branches: [Branch], otherwise: [Part], _ scope: Scope, into rendered: inout Rendered
  ) throws(TemplateError) {
    for branch in branches {
      let value = try scope.value(of: branch.condition)
      if case .unknown(let missing) = value {
        rendered.missing.formUnion(missing)
        return
      }
      if value.truth { return try render(branch.parts, scope, into: &rendered) }
    }
    try render(otherwise, scope, into: &rendered)
  }

  /// The names that it looks up and does not define itself, each with its place.
  var names: [(name: String, place: TextPlace)] { Self.names(of: parts) }

  private static func names(of parts: [Part]) -> [(name: String, place: TextPlace)] {
    parts.flatMap { part -> [(name: String, place: TextPlace)] in
      switch part {
      case .text: []
      case .value(let expression): expression.names
      case .choice(let branches, let otherwise):
        branches.flatMap { $0.condition.names + names(of: $0.parts) } + names(of: otherwise)
      case .loop(let variable, let expression, let body):
        expression.names + names(of: body).filter { $0.name != variable && $0.name != "loop" }
      }
    }
  }
}
