import CLibSSH2
import Diagnostics
import Glibc
import ShellPrograms
import Transport

/// How a program's channel ended.
enum ProgramOutcome: Sendable {
  /// The program was started, and ended.
  case ran(ProgramResult)
  /// The shell that was to start it ended without doing so, after saying this.
  case neverStarted(ProgramResult)
}

/// What runs a program: the command that starts a shell, and how the program's text gets to it.
struct ProgramStart: Sendable {
  /// The shell's loop: it says on both streams that it is there, so that what start-up files and
  /// sudo wrote before can be told from what the program writes, then reads its program.
  ///
  /// The login shell that takes the command may be sh, bash, csh or fish: these agree on single
  /// quotes around text without quotes, exclamation marks, backslashes and line feeds.
  static let marker = "planetbed: the shell is ready"
  static let shell = "sh -c 'echo \"\(marker)\"; echo \"\(marker)\" >&2; eval \"$(cat)\"'"
  /// What sudo asks for a password with.
  static let passwordPrompt = "planetbed-sudo-password:"

  /// The loop of a shell whose program is talked with: it reads its program up to a line of its own,
  /// and leaves what follows to the program. sh's `read` takes no byte beyond the line (POSIX.1-2017,
  /// read: standard input that cannot be seeked).
  static let talkingShell =
    "sh -c 'echo \"\(marker)\"; echo \"\(marker)\" >&2; end=$(echo; echo .); end=${end%.}; text=; "
    + "while IFS= read -r line; do case $line in \"\(lastLine)\") break;; esac; "
    + "text=$text$line$end; done; eval \"$text\"'"
  /// What follows the program there.
  static let lastLine = "planetbed: the program ends"

  /// Who starts the shell.
  enum Way: Sendable, Hashable {
    /// The login shell.
    case plain
    /// sudo, which must not ask for a password.
    case sudo
    /// sudo, which reads a password from standard input.
    case sudoWithPassword
  }

  /// What the login shell is told to run.
  let command: String
  /// Whether the text is sent only once the shell is there: sudo reads a password before.
  let awaitsShell: Bool
  /// Whether the program is talked with.
  let isTalkedWith: Bool

  init(_ way: Way, isTalkedWith: Bool = false) {
    let shell = isTalkedWith ? Self.talkingShell : Self.shell
    self.isTalkedWith = isTalkedWith
    awaitsShell = way == .sudoWithPassword
    command =
      switch way {
      case .plain: shell
      case .sudo: "env LC_ALL=C sudo -n -- \(shell)"
      case .sudoWithPassword: "env LC_ALL=C sudo -k -S -p \(Self.passwordPrompt) -- \(shell)"
      }
  }

  /// The bytes that bring the shell its program.
  func bytes(of text: String) -> [UInt8] {
    Array((isTalkedWith ? text + "\n\(Self.lastLine)\n" : text).utf8)
  }
}

/// A program on a channel: its text goes to standard input, its output is kept and handed on.
final class ProgramChannel: SessionChannel {
  /// How far it is.
  private enum State {
    /// The channel is asked for.
    case opening(Opening)
    /// The shell is asked for; its answer is not waited for before the program is sent.
    case starting(OpaquePointer)
    /// The program runs, or is still being sent.
    case running(OpaquePointer)
    /// Both streams are at their end: the exit status came, or comes before the close.
    case ending(OpaquePointer)
    /// Nobody waits any more; the server still has to let go.
    case closing(OpaquePointer)
    /// Gone.
    case closed
  }

  /// How many bytes may come before the shell is there.
  static let noiseLimit = 1 << 20
  private static let chunk = 32768

  private var state: State
  private unowned let session: Session
  private let start: ProgramStart
  private let text: [UInt8]
  private let onOutput: (OutputChunk) -> Void
  private var finish: ((Result<ProgramOutcome, any Error>) -> Void)?
  /// Called when sudo asks for a password, with how often it has.
  var onPasswordPrompt: ((Int) -> Void)?
  /// Called when the shell is there.
  var onShell: (() -> Void)?

  private var input = ByteQueue()
  private var inputIsComplete = false
  private var sentEnd = false
  /// How many bytes the write that would block was called with: it must be repeated as it was.
  private var pendingWrite: Int?
  private var output = StreamAfterMarker()
  private var errors = StreamAfterMarker()
  private var prompts = 0

