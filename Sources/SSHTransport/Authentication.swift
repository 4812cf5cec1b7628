import CLibSSH2
import Diagnostics
import Glibc
import Transport

/// One login: what it works on, and what it has tried.
private final class Attempt {
  let session: Session
  let id: SessionID
  let plan: LoginPlan
  let services: LoginServices
  let clock: LoginClock
  /// What the server lets one log in by (RFC 4252, section 5.1).
  var methods: [String] = []
  /// Whether the server refused a signature by a key that it accepts.
  var hadRefusedSignature = false
  /// What was tried and why it failed, a line each.
  var tried: [String] = []

  init(
    _ session: Session, _ id: SessionID, _ plan: LoginPlan, _ services: LoginServices,
    _ clock: LoginClock
  ) {
    self.session = session
    self.id = id
    self.plan = plan
    self.services = services
    self.clock = clock
  }

  var refused: Problem {
    var lines = tried.map { "- \($0)" }
    if tried.isEmpty { lines.append("- nothing: there is no key to try") }
    if !methods.isEmpty { lines.append("the server accepts: \(methods.joined(separator: ", "))") }
    if let farewell = session.farewell {
      lines.append("it hung up: \(farewell)")
      if farewell.contains("Too many") {
        lines.append("name the right key with `identity_file` (or IdentityFile and IdentitiesOnly)")
      }
    }
    return Problem(
      "\(plan.account) cannot be logged in to: everything that was tried is refused",
      detail: lines.joined(separator: "\n"), host: plan.machine, exitStatus: .failure)
  }

  /// Whether a signature that failed was never made: libssh2 has one number for that and for one
  /// that the server refuses, and tells them apart in its words only.
  var couldNotSign: Bool { session.lastError.contains("Callback returned error") }

  /// The error for a connection that ended in the login.
  var interrupted: Problem {
    session.farewell == nil ? session.lost(session.lastError) : refused
  }
}

/// The statuses of libssh2 that mean that the connection itself is gone.
private let connectionErrors: Set<Int32> = [
  LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_DISCONNECT,
  LIBSSH2_ERROR_TIMEOUT, LIBSSH2_ERROR_PROTO,
]

extension SessionLoop {
  /// Logs in: by keys, then, when the inventory allows it, by a password.
  /// - Throws: `Problem` that lists what was tried.
  func authenticate(
    _ session: Session, _ id: SessionID, _ plan: LoginPlan, _ services: LoginServices,
    _ clock: LoginClock
  ) async throws {
    let attempt = Attempt(session, id, plan, services, clock)
    do {
      try await authenticate(attempt)
    } catch is Problem where session.farewell != nil {
      // The server hung up, before or while the next key was offered: what was tried says why.
      throw attempt.refused
    }
  }

  private func authenticate(_ attempt: Attempt) async throws {
    let session = attempt.session
    attempt.methods = try await methods(attempt)
    if libssh2_userauth_authenticated(session.raw) == 1 { return }
    if attempt.methods.contains("publickey") {
      for candidate in try await candidates(attempt) {
        if try await offer(candidate, attempt) { return }
      }
    } else {
      attempt.tried.append("keys: not tried, for the server accepts none")
    }
    // A key that was good but not enough looks like one that is refused: ask what is left.
    if attempt.hadRefusedSignature { attempt.methods = try await methods(attempt) }
    if try await offerPassword(attempt) { return }
    throw attempt.refused
  }

  private func methods(_ attempt: Attempt) async throws -> [String] {
    let session = attempt.session
    return try await perform(session) {
      let user = attempt.plan.user
      if let list = libssh2_userauth_list(session.raw, user, UInt32(user.utf8.count)) {
        return VisibleText.lines(String(cString: list).utf8, limit: 200).split(separator: ",")
          .map(String.init)
      }
      if libssh2_userauth_authenticated(session.raw) == 1 { return [] }
      if libssh2_session_last_errno(session.raw) == LIBSSH2_ERROR_EAGAIN { return nil }
      throw attempt.interrupted
    }
  }

  // MARK: - Which keys

  /// A key to be offered.
  private enum Candidate {
    case file(KeyFile)
    case agent(AgentIdentity, name: String)
  }

