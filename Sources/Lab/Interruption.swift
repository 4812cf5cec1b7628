import Diagnostics
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Tells work that blocks that it is to stop: a descriptor, readable from then on, that every wait
/// includes.
final class Interruption: Sendable {
  /// Readable once the work is to stop: the end of a pipe into which nothing is written, and whose
  /// other end is closed then.
  let descriptor: Int32
  private let other: Mutex<Int32>

  /// Throws when the computer has no descriptor left.
  init() throws(Problem) {
    let ends = try Descriptors.pipe()
    descriptor = ends.reading
    other = Mutex(ends.writing)
  }

  deinit {
    set()
    close(descriptor)
  }

  /// The work is to stop.
  func set() {
    other.withLock {
      if $0 >= 0 { close($0) }
      $0 = -1
    }
  }

  /// Throws when the work is to stop.
  func check() throws(Problem) {
    if other.withLock({ $0 < 0 }) { throw Self.problem }
  }

  /// What the user is told.
  static var problem: Problem {
    Problem(
      "interrupted", detail: "The same command again goes on from here.",
      exitStatus: .interrupted)
  }

  /// Runs work that blocks on a thread of its own, away from the threads that Swift's concurrency
  /// shares, and has it stop when the calling task is cancelled.
  static func withBlockingWork<Result: Sendable>(
    _ work: @escaping @Sendable (Interruption) throws(Problem) -> Result
  ) async throws -> Result {
    let interruption = try Interruption()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "planetbed.lab").async {
          do {
            continuation.resume(returning: try work(interruption))
          } catch {
            continuation.resume(throwing: error)
          }
        }
      }
    } onCancel: {
      interruption.set()
    }
  }

  /// Does the same to each element, a few at a time, and throws the first problem met.
  static func forEach<Element: Sendable>(
    _ elements: [Element], _ work: @Sendable (Element) throws(Problem) -> Void
  ) throws(Problem) {
    let first = Mutex<Problem?>(nil)
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
      guard first.withLock({ $0 == nil }) else { return }
      do throws(Problem) {
        try work(elements[index])
      } catch {
        first.withLock { $0 = $0 ?? error }
      }
    }
    if let problem = first.withLock({ $0 }) { throw problem }
  }
}

/// Makes descriptors that no child inherits.
enum Descriptors {
  /// A pipe's two ends. Throws when the computer has no descriptor left.
  static func pipe() throws(Problem) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    if Glibc.pipe(&ends) != 0 { throw Problem.system("cannot make a pipe", errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Two connected stream sockets. Throws when the computer has no descriptor left.
  static func sockets() throws(Problem) -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    if socketpair(AF_UNIX, type, 0, &ends) != 0 {
      throw Problem.system("cannot make a pair of sockets", errno)
    }
    return (ends[0], ends[1])
  }
}

extension Problem {
  /// A call into the system failed: what was tried, and `errno` in words.
  static func system(_ summary: String, _ number: Int32) -> Problem {
    Problem(summary, detail: String(cString: strerror(number)) + ".", exitStatus: .failure)
  }
}
