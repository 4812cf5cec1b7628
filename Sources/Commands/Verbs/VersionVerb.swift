import Diagnostics
import Reporting

/// `planetbed version`
enum VersionVerb: Verb {
  static let declaration = CommandDeclaration(
    "version", "Show the program's version.", examples: ["planetbed version --output json"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    invocation.report(VersionView(version: programVersion))
    return .success
  }
}
