import Diagnostics

/// What `~/.ssh/config` says (ssh_config(5)), as far as planetbed asks it: Host, HostName, User,
/// Port, IdentityFile, IdentitiesOnly, ProxyJump, UserKnownHostsFile, StrictHostKeyChecking and
/// Include. Other keywords are passed over, and so are `Match` blocks but `Match all`.
package struct OpenSSHConfiguration: Sendable {
  /// A keyword with its arguments, and the `Host` lines that it stands under, all of which must
  /// match: an included file stands under those of the file that includes it.
  struct Setting: Sendable {
    var conditions: [HostPatterns]
    var keyword: String
    var arguments: [String]
    var position: SourcePosition
  }

  var settings: [Setting] = []
  private let home: String
  private let localUser: String

  /// A configuration that says nothing.
  package init(options: SSHOptions) {
    home = options.homeDirectory
    localUser = options.localUser
  }

  /// Reads a file, and what it includes; a file that is missing says nothing.
  /// - Throws: `Problem` with file and line when it is wrong.
  package init(file: String, options: SSHOptions) throws {
    self.init(options: options)
    let path = expandHome(file, home: home)
    guard let text = try readFile(path, limit: 1 << 20) else { return }
    var reader = ConfigurationReader(home: home)
    try reader.read(text, path: path)
    settings = reader.settings
  }

  /// Reads `~/.ssh/config`.
  /// - Throws: `Problem` with file and line when it is wrong.
  package static func ofUser(options: SSHOptions) throws -> OpenSSHConfiguration {
    try OpenSSHConfiguration(file: "~/.ssh/config", options: options)
  }

  /// Whether the key of a machine that is not known is accepted.
  enum StrictHostKeyChecking: Sendable, Hashable {
    case strict, acceptNew
  }

  /// What the file says of one machine. A nil is "not said".
  struct Settings: Sendable {
    var hostName: String?
    var user: String?
    var port: Int?
    var identityFiles: [String] = []
    var identitiesOnly: Bool?
    /// The machines to go through, as written, the first one first.
    var proxyJump: [String]?
    var userKnownHostsFiles: [String]?
    var strictHostKeyChecking: StrictHostKeyChecking?
  }

  /// What the file says of a machine; the first value of each keyword counts, but every
  /// IdentityFile does.
  /// - Throws: `Problem` with file and line when a value makes no sense.
  func settings(for alias: String, user: String?, port: Int?) throws -> Settings {
    var found = Settings()
    var identityFiles: [Setting] = []
    var knownHosts: Setting?
    var hostName: Setting?
    for setting in settings where setting.conditions.allSatisfy({ $0.matches(alias) }) {
      switch setting.keyword {
      case "hostname": hostName = hostName ?? setting
      case "user": found.user = found.user ?? setting.arguments[0]
      case "port": found.port = try found.port ?? Self.port(setting)
      case "identityfile": identityFiles.append(setting)
      case "identitiesonly":
        found.identitiesOnly = try found.identitiesOnly ?? Self.flag(setting)
      case "proxyjump": found.proxyJump = found.proxyJump ?? Self.jumps(setting)
      case "userknownhostsfile": knownHosts = knownHosts ?? setting
      case "stricthostkeychecking":
        found.strictHostKeyChecking = try found.strictHostKeyChecking ?? Self.checking(setting)
      default: break
      }
    }
    if let hostName {
      found.hostName = try expand(hostName.arguments[0], hostName, ["h": alias])
    }
    let tokens = [
      "h": found.hostName ?? alias, "n": alias, "p": String(port ?? found.port ?? 22),
      "r": user ?? found.user ?? localUser, "u": localUser, "d": home,
    ]
    found.identityFiles =
      try identityFiles
      .filter { $0.arguments[0].lowercased() != "none" }
      .map { expandHome(try expand($0.arguments[0], $0, tokens), home: home) }
    if let knownHosts, knownHosts.arguments[0].lowercased() != "none" {
      found.userKnownHostsFiles = try knownHosts.arguments.map {
        expandHome(try expand($0, knownHosts, tokens), home: home)
      }
    } else if knownHosts != nil {
      found.userKnownHostsFiles = []
    }
    return found
  }

  private func expand(
    _ text: String, _ setting: Setting, _ tokens: [String: String]
  ) throws -> String {
    var expanded = ""
    var rest = text[...]
    while let percent = rest.firstIndex(of: "%") {
      expanded += rest[..<percent]
      let after = rest.index(after: percent)
      let token = after < rest.endIndex ? String(rest[after]) : ""
      if token == "%" {
        expanded += "%"
      } else if let value = tokens[token] {
        expanded += value
      } else {
        throw Self.wrong(
          setting, "`%\(token)` is not known here",
          "write one of \(tokens.keys.sorted().map { "%\($0)" }.joined(separator: ", ")) and %%")
      }
      rest = rest[rest.index(after: after)...]
    }
    return expanded + rest
  }

  // MARK: - Values

  private static func wrong(_ setting: Setting, _ what: String, _ remedy: String) -> Problem {
    Problem(
      "\(setting.keyword): \(what)", detail: remedy, at: setting.position, exitStatus: .usage)
  }

  private static func port(_ setting: Setting) throws -> Int {
    guard let port = Int(setting.arguments[0]), (1...65535).contains(port) else {
      throw wrong(setting, "`\(setting.arguments[0])` is no port", "ports go from 1 to 65535")
    }
    return port
  }

  private static func flag(_ setting: Setting) throws -> Bool {
    switch setting.arguments[0].lowercased() {
    case "yes", "true": return true
    case "no", "false": return false
    default:
      throw wrong(setting, "`\(setting.arguments[0])` is neither yes nor no", "write yes or no")
    }
  }

  /// `no` accepts new keys here, and never changed ones.
  private static func checking(_ setting: Setting) throws -> StrictHostKeyChecking {
    switch setting.arguments[0].lowercased() {
    case "yes", "true", "ask": return .strict
    case "no", "false", "off", "accept-new": return .acceptNew
    default:
      throw wrong(
        setting, "`\(setting.arguments[0])` is not known", "write yes, ask, accept-new or no")
    }
  }

  private static func jumps(_ setting: Setting) -> [String] {
    if setting.arguments[0].lowercased() == "none" { return [] }
    return setting.arguments.joined(separator: ",").split(separator: ",").map(String.init)
  }
}
