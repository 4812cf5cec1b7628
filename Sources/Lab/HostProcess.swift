import CPlatform
import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// A process of this computer, held by a descriptor: it never comes to mean another one, however
/// often its number is given away again.
final class HostProcess: Sendable {
  /// Its process id.
  let id: pid_t
  /// Readable when it has ended.
  let descriptor: Int32

  /// The process of that number; nil when there is none.
  init?(id: pid_t) {
    let descriptor = planetbed_process_descriptor(id)
    if descriptor < 0 { return nil }
    self.id = id
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The process that a record, `/proc/<pid>/stat` as it was then, is of; nil when it has ended,
  /// though another one may have its number now.
  static func of(record: String) -> HostProcess? {
    guard let then = ProcessStat(record), let process = HostProcess(id: then.id),
      let now = ProcessStat(FileTree.read("/proc/\(then.id)/stat") ?? ""),
      now.startTime == then.startTime, !now.hasEnded
    else { return nil }
    return process
  }

  /// Sends a signal; nothing happens when the process has ended.
  func signal(_ number: Int32) { _ = planetbed_signal_process(descriptor, number) }

  /// Waits until all have ended or the time is over; returns those that have not ended. Children of
  /// this process are taken leave of.
  static func waitForEnd(
    of processes: [HostProcess], seconds: Int, interruption: Interruption
  ) throws(Problem) -> [HostProcess] {
    let deadline = Deadline(seconds: seconds)
    var left = processes
    while !left.isEmpty {
      var entries =
        left.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        + [pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0)]
      let count = poll(&entries, nfds_t(entries.count), deadline.milliseconds)
      if count == 0 { break }
      if count < 0 { continue }
      try interruption.check()
      for (process, entry) in zip(left, entries) where entry.revents != 0 {
        waitpid(process.id, nil, WNOHANG)
      }
      left = zip(left, entries).filter { $1.revents == 0 }.map(\.0)
    }
    return left
  }

  /// Waits until the ended processes are gone from the process table too, which is for their parent
  /// to do: the computer's init, once the planetbed that started them has ended. Some inits take a
  /// second; one that never does is not waited for beyond the time. Linux wakes the waiting up from
  /// 6.9 on; before that, only looking again tells.
  static func waitUntilGone(_ processes: [HostProcess], seconds: Int) {
    let deadline = Deadline(seconds: seconds)
    while deadline.milliseconds > 0 {
      let left = processes.filter { process in
        waitpid(process.id, nil, WNOHANG)
        return planetbed_signal_process(process.descriptor, 0) == 0
      }
      if left.isEmpty { return }
      var entries = left.prefix(1).map { pollfd(fd: $0.descriptor, events: 0, revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), min(100, deadline.milliseconds))
    }
  }

  /// The processes whose parent is this one.
  var children: [pid_t] {
    FileTree.names(in: "/proc").compactMap { pid_t($0) }.filter {
      ProcessStat(FileTree.read("/proc/\($0)/stat") ?? "")?.parent == id
    }
  }
}

/// What planetbed needs of a `/proc/<pid>/stat`.
struct ProcessStat: Sendable, Hashable {
  /// The process id.
  var id: pid_t
  /// Whether it is a zombie: ended, and not yet taken leave of by its parent.
  var hasEnded: Bool
  /// Its parent's process id.
  var parent: pid_t
  /// When it started, in clock ticks since the computer did.
  var startTime: UInt64

  /// The fields of a line; nil when it is none. The second field is the program's name in
  /// parentheses, which may hold spaces and parentheses itself.
  init?(_ line: String) {
    guard let name = line.lastIndex(of: ")"), let id = pid_t(line.prefix { $0 != " " }), id > 0
    else { return nil }
    let fields = line[line.index(after: name)...].split(whereSeparator: \.isWhitespace)
    guard fields.count >= 20, let parent = pid_t(fields[1]), let start = UInt64(fields[19]) else {
      return nil
    }
    self.id = id
    hasEnded = fields[0] == "Z" || fields[0] == "X"
    self.parent = parent
    startTime = start
  }
}

/// A moment after which waiting is over, by the clock that nobody sets.
struct Deadline: Sendable {
  private let moment: ContinuousClock.Instant

  init(seconds: Int) { moment = .now + .seconds(seconds) }

  /// What is left, as poll(2) wants it: never negative, so that it never means for ever.
  var milliseconds: Int32 {
    let left = ContinuousClock.now.duration(to: moment)
    let (seconds, attoseconds) = left.components
    return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
  }
}
