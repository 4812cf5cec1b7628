import CLibSSH2
import Diagnostics

/// Why a channel was not opened, while the session itself is whole.
struct OpeningRefused: Error {
  /// libssh2's words, with the server's reason.
  var reason: String
}

/// The wish for a channel. libssh2 keeps the state of an opening per session, so that they wait
/// for one another; one that nobody wants any more is answered all the same, and closed.
final class Opening {
  enum Kind: Equatable {
    /// A channel to run a program on.
    case program
    /// A connection from the server to an address.
    case tunnel(host: String, port: Int)
    /// A type that no server knows, for the sake of its answer.
    case probe
  }

  /// How long a machine behind a router may keep the others from being connected to.
  static let turn = Duration.seconds(10)
  static let window: UInt32 = 2 << 20
  static let packet: UInt32 = 32768

  let kind: Kind
  /// Called when its turn came; nil once it has.
  var whenStarted: (() -> Void)?
  private var answer: ((Result<OpaquePointer, any Error>) -> Void)?
  fileprivate(set) var isStarted = false
  /// Whether it has had its turn, and others need not wait for it any more.
  fileprivate var isOverdue = false
  fileprivate var timer: Reactor.TimerID?

  init(
    _ kind: Kind, whenStarted: (() -> Void)? = nil,
    answer: ((Result<OpaquePointer, any Error>) -> Void)? = nil
  ) {
    self.kind = kind
    self.whenStarted = whenStarted
    self.answer = answer
  }

  /// Says who is told of the answer.
  func whenAnswered(_ answer: @escaping (Result<OpaquePointer, any Error>) -> Void) {
    self.answer = answer
  }

  var isAbandoned: Bool { answer == nil }

  /// Nobody waits for it any more.
  func abandon() {
    answer = nil
    whenStarted = nil
  }

  func end(_ result: Result<OpaquePointer, any Error>, reactor: Reactor) {
    reactor.cancel(timer)
    let answer = answer
    abandon()
    answer?(result)
  }

  /// Goes back into the queue.
  fileprivate func waitAgain(_ reactor: Reactor) {
    reactor.cancel(timer)
    isStarted = false
    isOverdue = false
  }

  /// The channel type and the rest of the request (RFC 4254, sections 5.1, 6.1 and 7.2).
  fileprivate var request: (type: String, message: [UInt8]) {
    switch kind {
    case .program: return ("session", [])
    case .probe: return ("keepalive@planetbed", [])
    case .tunnel(let host, let port):
      var message = WireWriter()
      message.string(Array(host.utf8))
      message.number(UInt32(clamping: port))
      message.string(Array("127.0.0.1".utf8))
      message.number(0)
      return ("direct-tcpip", message.bytes)
    }
  }
}

extension Session {
  /// Asks for a channel; `pump` sees to it.
  func open(_ opening: Opening) {
    if case .ended(let error) = phase {
      opening.end(.failure(error), reactor: reactor)
      return
    }
    openings.append(opening)
    reactor.pumpLater(self)
  }

  /// Goes on with the opening whose turn it is, and with the next ones when it is answered.
  func stepOpening() {
    while startNextOpening(), let opening = openings.first {
      var raw = tryOpening(opening)
      if raw == nil, libssh2_session_last_errno(self.raw) == LIBSSH2_ERROR_EAGAIN {
        guard opening.isOverdue, openings.count > 1 else { return }
        // libssh2 has no call to give an opening up; one error while receiving does it, and
        // leaves the session as it was. An answer that comes too late lies in its queue.
        failsReceiving = true
        raw = tryOpening(opening)
        failsReceiving = false
      }
      openings.removeFirst()
      guard conclude(opening, raw) else { return }
    }
  }

  /// Puts the opening whose turn it is in front; false when there is none.
  private func startNextOpening() -> Bool {
    if openings.first?.isStarted == true { return true }
    openings.removeAll { $0.isAbandoned && $0.kind != .probe }
    guard
      let index = openings.firstIndex(where: { $0.kind != .program || programs < programLimit })
    else { return false }
    let opening = openings.remove(at: index)
    openings.insert(opening, at: 0)
    opening.isStarted = true
    opening.whenStarted?()
    opening.whenStarted = nil
    opening.timer = reactor.schedule(after: Opening.turn) { [weak self, weak opening] in
      guard let self, let opening else { return }
      opening.isOverdue = true
      reactor.pumpLater(self)
    }
    return true
  }

  private func tryOpening(_ opening: Opening) -> OpaquePointer? {
    let request = opening.request
    return request.message.withUnsafeBytes { message in
      libssh2_channel_open_ex(
        raw, request.type, UInt32(request.type.utf8.count), Opening.window, Opening.packet,
        message.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(message.count))
    }
  }

  /// Tells how an opening ended; false when the session ended with it.
  private func conclude(_ opening: Opening, _ channel: OpaquePointer?) -> Bool {
    if let channel {
      if opening.kind == .program { programs += 1 }
      if opening.isAbandoned || opening.kind == .probe {
        channels.append(ClosingChannel(channel, wasProgram: opening.kind == .program))
      }
      opening.end(.success(channel), reactor: reactor)
      return true
    }
    switch libssh2_session_last_errno(raw) {
    case LIBSSH2_ERROR_CHANNEL_FAILURE:
      if opening.kind == .program, programs > 0, !opening.isAbandoned {
        // The server allows fewer sessions than OpenSSH's ten: wait for one of ours to end.
        programLimit = programs
        opening.waitAgain(reactor)
        openings.append(opening)
      } else {
        opening.end(.failure(OpeningRefused(reason: lastError)), reactor: reactor)
      }
      return true
    case LIBSSH2_ERROR_SOCKET_RECV where opening.isOverdue, LIBSSH2_ERROR_TIMEOUT:
      let reason = "no answer within \(Opening.turn.shortText), and other machines wait"
      opening.end(.failure(OpeningRefused(reason: reason)), reactor: reactor)
      return true
    default:
      let error = lost(lastError)
      opening.end(.failure(error), reactor: reactor)
      fail(error)
      return false
    }
  }
}

/// A channel that nobody uses any more, until the server has let go of it too.
final class ClosingChannel: SessionChannel {
  private let channel: OpaquePointer
  private let wasProgram: Bool

  init(_ channel: OpaquePointer, wasProgram: Bool) {
    self.channel = channel
    self.wasProgram = wasProgram
  }

  func step(_ session: Session) -> Bool {
    guard libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN else { return false }
    if wasProgram { session.programClosed() }
    return true
  }

  func sessionEnded(_ error: any Error) {}
}

extension Session {
  /// A program's channel is gone: another may be opened.
  func programClosed() {
    programs -= 1
    reactor.pumpLater(self)
  }
}
