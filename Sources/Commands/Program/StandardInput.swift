import Diagnostics
import Dispatch
import Glibc

/// What is piped in.
package struct StandardInput: Sendable {
  /// Whether it is a terminal, so that nothing is.
  package var isTerminal: @Sendable () -> Bool
  /// Reads all of it, to its end.
  package var readAll: @Sendable () async throws -> [UInt8]

  /// What is piped in.
  package init(
    isTerminal: @escaping @Sendable () -> Bool,
    readAll: @escaping @Sendable () async throws -> [UInt8]
  ) {
    self.isTerminal = isTerminal
    self.readAll = readAll
  }

  /// As much is taken: it travels inside the program that the machine is sent.
  static let limit = 64 << 20

  /// That of the process.
  package static let process = StandardInput {
    isatty(STDIN_FILENO) == 1
  } readAll: {
    // Where a wait keeps no task of ours from going on.
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try read(STDIN_FILENO) })
      }
    }
  }

  private static func read(_ descriptor: Int32) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw Problem(
          "standard input cannot be read", detail: String(cString: strerror(errno)),
          exitStatus: .usage)
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > limit {
        throw Problem(
          "standard input has more than \(limit >> 20) MiB",
          detail: "Copy it to the master, and name the file there.", exitStatus: .usage)
      }
    }
  }
}
