import Diagnostics
import Glibc
import Synchronization
import Transport

/// Connects to the machines of a testbed over SSH. Each machine is connected to once, however
/// many use it; a router carries all the machines behind it in its one connection. A connection
/// ends with its last user.
package actor SSHConnector: Connector {
  /// A connection that is made or being made, and those who want it.
  private final class Shared {
    let key: Key
    var users = 0
    /// How the making of it ended.
    var outcome: Result<Link, any Error>?
    var link: Link? { try? outcome?.get() }
    /// The making of it; nil once it ended.
    var attempt: Task<Void, Never>?
    var waiting: [Int: CheckedContinuation<Link, any Error>] = [:]
    /// The hold on the router that carries it.
    var router: Hold?
    /// Whether the connector was closed in the meantime.
    var isOver = false

    init(_ key: Key) {
      self.key = key
    }
  }

  /// What names a shared connection, for those who give it back.
  private typealias Hold = Int

  /// A machine of the inventory, or one that only a ProxyJump names.
  private enum Key: Hashable, Sendable {
    case machine(String)
    /// The hosts to go through, the last one being meant.
    case jump([String])

    var name: String {
      switch self {
      case .machine(let name): name
      case .jump(let chain): chain.joined(separator: ",")
      }
    }
  }

  private let machines: [String: LoginDetails]
  private let configuration: OpenSSHConfiguration
  private let options: SSHOptions
  private let services: LoginServices
  private var loops: [SessionLoop] = []
  private var nextLoop = 0
  /// All connections that somebody holds.
  private var shared: [Hold: Shared] = [:]
  /// Those of them that the next one who asks may share.
  private var current: [Key: Hold] = [:]
  private var lastHold = 0
  private var lastWaiter = 0
  private var isClosed = false

  /// A connector to these machines, by their names in the inventory.
  package init(
    machines: [LoginDetails], configuration: OpenSSHConfiguration, options: SSHOptions,
    prompt: any SecretPrompt
  ) {
    self.machines = Dictionary(machines.map { ($0.machine, $0) }, uniquingKeysWith: { $1 })
    self.configuration = configuration
    self.options = options
    services = LoginServices(
      options: options, resolver: NameResolver(), secrets: SecretKeeper(prompt: prompt),
      knownHosts: KnownHostsFiles())
  }

  package func connect(to machine: String) async throws -> any Connection {
    let (link, hold) = try await acquire(.machine(machine), onTheWay: [])
    return SSHConnection(link) { [weak self] in await self?.release(hold) }
  }

  package func close() async {
    isClosed = true
    current = [:]
    // Machines behind routers first: their goodbyes travel through the routers' connections.
    let ending = shared.values.sorted { $0.router != nil && $1.router == nil }
    for one in ending {
      one.isOver = true
      one.attempt?.cancel()
      if let link = one.link {
        await end(link)
      } else {
        tell(one, .failure(CancellationError()))
      }
    }
    loops = []
  }

  private func end(_ link: Link) async {
    let error = Problem(
      "the SSH connection was closed", host: link.plan.machine, exitStatus: .failure)
    await link.loop.end(link.id, error)
  }

  // MARK: - Sharing

  /// Holds a machine's connection, which is made when there is none.
  private func acquire(_ key: Key, onTheWay: [Key]) async throws -> (Link, Hold) {
    guard !isClosed else { throw CancellationError() }
    try Task.checkCancellation()
    if onTheWay.contains(key) {
      throw Problem(
        "\(key.name) is reached through itself",
        detail: "its jump hosts: " + (onTheWay + [key]).map(\.name).joined(separator: " → "),
        host: onTheWay.first?.name, exitStatus: .usage)
    }
    if let hold = current[key], shared[hold]?.link?.isOver == true { forget(hold, key) }
    let hold = current[key] ?? begin(key, onTheWay: onTheWay)
    guard let one = shared[hold] else { throw CancellationError() }
    one.users += 1
    if let link = one.link { return (link, hold) }
    lastWaiter += 1
    let waiter = lastWaiter
    do {
      let link = try await withTaskCancellationHandler {
        try await outcome(of: one, for: waiter)
      } onCancel: {
        Task { await self.stopWaiting(waiter, hold) }
      }
      return (link, hold)
    } catch {
      await release(hold)
      throw error
    }
  }

  /// Waits for the end of a connection's making. In a function of the actor: a closure that captures
  /// nothing of it but a shared connection runs beside it.
  private func outcome(of one: Shared, for waiter: Int) async throws -> Link {
    try await withCheckedThrowingContinuation { continuation in
      assertIsolated()
      // Either may have come to pass on the way here, and would not be told again.
      if let outcome = one.outcome {
        continuation.resume(with: outcome)
      } else if Task.isCancelled {
        continuation.resume(throwing: CancellationError())
      } else {
        one.waiting[waiter] = continuation
      }
    }
  }

  private func stopWaiting(_ waiter: Int, _ hold: Hold) {
    shared[hold]?.waiting.removeValue(forKey: waiter)?.resume(throwing: CancellationError())
  }

  private func begin(_ key: Key, onTheWay: [Key]) -> Hold {
    lastHold += 1
    let hold = lastHold
    let one = Shared(key)
    shared[hold] = one
    current[key] = hold
    one.attempt = Task { await self.attempt(hold, key, onTheWay: onTheWay) }
    return hold
  }

  private func attempt(_ hold: Hold, _ key: Key, onTheWay: [Key]) async {
    do {
      let link = try await establish(hold, key, onTheWay: onTheWay)
      guard let one = shared[hold], !one.isOver else { return await end(link) }
      one.attempt = nil
      tell(one, .success(link))
    } catch {
      forget(hold, key)
      guard let one = shared[hold] else { return }
      one.attempt = nil
      tell(one, .failure(error))
    }
    if let one = shared[hold], one.users == 0 { await dissolve(hold, one) }
  }

  private func tell(_ one: Shared, _ result: Result<Link, any Error>) {
    one.outcome = result
    for waiter in one.waiting.values { waiter.resume(with: result) }
    one.waiting = [:]
  }

  /// One user less; the last one ends the connection.
  private func release(_ hold: Hold) async {
    guard let one = shared[hold] else { return }
    one.users -= 1
    guard one.users == 0 else { return }
    forget(hold, one.key)
    if let attempt = one.attempt {
      // Its end sees that nobody is left.
      attempt.cancel()
    } else {
      await dissolve(hold, one)
    }
  }

  private func dissolve(_ hold: Hold, _ one: Shared) async {
    guard shared.removeValue(forKey: hold) != nil else { return }
    forget(hold, one.key)
    if let link = one.link { await end(link) }
    if let router = one.router { await release(router) }
  }

  /// Nobody gets this connection any more: the next one who asks has a new one made.
  private func forget(_ hold: Hold, _ key: Key) {
    if current[key] == hold { current[key] = nil }
  }

  // MARK: - Connecting

  private func establish(_ hold: Hold, _ key: Key, onTheWay: [Key]) async throws -> Link {
    let login = try details(of: key)
    let settings = try configuration.settings(
      for: login.address, user: login.user, port: login.port)
    let plan = try LoginPlan(login, settings: settings, options: options)
    var through: (id: SessionID, machine: String)?
    let loop: SessionLoop
    if let router = router(of: login, key, settings) {
      let (outer, held) = try await self.router(router, for: key, onTheWay: onTheWay)
      guard let one = shared[hold] else {
        await release(held)
        throw CancellationError()
      }
      one.router = held
      through = (outer.id, outer.plan.machine)
      loop = outer.loop
    } else {
      loop = try anyLoop()
    }
    let clock = SuspendingClock()
    let start = clock.now
    let end = LinkEnd()
    let id = try await loop.login(
      plan, through: through, services: services,
      whenEnded: { [weak self] reason in
        end.reason.withLock { $0 = reason }
        Task { await self?.forget(hold, key) }
      })
    return Link(
      plan: plan, loop: loop, id: id, connectDuration: clock.now - start,
      secrets: services.secrets, end: end)
  }

  /// Holds the connection to a router; its problem is told as that of the machine behind it too.
  private func router(
    _ router: Key, for key: Key, onTheWay: [Key]
  ) async throws -> (Link, Hold) {
    do {
      return try await acquire(router, onTheWay: onTheWay + [key])
    } catch let problem as Problem {
      guard problem.exitStatus == .failure else { throw problem }
      throw Problem(
        "the router \(router.name) cannot be reached", detail: problem.description,
        host: key.name, exitStatus: .failure)
    }
  }

  private func details(of key: Key) throws -> LoginDetails {
    switch key {
    case .machine(let name):
      guard let login = machines[name] else {
        throw Problem("no machine is called `\(name)`", exitStatus: .usage)
      }
      return login
    case .jump(let chain):
      return try Self.jumpDetails(chain[chain.count - 1])
    }
  }

  /// The machine to go through, if any: the inventory's, else ProxyJump's. With several, each is
  /// reached through the one before it, and the last one carries this machine.
  private func router(
    of login: LoginDetails, _ key: Key, _ settings: OpenSSHConfiguration.Settings
  ) -> Key? {
    if case .jump(let chain) = key, chain.count > 1 { return .jump(chain.dropLast()) }
    if let jump = login.jump { return .machine(jump) }
    guard let chain = settings.proxyJump, !chain.isEmpty else { return nil }
    return .jump(chain)
  }

  /// A jump host as ProxyJump writes it: `[user@]host[:port]`, or as an `ssh://` URI.
  static func jumpDetails(_ text: String) throws -> LoginDetails {
    var rest = text.hasPrefix("ssh://") ? text.dropFirst(6) : text[...]
    var user: String?
    if let at = rest.lastIndex(of: "@") {
      user = String(rest[..<at])
      rest = rest[rest.index(after: at)...]
    }
    var port: Int?
    // The colons of an IPv6 address stand in brackets when a port follows.
    if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
      let after = rest[rest.index(after: bracket)...]
      port = after.hasPrefix(":") ? Int(after.dropFirst()) : nil
      rest = rest[rest.index(after: rest.startIndex)..<bracket]
    } else if rest.filter({ $0 == ":" }).count == 1, let colon = rest.firstIndex(of: ":") {
      port = Int(rest[rest.index(after: colon)...])
      guard port != nil else { throw noJump(text) }
      rest = rest[..<colon]
    }
    guard !rest.isEmpty, user != "" else { throw noJump(text) }
    return LoginDetails(machine: text, address: String(rest), port: port, user: user)
  }

  private static func noJump(_ text: String) -> Problem {
    Problem(
      "ProxyJump: `\(text)` names no machine", detail: "it is written user@host:port",
      exitStatus: .usage)
  }

  private func anyLoop() throws -> SessionLoop {
    let limit = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    if loops.count < limit {
      loops.append(try SessionLoop(number: loops.count))
      return loops[loops.count - 1]
    }
    nextLoop = (nextLoop + 1) % loops.count
    return loops[nextLoop]
  }
}
