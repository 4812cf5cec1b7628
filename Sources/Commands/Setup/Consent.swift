import Diagnostics

/// The user's word that something may be done.
enum Consent {
  /// Refuses early when nobody can be asked: without a terminal, nothing is done unasked.
  static func mustBePossible(_ invocation: Invocation) throws(Problem) {
    if invocation.surroundings.terminal.isThere { return }
    throw Problem(
      "'\(invocation.arguments.path.joined(separator: " "))' asks before it changes anything, and "
        + "there is no terminal to ask at",
      detail: "Give --yes to have it done without asking.", exitStatus: .usage)
  }
}
