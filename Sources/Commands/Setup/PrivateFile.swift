import Diagnostics
import Glibc

/// A file that nobody but its owner reads unless it is meant for others, and that is there whole or not
/// at all.
enum PrivateFile {
  /// Writes it beside its place, and then puts it there.
  /// - Parameter replaces: whether a file that is there already gives way; else it stays, and the
  ///   result is false.
  /// - Parameter permissions: who may read it, as far as the umask lets them.
  @discardableResult static func write(
    _ bytes: [UInt8], to path: String, replacing replaces: Bool = true,
    permissions: mode_t = 0o600
  ) throws(Problem) -> Bool {
    let temporary = "\(path).\(getpid()).part"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions)
    guard descriptor >= 0 else { throw unwritable(path) }
    defer { unlink(temporary) }
    let loss = OutputLoss()
    StandardStreams.write(bytes, to: descriptor, loss)
    let isWritten = loss.isNone && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten else { throw unwritable(path) }
    if replaces {
      guard rename(temporary, path) == 0 else { throw unwritable(path) }
      return true
    }
    // Unlike rename, link leaves what is there alone.
    if link(temporary, path) == 0 { return true }
    guard errno == EEXIST else { throw unwritable(path) }
    return false
  }

  /// - Throws: `Problem` when `write` could not put a file there.
  static func checkWritable(_ path: String) throws(Problem) {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      errno = EISDIR
    } else if access(String(folder), W_OK) == 0 {
      return
    }
    throw unwritable(path)
  }

  /// The first bytes of a file; nil when there is none that can be read.
  static func beginning(of path: String, count: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let number = read(descriptor, &bytes, count)
    return number < 0 ? nil : String(decoding: bytes[..<number], as: UTF8.self)
  }

  private static func unwritable(_ path: String) -> Problem {
    let reason = String(cString: strerror(errno))
    return Problem("cannot write \(path)", detail: reason, exitStatus: .usage)
  }
}
