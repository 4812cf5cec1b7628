/// `planetbed version`.
package struct VersionView: ResultView {
  private let version: String

  /// The version of the program.
  package init(version: String) { self.version = version }

  package var verb: String { "version" }

  package func text(_ layout: TextLayout) -> String { "planetbed \(version)\n" }

  package var members: [JSONValue.Member] { [JSONValue.Member("version", .string(version))] }
}
