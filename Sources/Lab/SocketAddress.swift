import CPlatform
import Inventories

#if canImport(Glibc)
  import Glibc
#endif

/// Addresses as the socket calls want them.
enum SocketAddress {
  /// Binds a unix socket to a path. False, with `errno`, when that fails.
  static func bind(_ socket: Int32, to path: String) -> Bool {
    withUnixAddress(path) { Glibc.bind(socket, $0, $1) == 0 }
  }

  /// Sends a datagram to the unix socket at a path. False, with `errno`, when that fails.
  static func send(_ bytes: [UInt8], to path: String) -> Bool {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = socket(AF_UNIX, type, 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    return withUnixAddress(path) {
      sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) == bytes.count
    }
  }

  /// Whether a unix socket can be at a path.
  static func fits(_ path: String) -> Bool {
    path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
  }

  private static func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) -> Bool {
    guard fits(path) else {
      errno = ENAMETOOLONG
      return false
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  /// Begins to connect a socket. False, with `errno`, when that fails at once.
  static func connect(_ socket: Int32, to host: IPv4Address, port: Int) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = host.bits.bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
          || errno == EINPROGRESS
      }
    }
  }
}

/// Asks machines whether an SSH server answers at their addresses.
enum SSHGreeting {
  /// Which of the machines greet as SSH servers do, asked all at once, each from the namespace beside
  /// it. Those that have not within the time do not.
  static func answering(
    _ nodes: [(node: LabLayout.Node, namespace: String)], seconds: Int
  ) -> Set<String> {
    let greeting = Array("SSH-2.0-".utf8)
    var open: [(name: String, socket: Int32, got: [UInt8])] = []
    defer { for one in open { close(one.socket) } }
    var answering: Set<String> = []
    for (node, namespace) in nodes {
      let path = MachineRecipe.namespacePath(namespace)
      let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
      let socket = planetbed_socket_in_network_namespace(path, AF_INET, type)
      guard socket >= 0 else { continue }
      open.append((node.name, socket, []))
      if !SocketAddress.connect(socket, to: node.address, port: node.sshPort) {
        close(open.removeLast().socket)
      }
    }
    let deadline = Deadline(seconds: seconds)
    while !open.isEmpty {
      var entries = open.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
      let count = poll(&entries, nfds_t(entries.count), deadline.milliseconds)
      if count == 0 { break }
      if count < 0 { continue }
      var left: [(name: String, socket: Int32, got: [UInt8])] = []
      for (entry, one) in zip(entries, open) {
        var one = one
        guard entry.revents != 0 else {
          left.append(one)
          continue
        }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(one.socket, &buffer, buffer.count, 0)
        if count > 0 { one.got += buffer[..<count] }
        let again = count < 0 && (errno == EAGAIN || errno == EINTR)
        if one.got.starts(with: greeting) {
          answering.insert(one.name)
        } else if again || (count > 0 && one.got.count < greeting.count) {
          left.append(one)
          continue
        }
        close(one.socket)
      }
      open = left
    }
    return answering
  }
}
