import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// A lock that the kernel lets go of when its holder ends, however it ends.
final class FileLock: Sendable {
  private let path: String
  private let file: Int32

  /// Takes the lock on a file, which is made when it is not there; `waiting` is called when somebody
  /// else has it and this one waits. Throws when `interruption` says so meanwhile.
  init(
    _ path: String, interruption: Interruption, waiting: () -> Void
  ) throws(Problem) {
    self.path = path
    var hasWaited = false
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard file >= 0 else { throw Problem.system("cannot open the lock \(path)", errno) }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        // Its last holder may have removed the file: then this is a lock on nothing.
        var held = stat()
        var named = stat()
        if fstat(file, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
          self.file = file
          return
        }
        close(file)
        continue
      }
      let reason = errno
      close(file)
      guard reason == EWOULDBLOCK else {
        throw Problem.system("cannot take the lock \(path)", reason)
      }
      if !hasWaited { waiting() }
      hasWaited = true
      // A program waits, since it can be ended when the user has waited enough; flock(2) in this
      // process cannot.
      _ = try HostCommand("flock", [path, "true"]).runToEnd(interruption)
    }
  }

  /// Removes the file while the lock is held, so that no trace of it stays.
  func remove() { unlink(path) }

  deinit { close(file) }
}
