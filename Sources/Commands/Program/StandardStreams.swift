import Diagnostics
import Glibc
import Synchronization

/// Why text that was to be written is lost.
package final class OutputLoss: Sendable {
  private let code = Mutex<Int32>(0)

  /// Nothing is lost yet.
  package init() {}

  /// Notes that a write failed; the first cause is kept.
  func note(_ number: Int32) {
    code.withLock { if $0 == 0 { $0 = number } }
  }

  /// Whether nothing was lost.
  var isNone: Bool { code.withLock { $0 } == 0 }

  /// What to tell, if anything was lost. A reader that has gone away, as `head` does, wanted no more.
  package var problem: Problem? {
    let number = code.withLock { $0 }
    if number == 0 || number == EPIPE { return nil }
    return Problem(
      "the results could not be written to standard output: \(String(cString: strerror(number)))",
      detail:
        "What was done on the machines is done. See that there is room where the output goes.",
      exitStatus: .failure)
  }
}

/// The three files that a process begins with.
package enum StandardStreams {
  /// Puts /dev/null where one of the three was closed: otherwise the next file that is opened takes
  /// its place, and our text is written into that.
  static func occupy() {
    // The lowest free number is given out, so those that are closed are filled from below.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Writes all of it, or as much as is taken; why it was not all is noted.
  package static func write(_ text: String, to descriptor: Int32, _ loss: OutputLoss) {
    write(Array(text.utf8), to: descriptor, loss)
  }

  /// Writes all of it, or as much as is taken; why it was not all is noted.
  package static func write(_ bytes: [UInt8], to descriptor: Int32, _ loss: OutputLoss) {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          return loss.note(errno)
        }
        rest = rest.dropFirst(written)
      }
    }
  }
}