  init(
    _ session: Session, start: ProgramStart, text: String,
    onOutput: @escaping (OutputChunk) -> Void,
    finish: @escaping (Result<ProgramOutcome, any Error>) -> Void
  ) {
    self.session = session
    self.start = start
    self.text = start.bytes(of: text)
    self.onOutput = onOutput
    self.finish = finish
    let opening = Opening(.program, answer: { _ in })
    state = .opening(opening)
    opening.whenAnswered { [weak self] result in self?.opened(result) }
    if !start.awaitsShell { sendProgram() }
    session.open(opening)
  }

  private func opened(_ result: Result<OpaquePointer, any Error>) {
    switch result {
    case .success(let channel):
      state = .starting(channel)
      session.channels.append(self)
      session.reactor.pumpLater(session)
    case .failure(let refused as OpeningRefused):
      state = .closed
      end(
        .failure(
          Problem(
            "the SSH server opens no session",
            detail: "it answered: \(refused.reason); see MaxSessions in the machine's sshd_config",
            host: session.machine, exitStatus: .failure)))
    case .failure(let error):
      state = .closed
      end(.failure(error))
    }
  }

  private func end(_ result: Result<ProgramOutcome, any Error>) {
    let finish = finish
    self.finish = nil
    onPasswordPrompt = nil
    onShell = nil
    finish?(result)
  }

  /// Gives the program up.
  func abandon(_ error: any Error) {
    switch state {
    case .opening(let opening):
      opening.abandon()
      state = .closed
    case .starting(let channel), .running(let channel), .ending(let channel):
      state = .closing(channel)
      session.reactor.pumpLater(session)
    case .closing, .closed: break
    }
    end(.failure(error))
  }

  func sessionEnded(_ error: any Error) {
    state = .closed
    end(.failure(error))
  }

  // MARK: - Input

  private func sendProgram() {
    text.withUnsafeBytes { input.append($0) }
    inputIsComplete = !start.isTalkedWith
    // The marker was read after this step's writing.
    session.reactor.pumpLater(session)
  }

  /// Sends more to the program's standard input: what sudo asks for, or what the program is told.
  func send(_ bytes: [UInt8]) {
    guard finish != nil else { return }
    bytes.withUnsafeBytes { input.append($0) }
    session.reactor.pumpLater(session)
  }

  /// Ends the program's standard input.
  func finishInput() {
    inputIsComplete = true
    session.reactor.pumpLater(session)
  }

