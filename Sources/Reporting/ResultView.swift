/// The result of a verb: one value from which both what people read and what programs read is made.
package protocol ResultView: Sendable {
  /// The verb, as in `planetbed.<verb>/1`.
  var verb: String { get }

  /// What people read; ends with a line end unless empty.
  func text(_ layout: TextLayout) -> String

  /// What programs read, without `schema` (docs/json.md).
  var members: [JSONValue.Member] { get }
}

extension ResultView {
  /// What programs read: one object that says what it is.
  package var json: JSONValue {
    .object([JSONValue.Member("schema", .string("planetbed.\(verb)/1"))] + members)
  }
}
