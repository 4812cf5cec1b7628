import CLibSSH2
import Diagnostics
import Glibc
import Transport

/// What carries a session's bytes: a socket, or a channel inside another session.
protocol Carrier: AnyObject {
  /// Moves on what the session has to send, as far as it can be taken now.
  func flush(_ session: Session)
  /// Ends it, after what can be sent at once.
  func close(_ session: Session)
}

/// Something that lives on a channel of a session.
protocol SessionChannel: AnyObject {
  /// Does what can be done now; true when the channel is gone and can be forgotten.
  func step(_ session: Session) -> Bool
  /// The session ended; libssh2 frees the channel with it.
  func sessionEnded(_ error: any Error)
}

/// One libssh2 session. It never touches a socket: libssh2's send and receive callbacks work on
/// two queues in memory, which a carrier fills and empties. So a session inside a tunnel is the
/// same as one on a socket, and sending never blocks: of libssh2's rule that a call which would
/// block must be repeated before another one on that session, only waiting for answers is left,
/// whose state libssh2 keeps per channel, and per session for a login and for opening channels.
/// Those two are therefore done one at a time (`call`, `openings`).
final class Session {
  /// How far the session is.
  enum Phase {
    /// Connecting and logging in: `call` is what waits.
    case connecting
    /// Logged in: channels may be opened.
    case ready
    /// Over, for this reason.
    case ended(any Error)
  }

  /// A call of libssh2 (or of something outside) that somebody waits for.
  struct Call {
    /// Tries; true when it is done and the one who waits was told.
    var step: () -> Bool
    /// Tells the one who waits that it will never be done.
    var fail: (any Error) -> Void
  }

  /// More than this waiting to be sent, and channels stop writing until it has gone.
  static let enoughToSend = 1 << 18
  /// How many programs may run at once: OpenSSH allows ten sessions (MaxSessions).
  static let programsAtOnce = 8

  let machine: String
  let raw: OpaquePointer
  let reactor: Reactor
  let keepalive: SSHOptions.Keepalive
  /// How long an opening may make others wait.
  let turn: Duration
  /// How many bytes a program may write.
  let outputLimit: Int
  var carrier: (any Carrier)?
  var phase = Phase.connecting
  var isDirty = false

  var inbound = ByteQueue()
  var outbound = ByteQueue()
  /// Why no more bytes will come, once the carrier knows it.
  var inboundEnd: String?
  /// Whether libssh2 reads no further, whatever still lies in `inbound`.
  private var isBroken = false
  /// The first bytes that the server sent, to tell what it offers when no agreement is found.
  var greeting: [UInt8] = []
  /// What the server said when it hung up.
  var farewell: String?

  var call: Call?
  var openings: [Opening] = []
  var channels: [any SessionChannel] = []
  var programLimit = Session.programsAtOnce
  var programs = 0
  /// Makes the receive callback fail once: the only way to have libssh2 give up an opening.
  var failsReceiving = false

  /// What libssh2's callbacks answer during the login, which cannot wait.
  var signing = Signing.idle
  var keyboardAnswer: [UInt8] = []

  var whenEnded: ((any Error) -> Void)?
  private var heard = false
  private var missed = 0
  private var keepaliveTimer: TimerID?
  typealias TimerID = Reactor.TimerID

  /// - Throws: `Problem` when memory is out.
  init(machine: String, reactor: Reactor, options: SSHOptions) throws {
    guard let raw = libssh2_session_init_ex(nil, nil, nil, nil) else {
      throw Problem("libssh2 has no memory for a session", host: machine, exitStatus: .failure)
    }
    self.machine = machine
    self.raw = raw
    self.reactor = reactor
    keepalive = options.keepalive
    turn = options.turnOfMachine
    outputLimit = options.outputLimit
    libssh2_session_set_blocking(raw, 0)
    SessionCallbacks.install(on: self)
  }

  // MARK: - Bytes

