import CLibSSH2
import CPlatform
import Diagnostics
import Glibc
import Transport

/// What a login needs from outside its loop.
struct LoginServices: Sendable {
  var options: SSHOptions
  var resolver: NameResolver
  var secrets: SecretKeeper
  var knownHosts: KnownHostsFiles
}

/// The time that a login may take. It stands still while a person is asked.
final class LoginClock {
  private let session: Session
  private let limit: Duration
  private let plan: LoginPlan
  private var timer: Reactor.TimerID?
  /// What the login is at, for the error that says that it took too long.
  var activity = "connecting"

  init(_ session: Session, _ plan: LoginPlan, limit: Duration) {
    self.session = session
    self.plan = plan
    self.limit = limit
  }

  func start() {
    stop()
    timer = session.reactor.schedule(after: limit) { [weak self] in self?.expire() }
  }

  func stop() {
    session.reactor.cancel(timer)
    timer = nil
  }

  private func expire() {
    session.fail(
      Problem(
        "\(plan.account) was not reached within \(limit.shortText): \(activity) took too long",
        detail: "see that the machine is up, that its address is right and that no firewall is "
          + "in the way",
        host: plan.machine, exitStatus: .failure))
  }
}

extension SessionLoop {
  /// Connects and logs in, directly or through another session of this loop.
  /// - Throws: `Problem` naming the machine; `CancellationError`.
  func login(
    _ plan: LoginPlan, through router: (id: SessionID, machine: String)?,
    services: LoginServices, whenEnded: @escaping @Sendable (any Error) -> Void
  ) async throws -> SessionID {
    try Task.checkCancellation()
    let (id, session) = try makeSession(plan, options: services.options)
    session.whenEnded = { [weak self] error in
      self?.assumeIsolated { $0.forget(id) }
      whenEnded(error)
    }
    return try await withTaskCancellationHandler {
      let clock = LoginClock(session, plan, limit: services.options.connectDeadline)
      defer { clock.stop() }
      do {
        if let router {
          try await connectTunnel(session, plan, through: router, clock)
        } else {
          clock.start()
          try await connectSocket(session, id, plan, services, clock)
        }
        clock.activity = "agreeing on keys"
        try await exchangeKeys(session, id, plan, services)
        clock.activity = "logging in"
        try await authenticate(session, id, plan, services, clock)
      } catch {
        session.fail(error)
        throw error
      }
      session.becomeReady()
      return id
    } onCancel: {
      Task { await self.end(id, CancellationError()) }
    }
  }

  // MARK: - The way there

  private func connectSocket(
    _ session: Session, _ id: SessionID, _ plan: LoginPlan, _ services: LoginServices,
    _ clock: LoginClock
  ) async throws {
    clock.activity = "resolving its name"
    let addresses: [SocketAddress]
    do {
      addresses = try await outside(session, id) {
        try await services.resolver.addresses(of: plan.host, port: plan.port)
      }
    } catch var problem as Problem {
      problem.diagnostics = problem.diagnostics.map { diagnostic in
        var diagnostic = diagnostic
        diagnostic.host = plan.machine
        return diagnostic
      }
      throw problem
    }
    clock.activity = "connecting"
    var failure: Int32 = EHOSTUNREACH
    for address in addresses {
      failure = try await connect(session, to: address)
      if failure == 0 { return }
    }
    throw Problem(
      "\(plan.host) port \(plan.port) cannot be connected to: \(systemMessage(failure))",
      detail: failure == ECONNREFUSED
        ? "nothing listens there: see that sshd runs on the machine and that the port is right"
        : "see that the machine is up and that its address is right",
      host: plan.machine, exitStatus: .failure)
  }

