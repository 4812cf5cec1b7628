import CPlatform
import Glibc

/// A key that the agent has.
struct AgentIdentity: Sendable, Hashable {
  var key: [UInt8]
  var comment: String
  var type: String { keyType(of: key) ?? "unknown" }
}

/// Speaks with ssh-agent (draft-miller-ssh-agent) over its socket, without ever blocking the
/// loop: libssh2's own agent client does. Requests wait for one another; answers come in order.
final class AgentClient {
  /// Why the agent gave no answer.
  struct Failure: Error {
    var reason: String
  }

  private static let messageLimit = 1 << 18

  private let descriptor: Int32
  private let reactor: Reactor
  private var token: UInt64?
  private var unsent: [UInt8] = []
  private var received: [UInt8] = []
  private var waiting: [(Result<[UInt8], Failure>) -> Void] = []
  private var failure: Failure?

  /// Connects to the socket; that it cannot be is told to the first who asks something.
  init(path: String, reactor: Reactor) {
    self.reactor = reactor
    let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard descriptor >= 0 else {
      failure = Failure(reason: systemMessage(errno))
      return
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
      guard path.utf8.count < target.count else { return false }
      target.copyBytes(from: path.utf8)
      return true
    }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if !fits || status != 0 {
      let reason = fits ? systemMessage(errno) : "the path of its socket is too long"
      fail("the agent at \(path) cannot be asked: \(reason)")
      return
    }
    do {
      token = try reactor.watch(descriptor, for: EPOLLIN.rawValue) { [weak self] in
        self?.ready($0)
      }
    } catch {
      fail("the agent cannot be watched")
    }
  }

  deinit {
    if failure == nil { shut() }
  }

  /// Whether it will not answer any more.
  var isBroken: Bool { failure != nil }

  // MARK: - Requests

  /// Asks for the agent's keys.
  func identities(_ answer: @escaping (Result<[AgentIdentity], Failure>) -> Void) {
    request([11]) { result in
      answer(
        result.flatMap { message in
          var reader = WireReader(message)
          guard reader.byte() == 12, let count = reader.number(), count <= 4096 else {
            return .failure(Failure(reason: "the agent does not list its keys"))
          }
          var identities: [AgentIdentity] = []
          for _ in 0..<count {
            guard let key = reader.string(), let comment = reader.string() else { break }
            identities.append(
              AgentIdentity(key: key, comment: String(decoding: comment, as: UTF8.self)))
          }
          return .success(identities)
        })
    }
  }

  /// Asks for a signature; what it answers is the signature without its type.
  func sign(
    _ data: [UInt8], with key: [UInt8], _ answer: @escaping (Result<[UInt8], Failure>) -> Void
  ) {
    var message = WireWriter()
    message.byte(13)
    message.string(key)
    message.string(data)
    message.number(0)
    request(message.bytes) { result in
      answer(
        result.flatMap { message in
          var reader = WireReader(message)
          guard reader.byte() == 14, let blob = reader.string() else {
            return .failure(Failure(reason: "the agent refuses to sign"))
          }
          var signature = WireReader(blob)
          guard signature.string() != nil, let bytes = signature.string() else {
            return .failure(Failure(reason: "the agent's signature makes no sense"))
          }
          return .success(bytes)
        })
    }
  }

  private func request(
    _ message: [UInt8], _ answer: @escaping (Result<[UInt8], Failure>) -> Void
  ) {
    if let failure { return answer(.failure(failure)) }
    var framed = WireWriter()
    framed.string(message)
    unsent += framed.bytes
    waiting.append(answer)
    transmit()
  }

  // MARK: - The socket

  private func ready(_ events: UInt32) {
    if events & EPOLLOUT.rawValue != 0 { transmit() }
    if events & ~EPOLLOUT.rawValue != 0 { receive() }
  }

  private func transmit() {
    while failure == nil, !unsent.isEmpty {
      let count = send(
        descriptor, unsent, unsent.count,
        Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      if count >= 0 {
        unsent.removeFirst(count)
      } else if errno == EAGAIN {
        break
      } else if errno != EINTR {
        return fail("the agent cannot be asked: \(systemMessage(errno))")
      }
    }
    guard let token else { return }
    let events = unsent.isEmpty ? EPOLLIN.rawValue : EPOLLIN.rawValue | EPOLLOUT.rawValue
    reactor.change(token, descriptor, to: events)
  }

  private func receive() {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return fail("the agent closed the connection") }
    received += chunk[..<count]
    while failure == nil {
      var reader = WireReader(received)
      guard let size = reader.number() else { return }
      guard size <= Self.messageLimit else { return fail("the agent answers without end") }
      guard let message = reader.take(Int(size)) else { return }
      let whole = Array(message)
      received.removeFirst(4 + Int(size))
      guard !waiting.isEmpty else { return fail("the agent answers what nobody asked") }
      waiting.removeFirst()(.success(whole))
    }
  }

  private func fail(_ reason: String) {
    guard failure == nil else { return }
    let failure = Failure(reason: reason)
    self.failure = failure
    shut()
    let waiting = waiting
    self.waiting = []
    for answer in waiting { answer(.failure(failure)) }
  }

  private func shut() {
    if let token { reactor.unwatch(token, descriptor) }
    token = nil
    if descriptor >= 0 { close(descriptor) }
  }
}
