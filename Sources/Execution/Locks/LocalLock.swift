import Diagnostics
import Glibc
import Synchronization

/// The lock against a second run on this computer: `flock` on a file of the state folder, which
/// the kernel frees when the holder ends, however it ends.
package final class LocalLock: Sendable {
  private let descriptor: Mutex<Int32?>

  /// Takes the lock of the folder, which must have been prepared.
  /// - Parameters:
  ///   - holder: what a second run tells its user: `anna@laptop`.
  ///   - verb: what the run does: `apply`.
  ///   - since: milliseconds since 1970.
  ///   - name: the file's name; a run that lasts long and has others do its changes has one of its own.
  /// - Throws: `Problem` naming the holder when another run has it, or when the file cannot be used.
  package init(
    in folder: StateFolder, holder: String, verb: String, since: Int64, name: String = "lock"
  ) throws(Problem) {
    let path = folder.path + "/" + name
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.unusable(path, errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let data = Self.contents(of: descriptor)
      close(descriptor)
      guard reason == EWOULDBLOCK else { throw Self.unusable(path, reason) }
      throw Self.held(data)
    }
    let data = Array("\(getpid())\n\(verb)\n\(holder)\n\(OperatorClock.text(since))\n".utf8)
    guard ftruncate(descriptor, 0) == 0, write(descriptor, data, data.count) == data.count else {
      let reason = errno
      close(descriptor)
      throw Self.unusable(path, reason)
    }
    self.descriptor = Mutex(descriptor)
  }

  /// Gives the lock back. May be called twice.
  package func release() {
    descriptor.withLock { held in
      if let open = held {
        // Closing alone would leave it to a child that is between its fork and its exec.
        flock(open, LOCK_UN)
        close(open)
      }
      held = nil
    }
  }

  deinit { release() }

  private static func contents(of descriptor: Int32) -> [String] {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      .split(separator: "\n").map { VisibleText.line($0, limit: 200) }
  }

  private static func held(_ data: [String]) -> Problem {
    // The holder may have the lock and not yet have written who it is.
    guard data.count == 4 else {
      return Problem(
        "another planetbed run of this testbed is at work on this computer",
        detail: "Wait for its end.", exitStatus: .failure)
    }
    return Problem(
      "another planetbed run of this testbed is at work on this computer: "
        + "\(data[1]) by \(data[2]), process \(data[0]), since \(data[3])",
      detail: "Wait for its end, or stop it with Ctrl-C where it runs "
        + "(kill -INT \(data[0])): it finishes its current steps first.",
      exitStatus: .failure)
  }

  private static func unusable(_ path: String, _ code: Int32) -> Problem {
    Problem(
      "cannot use the lock file \(path): \(String(cString: strerror(code)))",
      detail: "Mend its permissions or free some room on its disk.", exitStatus: .failure)
  }
}