  /// Connects to one address; returns 0 or the error number.
  private func connect(_ session: Session, to address: SocketAddress) async throws -> Int32 {
    let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard descriptor >= 0 else { return errno }
    var one: Int32 = 1
    // Small packets go one way, then the other: waiting to fill them up only costs time.
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let status = address.bytes.withUnsafeBytes { bytes in
      Glibc.connect(
        descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t(bytes.count))
    }
    if status != 0, errno != EINPROGRESS {
      defer { Glibc.close(descriptor) }
      return errno
    }
    var failure: Int32 = 0
    do {
      if status != 0 { failure = try await connected(session, descriptor) }
      if failure == 0 {
        session.carrier = try SocketCarrier(descriptor, for: session)
        return 0
      }
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    Glibc.close(descriptor)
    return failure
  }

  /// Waits for a connection that is being made; returns 0 or the error number.
  private func connected(_ session: Session, _ descriptor: Int32) async throws -> Int32 {
    var isDone = false
    let token = try reactor.watch(descriptor, for: EPOLLOUT.rawValue) { _ in
      isDone = true
      session.reactor.pumpLater(session)
    }
    defer { reactor.unwatch(token, descriptor) }
    return try await perform(session) {
      guard isDone else { return nil }
      var failure: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
      return failure
    }
  }

  private func connectTunnel(
    _ session: Session, _ plan: LoginPlan, through router: (id: SessionID, machine: String),
    _ clock: LoginClock
  ) async throws {
    guard let outer = self.session(router.id), case .ready = outer.phase else {
      throw Problem(
        "the connection to the router \(router.machine) is closed", host: plan.machine,
        exitStatus: .failure)
    }
    clock.activity = "connecting from the router \(router.machine)"
    // The clock starts when the router is asked: others may be asked for first.
    let opening = Opening(
      .tunnel(host: plan.host, port: plan.port), whenStarted: { clock.start() })
    var answer: Result<Tunnel, any Error>?
    opening.whenAnswered { result in
      answer = result.map { Tunnel($0, of: outer, for: session) }
      session.reactor.pumpLater(session)
    }
    outer.open(opening)
    defer { opening.abandon() }
    do {
      let _: Bool = try await perform(session) {
        guard let answer else { return nil }
        session.carrier = try answer.get()
        return true
      }
    } catch let refused as OpeningRefused {
      throw Self.tunnelRefused(refused, plan, router.machine)
    }
  }

  private static func tunnelRefused(
    _ refused: OpeningRefused, _ plan: LoginPlan, _ router: String
  ) -> Problem {
    let target = "\(plan.host) port \(plan.port)"
    if refused.reason.contains("prohibited") {
      return Problem(
        "the router \(router) refuses to forward to \(target)",
        detail: "it answered: \(refused.reason); its sshd must allow it: see AllowTcpForwarding, "
          + "DisableForwarding and PermitOpen in its sshd_config, and the options of the key in "
          + "its authorized_keys",
        host: plan.machine, exitStatus: .failure)
    }
    return Problem(
      "the router \(router) cannot connect to \(target)",
      detail: "it answered: \(refused.reason); see that the machine is up, that its address is "
        + "right and that its sshd listens there",
      host: plan.machine, exitStatus: .failure)
  }

  // MARK: - Keys

  /// What this libssh2 can check, the strongest first.
  static let hostKeyTypes = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
  ]

  private func exchangeKeys(
    _ session: Session, _ id: SessionID, _ plan: LoginPlan, _ services: LoginServices
  ) async throws {
    let known = try await outside(session, id) { try await services.knownHosts.keys(for: plan) }
    // The known key's type comes first, so that the server shows the key that can be compared.
    let preferred = known.types.filter(Self.hostKeyTypes.contains)
    let types = preferred + Self.hostKeyTypes.filter { !preferred.contains($0) }
    libssh2_session_method_pref(session.raw, LIBSSH2_METHOD_HOSTKEY, types.joined(separator: ","))

    // libssh2 wants a descriptor, sets it to non-blocking, and then uses our callbacks only.
    let descriptor = reactor.descriptor
    let result = try await status(session) { libssh2_session_handshake(session.raw, descriptor) }
    guard result == 0 else { throw Self.noAgreement(session, plan) }

    var count = 0
    var type: Int32 = 0
    guard let key = libssh2_session_hostkey(session.raw, &count, &type) else {
      throw session.lost("no host key")
    }
    let blob = Array(UnsafeRawBufferPointer(start: key, count: count))
    guard let hash = libssh2_hostkey_hash(session.raw, LIBSSH2_HOSTKEY_HASH_SHA256) else {
      throw session.lost("no fingerprint of the host key")
    }
    let digest = Array(UnsafeRawBufferPointer(start: hash, count: 32))
    let shown = ShownHostKey(blob: blob, digest: digest)
    try await outside(session, id) { try await services.knownHosts.check(shown, known, plan) }
  }

  private static func noAgreement(_ session: Session, _ plan: LoginPlan) -> Problem {
    let offered = offeredHostKeys(greeting: session.greeting)
    if !offered.isEmpty, !offered.contains(where: hostKeyTypes.contains) {
      let names = VisibleText.lines(offered.joined(separator: ", ").utf8, limit: 300)
      return Problem(
        "\(plan.host) has no host key that can be checked here: it offers \(names)",
        detail: "libssh2 of Debian 12 knows RSA host keys with SHA-1 only, which OpenSSH no longer "
          + "uses; give the machine an Ed25519 host key: `ssh-keygen -A`, then restart its sshd",
        host: plan.machine, exitStatus: .failure)
    }
    if session.greeting.isEmpty { return session.lost(session.lastError) }
    if !session.greeting.starts(with: Array("SSH-".utf8)) {
      let start = VisibleText.lines(session.greeting.prefix(60))
      return Problem(
        "what answers at \(plan.host) port \(plan.port) is no SSH server",
        detail: "it says: \(start)", host: plan.machine, exitStatus: .failure)
    }
    return Problem(
      "no keys could be agreed on with \(plan.host): \(session.lastError)",
      detail: "see that the sshd of the machine allows current algorithms", host: plan.machine,
      exitStatus: .failure)
  }
}
