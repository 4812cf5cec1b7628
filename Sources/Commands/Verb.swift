import Diagnostics

/// One thing that the program does: a file each under Verbs/.
package protocol Verb: Sendable {
  /// How it is called.
  static var declaration: CommandDeclaration { get }

  /// The inventory whose machines it talks to, of which a lab's are reached from the lab's own
  /// network namespace only; nil when it talks to none.
  static var inventoryOfMachines: ParameterDeclaration? { get }

  /// Whether it talks to machines when it is called so; asked only when it may.
  static func connects(_ arguments: ParsedArguments) -> Bool

  /// Does it.
  /// - Throws: `Problem`; the program then ends as the problem says.
  static func run(_ invocation: Invocation) async throws -> ExitStatus
}

extension Verb {
  package static var inventoryOfMachines: ParameterDeclaration? { nil }
  package static func connects(_ arguments: ParsedArguments) -> Bool { true }
}
