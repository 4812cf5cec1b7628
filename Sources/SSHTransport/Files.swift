import Diagnostics
import Glibc

/// Reads a small file whole; nil when it is not there.
/// - Throws: `Problem` when it cannot be read or is larger than `limit` bytes.
func readFile(_ path: String, limit: Int = 16 << 20) throws -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
  if descriptor < 0, errno == ENOENT || errno == ENOTDIR { return nil }
  guard descriptor >= 0 else { throw unreadable(path, systemMessage(errno)) }
  defer { close(descriptor) }
  return try readAll(descriptor, path: path, limit: limit)
}

/// Reads an open file to its end.
func readAll(_ descriptor: Int32, path: String, limit: Int = 16 << 20) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw unreadable(path, systemMessage(errno))
    }
    bytes += chunk[..<count]
    if bytes.count > limit { throw unreadable(path, "it is larger than \(limit >> 20) MiB") }
  }
}

private func unreadable(_ path: String, _ reason: String) -> Problem {
  Problem("\(path) cannot be read: \(reason)", exitStatus: .usage)
}
