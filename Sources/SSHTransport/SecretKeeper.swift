import Diagnostics
import Transport

/// Asks people for secrets, each once for all connections, and one question at a time.
actor SecretKeeper {
  /// What a secret opens.
  enum Purpose: Sendable, Hashable {
    /// A private key file.
    case keyFile(String)
    /// A login with a password, by its account.
    case login(String)
    /// sudo, by the name of the user: the same person has the same password on all machines.
    case sudo(user: String)
  }

  /// How often one login asks for the same secret.
  static let attempts = 3

  private let prompt: any SecretPrompt
  private var known: [Purpose: String] = [:]
  private var isAsking = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(prompt: any SecretPrompt) {
    self.prompt = prompt
  }

  /// Whether the secret was told already.
  func knows(_ purpose: Purpose) -> Bool { known[purpose] != nil }

  /// The secret: the one that is known, unless it is the rejected one; else a person is asked.
  /// - Throws: `Problem` when nobody can be asked; `CancellationError`.
  func secret(
    for purpose: Purpose, rejecting rejected: String?, question: @Sendable () -> String
  ) async throws -> String {
    if let secret = known[purpose], secret != rejected { return secret }
    await beginAsking()
    defer { endAsking() }
    try Task.checkCancellation()
    // While this one waited, another may have asked the same.
    if let secret = known[purpose], secret != rejected { return secret }
    let secret = try await prompt.secret(question())
    known[purpose] = secret
    return secret
  }

  private func beginAsking() async {
    guard isAsking else {
      isAsking = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func endAsking() {
    if waiting.isEmpty { isAsking = false } else { waiting.removeFirst().resume() }
  }
}
