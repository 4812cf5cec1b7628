import CPlatform
import Diagnostics
import Glibc
import Synchronization

/// The thread of an event loop: it runs the jobs of its actor, waits for descriptors and timers,
/// and hands what happened to the actor's reactor.
///
/// libssh2 allows a session to be used by one thread only. All that touches one is isolated to the
/// actor `SessionLoop`, and this is that actor's executor: the compiler keeps the rule.
final class LoopThread: SerialExecutor {
  private struct Work {
    var jobs: [UnownedJob] = []
    /// Weak: the thread must not keep the actor alive, whose end is the end of the thread.
    weak var loop: SessionLoop?
    var stopped = false
  }

  /// A descriptor that became ready: the token that it was registered with, and epoll's flags.
  struct Readiness: Sendable {
    var token: UInt64
    var events: UInt32
  }

  /// The token of the descriptor that wakes the thread.
  static let wakeToken: UInt64 = 0

  let epoll: Int32
  private let wake: Int32
  private let work = Mutex(Work())
  /// The thread's pthread_t; 0 until it runs.
  private let identity = Atomic<UInt>(0)

  /// - Throws: `Problem` when the process is out of descriptors.
  init() throws {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    var event = epoll_event(
      events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeToken))
    guard epoll >= 0, wake >= 0, epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) == 0 else {
      let reason = errno
      Glibc.close(epoll)
      Glibc.close(wake)
      throw Self.noLoop(reason)
    }
  }

  private static func noLoop(_ reason: Int32) -> Problem {
    Problem(
      "the event loop for SSH cannot be made: \(systemMessage(reason))",
      detail: "see the limits of this process (`ulimit -a`)", exitStatus: .failure)
  }

  /// Starts the thread for an actor; called once.
  func start(for loop: SessionLoop, number: Int) throws {
    work.withLock { $0.loop = loop }
    let argument = Unmanaged.passRetained(ThreadStart(thread: self, number: number))
    var thread = pthread_t()
    let reason = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
        planetbed_name_thread("planetbed-ssh-\(start.number)")
        start.thread.run()
        return nil
      }, argument.toOpaque())
    guard reason == 0 else {
      argument.release()
      Glibc.close(epoll)
      Glibc.close(wake)
      throw Self.noLoop(reason)
    }
    pthread_detach(thread)
  }

  private final class ThreadStart {
    let thread: LoopThread
    let number: Int
    init(thread: LoopThread, number: Int) {
      self.thread = thread
      self.number = number
    }
  }

  /// Ends the thread once its jobs are done; called when the actor is gone.
  func stop() {
    work.withLock { work in
      work.stopped = true
      awaken()
    }
  }

  /// Under the lock that the thread must take before it ends: it closes the descriptor, whose number
  /// may be another one's right after.
  private func awaken() {
    var one: UInt64 = 1
    _ = Glibc.write(wake, &one, MemoryLayout<UInt64>.size)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    work.withLock { work in
      work.jobs.append(job)
      if work.jobs.count == 1 { awaken() }
    }
  }

  func isIsolatingCurrentContext() -> Bool? {
    identity.load(ordering: .relaxed) == UInt(pthread_self())
  }

  func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "an SSH session was used off its thread")
  }

  private func run() {
    identity.store(UInt(pthread_self()), ordering: .relaxed)
    // Signals belong to the threads of the program, which know what to do with them.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)

    var events = [epoll_event](repeating: epoll_event(), count: 256)
    var timeout: Int32 = -1
    while true {
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
      var ready: [Readiness] = []
      for event in events.prefix(Int(max(0, count))) {
        if event.data.u64 == Self.wakeToken {
          var value: UInt64 = 0
          _ = Glibc.read(wake, &value, MemoryLayout<UInt64>.size)
        } else {
          ready.append(Readiness(token: event.data.u64, events: event.events))
        }
      }
      let jobs = work.withLock { work in
        defer { work.jobs.removeAll() }
        return work.jobs
      }
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
      guard let loop = work.withLock({ $0.loop }) else {
        if work.withLock({ $0.stopped && $0.jobs.isEmpty }) { break }
        timeout = -1
        continue
      }
      timeout = loop.assumeIsolated { [ready] in $0.reactor.turn(ready) }
    }
    Glibc.close(epoll)
    Glibc.close(wake)
  }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
  guard let text = strerror(number) else { return "error \(number)" }
  return String(cString: text)
}