  /// Takes what the carrier received.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    heard = true
    if case .connecting = phase, greeting.count < 8192 { greeting.append(contentsOf: bytes) }
    inbound.append(bytes)
    reactor.pumpLater(self)
  }

  /// Takes the news that nothing more will come.
  func receiveEnd(_ reason: String) {
    if inboundEnd == nil { inboundEnd = reason }
    reactor.pumpLater(self)
  }

  var hasRoomToSend: Bool { outbound.count < Self.enoughToSend }

  // MARK: - Driving

  /// Does everything that can be done with what arrived.
  func pump() {
    if case .ended = phase { return }
    if let call, call.step() {
      self.call = nil
      if case .ended = phase { return }
    }
    if case .ready = phase {
      stepOpening()
      stepChannels()
      if case .ended = phase { return }
      // Nothing of libssh2 reads while nothing is asked of it, but the server may ask us
      // (ClientAliveInterval): an opening reads.
      if !inbound.isEmpty, openings.isEmpty, channels.isEmpty { probe() }
    }
    carrier?.flush(self)
    if let inboundEnd, inbound.isEmpty || isBroken { fail(lost(inboundEnd)) }
  }

  private func stepChannels() {
    var index = 0
    while index < channels.count {
      let channel = channels[index]
      if channel.step(self), index < channels.count, channels[index] === channel {
        channels.remove(at: index)
      } else {
        index += 1
      }
    }
  }

  /// Takes the news that libssh2 cannot make sense of what comes: `pump` ends the session.
  func breakOff() {
    isBroken = true
    receiveEnd(lastError)
  }

  /// The error for a connection that is gone.
  func lost(_ reason: String) -> Problem {
    if case .connecting = phase, greeting.isEmpty, carrier is SocketCarrier {
      return Problem(
        "the machine accepts connections but no SSH server answers",
        detail: "\(reason); see that the port is right and that sshd works there",
        host: machine, exitStatus: .failure)
    }
    if let farewell {
      return Problem(
        "the SSH server ended the connection: \(farewell)", host: machine, exitStatus: .failure)
    }
    return Problem(
      "the SSH connection was lost: \(reason)",
      detail: "programs that ran may have been cut off; run it again once the machine is reachable",
      host: machine, exitStatus: .failure)
  }

  /// The words of libssh2 for its last error.
  var lastError: String {
    var text: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    let number = libssh2_session_last_error(raw, &text, &length, 0)
    guard let text, length > 0 else { return "libssh2 error \(number)" }
    let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
    return "\(VisibleText.lines(bytes, limit: 300)) (libssh2 error \(number))"
  }

  /// Starts what keeps a silent peer from being waited for; called once, after the login.
  func becomeReady() {
    phase = .ready
    greeting = []
    libssh2_keepalive_config(raw, 1, 1)
    scheduleKeepalive()
    reactor.pumpLater(self)
  }

  private func scheduleKeepalive() {
    keepaliveTimer = reactor.schedule(after: keepalive.interval) { [weak self] in
      self?.keepaliveTick()
    }
  }

  /// Counts the intervals in which nothing was heard, and asks for a sign of life. Intervals are
  /// counted rather than time, so that a laptop that slept does not take its peers for dead.
  private func keepaliveTick() {
    guard case .ready = phase else { return }
    missed = heard ? 0 : missed + 1
    heard = false
    if missed > keepalive.allowedMisses {
      let silence = keepalive.interval * missed
      fail(
        Problem(
          "the machine fell silent: nothing was heard for \(silence.shortText)",
          detail: "the network between here and there may be cut, or the machine may hang",
          host: machine, exitStatus: .failure))
      return
    }
    if missed > 0 { askForSign() }
    scheduleKeepalive()
  }

  /// While an opening waits, libssh2's own keepalive: its answer would lie in libssh2's queue for
  /// ever, so that it is not used always.
  private func askForSign() {
    if openings.isEmpty {
      probe()
    } else {
      var next: Int32 = 0
      libssh2_keepalive_send(raw, &next)
    }
    reactor.pumpLater(self)
  }

  /// Opens a channel of a type that nobody knows. The refusal is a sign of life, and while it is
  /// waited for libssh2 reads.
  private func probe() {
    openings.append(Opening(.probe, answer: { _ in }))
    reactor.pumpLater(self)
  }

  // MARK: - Ending

  /// Ends the session for a reason; everybody who waits is told. Nothing happens the second time.
  func fail(_ error: any Error) {
    if case .ended = phase { return }
    phase = .ended(error)
    reactor.cancel(keepaliveTimer)
    let waiting = (call: call, openings: openings, channels: channels)
    call = nil
    openings = []
    channels = []
    hangUp()
    // First of all: who is told of the end and connects again must not be given this one.
    whenEnded?(error)
    whenEnded = nil
    waiting.call?.fail(error)
    for opening in waiting.openings { opening.end(.failure(error), reactor: reactor) }
    for channel in waiting.channels { channel.sessionEnded(error) }
  }

  /// Says goodbye as far as that can be sent at once.
  private func hangUp() {
    if inboundEnd == nil {
      libssh2_session_disconnect_ex(raw, SSH_DISCONNECT_BY_APPLICATION, "done", "")
    }
    carrier?.close(self)
    carrier = nil
    inboundEnd = inboundEnd ?? "closed"
    inbound = ByteQueue()
    outbound = ByteQueue()
    keyboardAnswer = []
    signing = .idle
  }

  /// Only now: a login that waited when the session ended may still ask libssh2 what went wrong.
  deinit {
    // Without us behind them, the callbacks fail, so that nothing waits for the other side; the
    // bound is for a libssh2 that thinks otherwise.
    libssh2_session_abstract(raw)?.pointee = nil
    for _ in 0..<1000 {
      if libssh2_session_free(raw) != LIBSSH2_ERROR_EAGAIN { break }
    }
  }
}

extension Duration {
  /// The duration for people, in seconds or milliseconds.
  var shortText: String {
    let (seconds, attoseconds) = components
    if seconds >= 10 || attoseconds == 0 { return "\(seconds) s" }
    return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
  }
}
