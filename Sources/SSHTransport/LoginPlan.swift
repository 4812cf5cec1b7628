import Diagnostics
import Transport

/// How one machine is reached and logged in to, with all sources heard: the inventory, then
/// `~/.ssh/config`, then OpenSSH's defaults.
struct LoginPlan: Sendable, Hashable {
  /// What is done about a host key.
  enum HostKeyRule: Sendable, Hashable {
    /// The inventory says the key: this one and no other.
    case exactly(String)
    /// The known_hosts files say it; the first takes new ones, when that is allowed.
    case knownHosts(files: [String], acceptsNew: Bool)
  }

  var machine: String
  /// The name or address to connect to.
  var host: String
  var port: Int
  var user: String
  /// Private key files in the order of trying.
  var identityFiles: [String]
  /// Whether only these keys may be offered, though the agent may make their signatures.
  var identitiesOnly: Bool
  /// Whether the files are nobody's explicit wish: those that are missing are not worth a word.
  var identitiesAreDefault: Bool
  var hostKeyRule: HostKeyRule
  var become: LoginDetails.Become
  var allowsPassword: Bool

  /// The name that known_hosts has for it, as OpenSSH writes it.
  var knownName: String {
    let name = host.lowercased()
    return port == 22 ? name : "[\(name)]:\(port)"
  }

  /// `user@host`, and the port when it is not the usual one.
  var account: String { "\(user)@\(host)" + (port == 22 ? "" : ":\(port)") }

  init(
    _ login: LoginDetails, settings: OpenSSHConfiguration.Settings, options: SSHOptions
  ) throws {
    let home = options.homeDirectory
    func path(_ text: String) -> String { expandHome(text, home: home) }
    machine = login.machine
    host = settings.hostName ?? login.address
    port = login.port ?? settings.port ?? 22
    user = login.user ?? settings.user ?? options.localUser
    become = login.become
    allowsPassword = login.allowsPassword
    identitiesAreDefault = false
    if !login.identityFiles.isEmpty {
      identityFiles = login.identityFiles.map(path)
      identitiesOnly = true
    } else if !settings.identityFiles.isEmpty {
      identityFiles = settings.identityFiles
      identitiesOnly = settings.identitiesOnly ?? false
    } else {
      identityFiles = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(home)/.ssh/\($0)" }
      identitiesOnly = settings.identitiesOnly ?? false
      identitiesAreDefault = true
    }
    if let key = login.hostKey {
      hostKeyRule = .exactly(key)
    } else {
      let own = login.knownHostsFile ?? options.knownHostsFile
      let files =
        own.map { [path($0)] } ?? settings.userKnownHostsFiles
        ?? ["\(home)/.ssh/known_hosts", "\(home)/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts"]
      hostKeyRule = .knownHosts(
        files: files,
        acceptsNew: options.acceptNewHostKeys || settings.strictHostKeyChecking == .acceptNew)
    }
    guard (1...65535).contains(port) else {
      throw Problem(
        "the port \(port) is no port", detail: "ports go from 1 to 65535", host: machine,
        exitStatus: .usage)
    }
  }
}

/// A path with a leading `~/` replaced by the home folder.
func expandHome(_ path: String, home: String) -> String {
  if path == "~" { return home }
  return path.hasPrefix("~/") ? home + path.dropFirst() : path
}
