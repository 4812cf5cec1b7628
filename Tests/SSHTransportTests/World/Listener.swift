import Foundation

/// A TCP port of loopback that is no SSH server: it says something and hangs up, or says nothing.
final class Listener: Sendable {
  let port: Int
  private let descriptor: Int32
  private let text: String?

  init(saying text: String?) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound, listen(descriptor, 16) == 0 else {
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

  func end() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    // The thread that accepts closes it itself: its number may be another's by then.
    if text == nil { close(descriptor) }
  }
}
