import Foundation
import Synchronization

/// A TCP port of loopback that is no SSH server: it says something and hangs up, or says nothing.
final class Listener: Sendable {
  let port: Int
  private let descriptor: Int32
  private let text: String?
  private let callers = Mutex<[Int32]>([])

  init(saying text: String?, backlog: Int32 = 16) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound, listen(descriptor, backlog) == 0 else {
      throw ChildProcess.Failed(description: "no port: errno \(errno)")
    }
    self.descriptor = descriptor
    self.text = text
    port = Int(UInt16(bigEndian: address.sin_port))
    guard let text else { return }
    Thread.detachNewThread {
      while true {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { break }
        let bytes = Array(text.utf8)
        _ = write(client, bytes, bytes.count)
        shutdown(client, Int32(SHUT_WR))
        // Until the client has gone: a reset might overtake what was said.
        var rest = [UInt8](repeating: 0, count: 1024)
        while read(client, &rest, rest.count) > 0 { continue }
        close(client)
      }
      close(descriptor)
    }
  }

  /// A port whose queue is full: the kernel answers no more calls, as if the machine were dead.
  static func full() throws -> Listener {
    let listener = try Listener(saying: nil, backlog: 0)
    for _ in 0..<4 {
      let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      var address = loopback(port: listener.port)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(caller, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      listener.callers.withLock { $0.append(caller) }
    }
    return listener
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = UInt16(port).bigEndian
    return address
  }

  func end() {
    for caller in callers.withLock({ $0 }) { close(caller) }
    shutdown(descriptor, Int32(SHUT_RDWR))
    // The thread that accepts closes it itself: its number may be another's by then.
    if text == nil { close(descriptor) }
  }
}
