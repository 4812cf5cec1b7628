/// A fact of a machine, by its name: what a `command` task of that machine registers.
package struct FactReference: Hashable, Sendable, Comparable, Codable {
  /// The machine's name in the inventory.
  package var host: String
  /// The fact's name, as `register` gives it, with the application's instance where it has one.
  package var name: String

  /// A fact of a machine.
  package init(host: String, name: String) {
    self.host = host
    self.name = name
  }

  package static func < (left: FactReference, right: FactReference) -> Bool {
    (left.host, left.name) < (right.host, right.name)
  }
}

/// A value that a stage gives to a role, for its templates and conditions.
package indirect enum Variable: Hashable, Sendable {
  /// A text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// True or false.
  case boolean(Bool)
  /// Values in order.
  case list([Variable])
  /// Values by name.
  case table([String: Variable])
  /// The value of a fact, a text, that may become known only while the plan is applied.
  case fact(FactReference)
}