  /// The keys to offer, in order: with IdentitiesOnly the files', else the agent's first, those
  /// that a file names before the others, as ssh does.
  private func candidates(_ attempt: Attempt) async throws -> [Candidate] {
    let plan = attempt.plan
    var files: [KeyFile] = []
    for path in plan.identityFiles {
      if let file = KeyFile.read(path) {
        files.append(file)
      } else if !plan.identitiesAreDefault {
        attempt.tried.append("key \(path): there is no such file")
      }
    }
    let identities = try await agentIdentities(attempt)
    var chosen: [Candidate] = []
    var rest: [Candidate] = []
    for file in files {
      let identity = identities.first { $0.key == file.publicKey }
      if let identity, file.isEncrypted || file.isPublicOnly || file.unusable != nil {
        chosen.append(.agent(identity, name: "key \(file.path), by the agent"))
      } else if plan.identitiesOnly {
        chosen.append(.file(file))
      } else {
        rest.append(.file(file))
      }
    }
    guard !plan.identitiesOnly else { return chosen }
    let named = files.compactMap(\.publicKey)
    for identity in identities where !named.contains(identity.key) {
      let comment = VisibleText.lines(identity.comment.utf8, limit: 80)
      chosen.append(.agent(identity, name: "the agent's key \(comment) (\(identity.type))"))
    }
    return chosen + rest
  }

  private func agentIdentities(_ attempt: Attempt) async throws -> [AgentIdentity] {
    guard let path = attempt.services.options.agentSocket else { return [] }
    let session = attempt.session
    var answer: Result<[AgentIdentity], AgentClient.Failure>?
    agent(at: path).identities { result in
      answer = result
      session.reactor.pumpLater(session)
    }
    do {
      return try await perform(session) { try answer?.get() }
    } catch let failure as AgentClient.Failure {
      attempt.tried.append("agent: \(failure.reason)")
      return []
    }
  }

  // MARK: - Keys

  private func offer(_ candidate: Candidate, _ attempt: Attempt) async throws -> Bool {
    switch candidate {
    case .agent(let identity, let name):
      return try await offer(identity, name: name, attempt)
    case .file(let file):
      let name = "key \(file.path)"
      if let unusable = file.unusable {
        attempt.tried.append("\(name): \(unusable.reason)")
        return false
      }
      if file.isPublicOnly {
        attempt.tried.append("\(name): this is a public key, and no agent has its private one")
        return false
      }
      if file.isEncrypted { return try await offerEncrypted(file, name: name, attempt) }
      let status = try await offer(file, passphrase: nil, attempt)
      return try conclude(status, name, attempt)
    }
  }

  /// Notes why a key was of no use; true when it was.
  private func conclude(_ status: Int32, _ name: String, _ attempt: Attempt) throws -> Bool {
    switch status {
    case 0: return true
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
      attempt.tried.append("\(name): the server does not accept it for this user")
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED where attempt.couldNotSign:
      attempt.tried.append("\(name): libssh2 cannot sign with it; is the file whole?")
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
      attempt.hadRefusedSignature = true
      attempt.tried.append("\(name): the server refuses its signature")
    case _ where connectionErrors.contains(status): throw attempt.interrupted
    default: attempt.tried.append("\(name): \(attempt.session.lastError)")
    }
    return false
  }

  private func offer(
    _ file: KeyFile, passphrase: String?, _ attempt: Attempt
  ) async throws -> Int32 {
    let session = attempt.session
    let user = attempt.plan.user
    let publicLine = file.publicLine
    // libssh2 1.10 is told how long the key is, and looks for a zero at its end all the same.
    let ended = file.contents + [0]
    return try await status(session) {
      ended.withUnsafeBytes { contents in
        libssh2_userauth_publickey_frommemory(
          session.raw, user, user.utf8.count, publicLine, publicLine?.utf8.count ?? 0,
          contents.baseAddress?.assumingMemoryBound(to: CChar.self), contents.count - 1, passphrase)
      }
    }
  }

  /// A passphrase is asked only once the server says that it would accept the key.
  private func offerEncrypted(
    _ file: KeyFile, name: String, _ attempt: Attempt
  ) async throws -> Bool {
    let secrets = attempt.services.secrets
    if let key = file.publicKey, await !secrets.knows(.keyFile(file.path)) {
      // A signature that is refused at once: UNVERIFIED means that it was asked for.
      attempt.session.signing = .refused
      let status = try await offer(key, attempt, sign: { _ in })
      guard status == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED else {
        return try conclude(status, name, attempt)
      }
    }
    var rejected: String?
    for count in 1...SecretKeeper.attempts {
      let question =
        (count == 1 ? "" : "Wrong passphrase. ") + "Passphrase for the key \(file.path): "
      guard
        let passphrase = try await ask(
          .keyFile(file.path), rejecting: rejected, question, name, attempt)
      else { return false }
      let status = try await offer(file, passphrase: passphrase, attempt)
      switch status {
      case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED where attempt.couldNotSign: rejected = passphrase
      case 0, LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
        return try conclude(status, name, attempt)
      case _ where connectionErrors.contains(status): throw attempt.interrupted
      default: rejected = passphrase
      }
    }
    attempt.tried.append("\(name): the passphrase was wrong \(SecretKeeper.attempts) times")
    return false
  }

