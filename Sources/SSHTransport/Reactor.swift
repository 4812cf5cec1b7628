import CPlatform
import Diagnostics
import Glibc

/// What an event loop waits for: descriptors, timers, and sessions that have something to do.
/// It belongs to the actor `SessionLoop` and is used on its thread only.
final class Reactor {
  /// What names a timer, to cancel it.
  struct TimerID: Hashable {
    fileprivate var number: UInt64
  }

  private struct Timer {
    var due: SuspendingClock.Instant
    var id: TimerID
  }

  private let epoll: Int32
  /// A descriptor of this loop, for calls that insist on one.
  var descriptor: Int32 { epoll }
  private let clock = SuspendingClock()
  private var handlers: [UInt64: (UInt32) -> Void] = [:]
  private var lastNumber = LoopThread.wakeToken
  /// Sorted, the next one last. A cancelled timer stays until it is due, without its action.
  private var timers: [Timer] = []
  private var actions: [TimerID: () -> Void] = [:]
  private var dirty: [Session] = []

  init(epoll: Int32) {
    self.epoll = epoll
  }

  // MARK: - Descriptors

  /// Calls `handler` with epoll's flags whenever the descriptor is ready; returns the token.
  func watch(
    _ descriptor: Int32, for events: UInt32, handler: @escaping (UInt32) -> Void
  ) throws -> UInt64 {
    lastNumber += 1
    var event = epoll_event(events: events, data: epoll_data_t(u64: lastNumber))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
      throw Problem(
        "a connection cannot be watched: \(systemMessage(errno))", exitStatus: .failure)
    }
    handlers[lastNumber] = handler
    return lastNumber
  }

  /// Changes what a watched descriptor is waited for.
  func change(_ token: UInt64, _ descriptor: Int32, to events: UInt32) {
    var event = epoll_event(events: events, data: epoll_data_t(u64: token))
    epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
  }

  /// Watches the descriptor no longer; it is about to be closed.
  func unwatch(_ token: UInt64, _ descriptor: Int32) {
    handlers[token] = nil
    var event = epoll_event()
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
  }

  // MARK: - Timers

  /// Calls `action` once when the time has passed.
  func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerID {
    lastNumber += 1
    let timer = Timer(due: clock.now.advanced(by: delay), id: TimerID(number: lastNumber))
    var low = 0
    var high = timers.count
    while low < high {
      let middle = (low + high) / 2
      if timers[middle].due > timer.due { low = middle + 1 } else { high = middle }
    }
    timers.insert(timer, at: low)
    actions[timer.id] = action
    return timer.id
  }

  /// Forgets a timer; nothing happens when it is gone already.
  func cancel(_ timer: TimerID?) {
    if let timer { actions[timer] = nil }
  }

  // MARK: - Turns

  /// Has the session look at what arrived and what waits, before the loop sleeps again. Sessions
  /// are never driven from inside one another: a tunnel makes its two sessions call each other.
  func pumpLater(_ session: Session) {
    guard !session.isDirty else { return }
    session.isDirty = true
    dirty.append(session)
  }

  /// Handles what is ready and due; returns how long the loop may sleep, in milliseconds, -1 for
  /// ever.
  func turn(_ ready: [LoopThread.Readiness]) -> Int32 {
    for one in ready { handlers[one.token]?(one.events) }
    pumpDirty()
    let now = clock.now
    while let timer = timers.last, timer.due <= now || actions[timer.id] == nil {
      timers.removeLast()
      actions.removeValue(forKey: timer.id)?()
    }
    pumpDirty()
    guard let next = timers.last else { return -1 }
    let (seconds, attoseconds) = (next.due - clock.now).components
    // Rounded up: a loop that wakes a little early would spin until the timer is due.
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
    return Int32(clamping: max(0, milliseconds))
  }

  private func pumpDirty() {
    while !dirty.isEmpty {
      let round = dirty
      dirty.removeAll(keepingCapacity: true)
      for session in round {
        session.isDirty = false
        session.pump()
      }
    }
  }
}
