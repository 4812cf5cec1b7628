import Dispatch
import Glibc

/// Sees whether somebody listens.
package enum PortProbe {
  /// How long an answer may take, in milliseconds: three tries of TCP's.
  private static let patience: Int32 = 4000

  /// Whether a TCP connection to the port is accepted from this computer.
  package static func reaches(_ host: String, _ port: Int) async -> Bool {
    await withCheckedContinuation { continuation in
      // The name's address may have to be waited for, where no task of ours is kept from going on.
      DispatchQueue.global().async { continuation.resume(returning: connects(host, port)) }
    }
  }

  private static func connects(_ host: String, _ port: Int) -> Bool {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
      return false
    }
    defer { freeaddrinfo(first) }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(
      first.pointee.ai_family, type | Int32(SOCK_CLOEXEC.rawValue), first.pointee.ai_protocol)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    if connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 { return true }
    guard errno == EINPROGRESS else { return false }
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    var count = poll(&waiting, 1, patience)
    while count < 0, errno == EINTR { count = poll(&waiting, 1, patience) }
    guard count == 1 else { return false }
    var reason: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &length) == 0 && reason == 0
  }
}
