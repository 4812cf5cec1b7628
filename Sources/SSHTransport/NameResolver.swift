import CPlatform
import Diagnostics
import Glibc
import Synchronization

/// An address to connect to, in the system's form.
struct SocketAddress: Sendable {
  var family: Int32
  var bytes: [UInt8]

  /// The address of a numeric IPv4 or IPv6 address; nil when the text is a name.
  init?(numeric text: String, port: Int) {
    guard let first = Self.lookUp(text, port: port, flags: AI_NUMERICHOST).addresses.first else {
      return nil
    }
    self = first
  }

  private init(_ info: addrinfo) {
    family = info.ai_family
    bytes = Array(UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
  }

  /// Asks the system; blocks when the text is a name.
  static func lookUp(
    _ name: String, port: Int, flags: Int32
  ) -> (addresses: [SocketAddress], failure: String?) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(name, String(port), &hints, &list)
    guard status == 0 else {
      let reason =
        status == EAI_SYSTEM ? systemMessage(errno) : String(cString: gai_strerror(status))
      return ([], reason)
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let info = next?.pointee {
      addresses.append(SocketAddress(info))
      next = info.ai_next
    }
    return (addresses, nil)
  }
}

/// Resolves names on threads of its own, two at most: the system's resolver blocks, for many
/// seconds when no server answers. A thread ends when there is nothing more to resolve.
final class NameResolver: Sendable {
  private typealias Answer = @Sendable (_ addresses: [SocketAddress], _ failure: String?) -> Void

  private struct Request {
    var name: String
    var port: Int
    var answer: Answer
  }

  private struct State {
    var requests: [Request] = []
    var threads = 0
  }

  private static let threadLimit = 2
  private let state = Mutex(State())

  /// The addresses of a name, in the system's order of preference.
  /// - Throws: `Problem` without a machine when there is none.
  func addresses(of name: String, port: Int) async throws -> [SocketAddress] {
    if let address = SocketAddress(numeric: name, port: port) { return [address] }
    return try await withCheckedThrowingContinuation { continuation in
      ask(name, port) { addresses, failure in
        if let failure {
          continuation.resume(
            throwing: Problem(
              "the name `\(name)` has no address: \(failure)",
              detail: "give `address` in the inventory, or HostName in ~/.ssh/config",
              exitStatus: .failure))
        } else {
          continuation.resume(returning: addresses)
        }
      }
    }
  }

  private func ask(_ name: String, _ port: Int, answer: @escaping Answer) {
    let startsThread = state.withLock { state in
      state.requests.append(Request(name: name, port: port, answer: answer))
      guard state.threads < Self.threadLimit else { return false }
      state.threads += 1
      return true
    }
    guard startsThread else { return }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(self)
    let reason = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        planetbed_name_thread("planetbed-names")
        Unmanaged<NameResolver>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      }, argument.toOpaque())
    if reason == 0 {
      pthread_detach(thread)
    } else {
      argument.release()
      // Without a thread this one does the work: slow is better than never.
      work()
    }
  }

  private func work() {
    while true {
      let request = state.withLock { state -> Request? in
        if state.requests.isEmpty {
          state.threads -= 1
          return nil
        }
        return state.requests.removeFirst()
      }
      guard let request else { return }
      let found = SocketAddress.lookUp(request.name, port: request.port, flags: AI_ADDRCONFIG)
      request.answer(found.addresses, found.failure)
    }
  }
}