  /// Asks for a secret while the login's clock stands still; nil when nobody can be asked.
  private func ask(
    _ purpose: SecretKeeper.Purpose, rejecting rejected: String?, _ question: String,
    _ name: String, _ attempt: Attempt
  ) async throws -> String? {
    attempt.clock.stop()
    defer { attempt.clock.start() }
    let secrets = attempt.services.secrets
    do {
      return try await outside(attempt.session, attempt.id) {
        try await secrets.secret(for: purpose, rejecting: rejected) { question }
      }
    } catch let problem as Problem {
      if case .ended = attempt.session.phase { throw problem }
      attempt.tried.append("\(name): the secret cannot be asked for: \(problem)")
      return nil
    }
  }

  // MARK: - The agent's keys

  private func offer(
    _ identity: AgentIdentity, name: String, _ attempt: Attempt
  ) async throws -> Bool {
    let type = identity.type
    let unusable: String? =
      switch type {
      case "ssh-rsa": KeyFile.RSA.reason
      case _ where type.hasPrefix("sk-"): KeyFile.securityKeyReason
      case _ where type.contains("-cert-"): "certificates cannot be used here"
      default: nil
      }
    if let unusable {
      attempt.tried.append("\(name): \(unusable)")
      return false
    }
    guard let path = attempt.services.options.agentSocket else { return false }
    let session = attempt.session
    let agent = agent(at: path)
    session.signing = .idle
    var refusal: String?
    let status = try await offer(identity.key, attempt) { data in
      agent.sign(data, with: identity.key) { result in
        switch result {
        case .success(let signature): session.signing = .made(signature)
        case .failure(let failure):
          refusal = failure.reason
          session.signing = .refused
        }
        session.reactor.pumpLater(session)
      }
    }
    if let refusal {
      attempt.tried.append("\(name): \(refusal)")
      return false
    }
    return try conclude(status, name, attempt)
  }

  /// Offers a public key; `sign` is called with what is to be signed, once.
  private func offer(
    _ key: [UInt8], _ attempt: Attempt, sign: @escaping ([UInt8]) -> Void
  ) async throws -> Int32 {
    let session = attempt.session
    let user = attempt.plan.user
    var isAsked = false
    return try await perform(session) {
      let status = libssh2_userauth_publickey(
        session.raw, user, key, key.count, SessionCallbacks.sign,
        libssh2_session_abstract(session.raw))
      guard status == LIBSSH2_ERROR_EAGAIN else { return status }
      if case .asked(let data) = session.signing, !isAsked {
        isAsked = true
        sign(data)
      }
      return nil
    }
  }

  // MARK: - Passwords

  private func offerPassword(_ attempt: Attempt) async throws -> Bool {
    let isPlain = attempt.methods.contains("password")
    guard isPlain || attempt.methods.contains("keyboard-interactive") else { return false }
    guard attempt.plan.allowsPassword else {
      attempt.tried.append("password: not tried, for the inventory does not allow it")
      return false
    }
    let account = attempt.plan.account
    var rejected: String?
    for count in 1...SecretKeeper.attempts {
      let question = (count == 1 ? "" : "Wrong password. ") + "Password of \(account): "
      guard
        let password = try await ask(
          .login(account), rejecting: rejected, question, "password", attempt)
      else { return false }
      switch try await offer(password, isPlain: isPlain, attempt) {
      case 0: return true
      case LIBSSH2_ERROR_AUTHENTICATION_FAILED: rejected = password
      case LIBSSH2_ERROR_PASSWORD_EXPIRED:
        attempt.tried.append("password: it has expired; log in by hand and change it")
        return false
      case let status where connectionErrors.contains(status): throw attempt.interrupted
      default:
        attempt.tried.append("password: \(attempt.session.lastError)")
        return false
      }
    }
    attempt.tried.append("password: it was wrong \(SecretKeeper.attempts) times")
    return false
  }

  private func offer(
    _ password: String, isPlain: Bool, _ attempt: Attempt
  ) async throws -> Int32 {
    let session = attempt.session
    let user = attempt.plan.user
    session.keyboardAnswer = Array(password.utf8)
    defer { session.keyboardAnswer = [] }
    return try await status(session) {
      if isPlain {
        return libssh2_userauth_password_ex(
          session.raw, user, UInt32(user.utf8.count), password, UInt32(password.utf8.count), nil)
      }
      return libssh2_userauth_keyboard_interactive_ex(
        session.raw, user, UInt32(user.utf8.count), SessionCallbacks.respond)
    }
  }
}
