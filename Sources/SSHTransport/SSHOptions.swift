/// What a run of planetbed decides for all its connections.
package struct SSHOptions: Sendable {
  /// How silent peers are noticed.
  package struct Keepalive: Sendable {
    /// How long nothing may be heard before the peer is asked for a sign of life.
    package var interval: Duration
    /// How many signs may be missing before the connection counts as lost.
    package var allowedMisses: Int

    /// How silent peers are noticed.
    package init(interval: Duration = .seconds(15), allowedMisses: Int = 3) {
      self.interval = interval
      self.allowedMisses = allowedMisses
    }
  }

  /// Whether the key of a machine that is not known yet is accepted and remembered.
  package var acceptNewHostKeys: Bool
  /// How long a machine may take from the first packet to the end of the login, the time that
  /// people take to answer questions left out.
  package var connectDeadline: Duration
  /// How silent peers are noticed.
  package var keepalive: Keepalive
  /// How many bytes a program may write before it is stopped.
  package var outputLimit: Int
  /// The known_hosts file to use for all machines rather than the user's.
  package var knownHostsFile: String?
  /// The socket of the user's ssh-agent; nil when there is none.
  package var agentSocket: String?
  /// The folder that `~` stands for.
  package var homeDirectory: String
  /// The name of the user who runs planetbed.
  package var localUser: String

  /// What a run decides; the agent, the home folder and the user come from the environment
  /// (`SSH_AUTH_SOCK`, `HOME`, `USER`, `LOGNAME`).
  package init(
    environment: [String: String], acceptNewHostKeys: Bool = false,
    connectDeadline: Duration = .seconds(30), keepalive: Keepalive = Keepalive(),
    outputLimit: Int = 64 << 20, knownHostsFile: String? = nil
  ) {
    self.acceptNewHostKeys = acceptNewHostKeys
    self.connectDeadline = connectDeadline
    self.keepalive = keepalive
    self.outputLimit = outputLimit
    self.knownHostsFile = knownHostsFile
    agentSocket = environment["SSH_AUTH_SOCK"].flatMap { $0.isEmpty ? nil : $0 }
    homeDirectory = environment["HOME"] ?? "/"
    localUser = environment["USER"] ?? environment["LOGNAME"] ?? "root"
  }
}
