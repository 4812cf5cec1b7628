/// How to reach a machine and log in to it: the inventory's answer, with `~/.ssh/config` not yet
/// asked. A nil is "not said".
package struct LoginDetails: Sendable, Hashable {
  /// The machine's name in the inventory: what errors call it.
  package var machine: String
  /// The address or host name to connect to, or the alias that `~/.ssh/config` knows.
  package var address: String
  /// The TCP port.
  package var port: Int?
  /// The user to log in as.
  package var user: String?
  /// Private key files, tried in this order and before the agent's; they also keep other keys from being offered.
  package var identityFiles: [String]
  /// The machine (a name of the inventory) whose connection carries this one; nil connects directly.
  package var jump: String?
  /// How to become root once logged in.
  package var become: Become
  /// The only host key to accept, as `ssh-ed25519 AAAA…`; nil asks known_hosts.
  package var hostKey: String?
  /// Whether the login may ask for a password when no key is accepted.
  package var allowsPassword: Bool
  /// The known_hosts file to use rather than the user's; nil leaves it to `~/.ssh/config`.
  package var knownHostsFile: String?

  /// How a login becomes root.
  package enum Become: String, Sendable, Hashable {
    /// The user logged in as is root already, or stays what it is.
    case none
    /// `sudo`, which may ask for a password.
    case sudo
  }

  /// How to reach a machine.
  package init(
    machine: String, address: String, port: Int? = nil, user: String? = nil,
    identityFiles: [String] = [], jump: String? = nil, become: Become = .none,
    hostKey: String? = nil, allowsPassword: Bool = false, knownHostsFile: String? = nil
  ) {
    self.machine = machine
    self.address = address
    self.port = port
    self.user = user
    self.identityFiles = identityFiles
    self.jump = jump
    self.become = become
    self.hostKey = hostKey
    self.allowsPassword = allowsPassword
    self.knownHostsFile = knownHostsFile
  }
}

/// Asks the person at the terminal for a secret; never echoed, never logged.
package protocol SecretPrompt: Sendable {
  /// Asks, and waits for the answer.
  /// - Throws: `Problem` when there is no terminal to ask at.
  func secret(_ question: String) async throws -> String
}