  private func write(_ channel: OpaquePointer) {
    while !input.isEmpty, session.hasRoomToSend {
      let count = pendingWrite ?? min(Self.chunk, input.count)
      let written = input.withFirst(count) { bytes in
        libssh2_channel_write_ex(
          channel, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
      }
      if written == Int(LIBSSH2_ERROR_EAGAIN) {
        pendingWrite = count
        return
      }
      pendingWrite = nil
      // The program may have closed its input; how it ended tells more than this error.
      if written < 0 {
        input = ByteQueue()
        return
      }
      if written == 0 { return }
      input.drop(written)
    }
    if input.isEmpty, inputIsComplete, !sentEnd {
      sentEnd = libssh2_channel_send_eof(channel) != LIBSSH2_ERROR_EAGAIN
    }
  }

  // MARK: - Steps

  func step(_ session: Session) -> Bool {
    if case .starting(let channel) = state { stepStart(channel) }
    switch state {
    case .starting(let channel), .running(let channel):
      write(channel)
      read(channel, 0)
      read(channel, 1)
      if case .running = state { checkEnd(channel) }
    default: break
    }
    if case .ending(let channel) = state { stepEnd(channel) }
    if case .closing(let channel) = state {
      guard libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN else { return false }
      state = .closed
      session.programClosed()
    }
    if case .closed = state { return true }
    return false
  }

  private func stepStart(_ channel: OpaquePointer) {
    let status = start.command.withCString { command in
      libssh2_channel_process_startup(channel, "exec", 4, command, UInt32(strlen(command)))
    }
    switch status {
    case LIBSSH2_ERROR_EAGAIN: return
    case 0: state = .running(channel)
    case LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED:
      abandon(
        Problem(
          "the SSH server refuses to run programs",
          detail: "it answered: \(session.lastError); see its configuration (ForceCommand, "
            + "PermitOpen) and the login shell of this user",
          host: session.machine, exitStatus: .failure))
    default:
      abandon(session.lost(session.lastError))
    }
  }

  private func read(_ channel: OpaquePointer, _ stream: Int32) {
    // Always the same size: libssh2 reckons from it how far to open the window.
    withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
      while true {
        let count = libssh2_channel_read_ex(
          channel, stream, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        guard count > 0 else {
          if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) { session.breakOff() }
          return
        }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), from: stream)
        switch state {
        case .starting, .running: continue
        default: return
        }
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, from stream: Int32) {
    let isOutput = stream == 0
    let wasThere = output.isPastMarker
    let new = isOutput ? output.append(bytes) : errors.append(bytes)
    if !new.isEmpty { onOutput(isOutput ? .output(new) : .errors(new)) }
    if output.isPastMarker, !wasThere {
      if start.awaitsShell { sendProgram() }
      onShell?()
      onShell = nil
    }
    if !isOutput, !errors.isPastMarker, onPasswordPrompt != nil {
      let asked = errors.count(of: Array(ProgramStart.passwordPrompt.utf8))
      if asked > prompts {
        prompts = asked
        onPasswordPrompt?(asked)
      }
    }
    if output.kept.count + errors.kept.count > session.outputLimit {
      abandon(
        Problem(
          "the program wrote more than \(session.outputLimit >> 20) MiB",
          detail: "it was stopped; let it write less, or to a file on the machine",
          host: session.machine, exitStatus: .failure))
    } else if output.noise.count + errors.noise.count > Self.noiseLimit {
      abandon(
        Problem(
          "the login shell writes without end before it starts the program",
          detail: "see the start-up files of this user: "
            + VisibleText.lastLines(of: isOutput ? output.noise : errors.noise, count: 5)
            .joined(separator: "\n"),
          host: session.machine, exitStatus: .failure))
    }
  }

  private func checkEnd(_ channel: OpaquePointer) {
    guard libssh2_channel_eof(channel) == 1 else { return }
    state = .ending(channel)
  }

  private func stepEnd(_ channel: OpaquePointer) {
    guard libssh2_channel_wait_closed(channel) != LIBSSH2_ERROR_EAGAIN else { return }
    let started = output.isPastMarker
    let result = ProgramResult(
      ending: ending(channel), output: started ? output.kept : output.noise,
      errors: errors.isPastMarker ? errors.kept : errors.noise)
    state = .closing(channel)
    end(.success(started ? .ran(result) : .neverStarted(result)))
  }

  private func ending(_ channel: OpaquePointer) -> ProgramResult.Ending {
    var name: UnsafeMutablePointer<CChar>?
    var count = 0
    libssh2_channel_get_exit_signal(channel, &name, &count, nil, nil, nil, nil)
    guard let name else { return .exited(libssh2_channel_get_exit_status(channel)) }
    defer { libssh2_free(session.raw, name) }
    return .signalled(
      VisibleText.lines(UnsafeRawBufferPointer(start: name, count: count), limit: 32))
  }
}

/// A stream whose first part, up to a line that is the marker, is not the program's.
struct StreamAfterMarker {
  private static let line = Array((ProgramStart.marker + "\n").utf8)
  /// What came before the marker.
  private(set) var noise: [UInt8] = []
  /// What came after it.
  private(set) var kept: [UInt8] = []
  private(set) var isPastMarker = false

  /// Takes bytes; returns those of them that are the program's.
  mutating func append(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    if isPastMarker {
      kept.append(contentsOf: bytes)
      return Array(bytes)
    }
    let from = max(0, noise.count - Self.line.count)
    noise.append(contentsOf: bytes)
    guard let marker = noise[from...].firstRange(of: Self.line) else { return [] }
    isPastMarker = true
    kept = Array(noise[marker.upperBound...])
    noise.removeSubrange(marker.lowerBound...)
    return kept
  }

  /// How often some text stands in what came before the marker.
  func count(of text: [UInt8]) -> Int {
    noise.ranges(of: text).count
  }
}
