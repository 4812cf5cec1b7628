import Diagnostics
import Inventories
import Reporting
import Roles
import Stages

/// `planetbed check`
enum CheckVerb: Verb {
  static let declaration = CommandDeclaration(
    "check", "Find every mistake in an inventory, without connecting to anything.",
    discussion: """
      Tells all errors and warnings at once, each with its place in the file. Exit status 2 when \
      there is an error.
      """,
    parameters: [CommonParameters.inventory],
    examples: ["planetbed check inventory/thesis.toml"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let file = invocation.arguments.word(CommonParameters.inventory)
    var inventory: Inventory?
    var diagnostics: [Diagnostic]
    do {
      let (read, warnings) = try InventoryReader.read(file: file)
      inventory = read
      diagnostics = warnings + allStages.flatMap { $0.objections(to: read) }
    } catch {
      diagnostics = error.diagnostics
    }
    invocation.tell(diagnostics)
    invocation.report(
      CheckView(file: file, inventory: inventory, diagnostics: diagnostics))
    return diagnostics.contains { $0.severity == .error } ? .usage : .success
  }
}
