import CLibSSH2
import Diagnostics
import Glibc
import ShellPrograms
import Synchronization
import Transport

/// What names a session of a loop.
struct SessionID: Sendable, Hashable {
  fileprivate var number: UInt64
}

/// An event loop: all its sessions, and the one thread that touches them.
actor SessionLoop {
  private nonisolated let thread: LoopThread
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  let reactor: Reactor
  private var sessions: [SessionID: Session] = [:]
  private var lastNumber: UInt64 = 0
  private var agents: [String: AgentClient] = [:]

  /// libssh2 is started once for the process: its own counting of users knows no threads.
  private static let libraryStatus = libssh2_init(0)

  /// Makes the loop and starts its thread.
  /// - Throws: `Problem` when the process is out of descriptors or threads.
  init(number: Int) throws {
    guard Self.libraryStatus == 0 else {
      throw Problem("libssh2 cannot be started", exitStatus: .failure)
    }
    thread = try LoopThread()
    reactor = Reactor(epoll: thread.epoll)
    try thread.start(for: self, number: number)
  }

  deinit {
    thread.stop()
  }

  // MARK: - Sessions

  /// Makes a session that is not connected yet.
  func makeSession(_ plan: LoginPlan, options: SSHOptions) throws -> (SessionID, Session) {
    let session = try Session(
      machine: plan.machine, reactor: reactor, options: options)
    lastNumber += 1
    let id = SessionID(number: lastNumber)
    sessions[id] = session
    return (id, session)
  }

  func session(_ id: SessionID) -> Session? { sessions[id] }

  func forget(_ id: SessionID) {
    sessions[id] = nil
  }

  /// Ends a session; nothing happens when it has ended.
  func end(_ id: SessionID, _ error: any Error) {
    sessions[id]?.fail(error)
  }

  /// The agent behind a socket; one for all sessions of the loop.
  func agent(at path: String) -> AgentClient {
    if let agent = agents[path], !agent.isBroken { return agent }
    let agent = AgentClient(path: path, reactor: reactor)
    agents[path] = agent
    return agent
  }

  // MARK: - Waiting

  /// Waits until `step` has a result. It is tried whenever something happened to the session, on
  /// its turn; a session that ends ends the waiting with its error.
  func perform<Value: Sendable>(
    _ session: Session, _ step: @escaping () throws -> Value?
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      if case .ended(let error) = session.phase {
        continuation.resume(throwing: error)
        return
      }
      session.call = Session.Call(
        step: {
          do {
            guard let value = try step() else { return false }
            continuation.resume(returning: value)
          } catch {
            continuation.resume(throwing: error)
          }
          return true
        },
        fail: { continuation.resume(throwing: $0) })
      reactor.pumpLater(session)
    }
  }

  /// Repeats a call of libssh2 until it would not block; returns its status.
  func status(_ session: Session, _ call: @escaping () -> Int32) async throws -> Int32 {
    try await perform(session) {
      let status = call()
      return status == LIBSSH2_ERROR_EAGAIN ? nil : status
    }
  }

  /// Waits for something outside the loop (a person, a name server) as long as the session lives.
  func outside<Value: Sendable>(
    _ session: Session, _ id: SessionID, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let box = Mailbox<Value>()
    let worker = Task {
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      box.content.withLock { $0 = result }
      self.wake(id)
    }
    defer { worker.cancel() }
    return try await perform(session) { try box.content.withLock { try $0?.get() } }
  }

  private final class Mailbox<Value: Sendable>: Sendable {
    let content = Mutex<Result<Value, any Error>?>(nil)
  }

  private func wake(_ id: SessionID) {
    if let session = sessions[id] { reactor.pumpLater(session) }
  }

  // MARK: - Programs

  /// What asks for sudo's password: given how often sudo asked, returns the password.
  typealias PasswordSource = @Sendable (_ asked: Int) async throws -> String

  /// Runs a program on a session; `conversation` is told when the program can be talked to.
  /// - Throws: `Problem` when the session ends, the deadline passes or sudo gets no password;
  ///   `CancellationError`.
  func run(
    _ id: SessionID, start: ProgramStart, program: RemoteProgram, machine: String,
    password: PasswordSource?, conversation: Conversation? = nil,
    onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramOutcome {
    guard let session = sessions[id], case .ready = session.phase else {
      throw Problem(
        "the SSH connection is closed", detail: "connect again", host: machine,
        exitStatus: .failure)
    }
    try Task.checkCancellation()
    lastNumber += 1
    let number = lastNumber
    return try await withTaskCancellationHandler {
      defer { running[number] = nil }
      return try await withCheckedThrowingContinuation { continuation in
        var timer: Reactor.TimerID?
        let channel = ProgramChannel(
          session, start: start, text: program.text, onOutput: onOutput
        ) { [reactor] result in
          reactor.cancel(timer)
          continuation.resume(with: result)
        }
        running[number] = channel
        // A cancellation on the way here found no program to give up.
        if Task.isCancelled { channel.abandon(CancellationError()) }
        if let deadline = program.deadline {
          timer = reactor.schedule(after: deadline) { [weak channel] in
            channel?.abandon(Self.deadlinePassed(deadline, machine))
          }
        }
        if let conversation {
          channel.onShell = { [weak self] in
            conversation.open(
              Conversation.Input {
                [weak self] bytes in
                Task { await self?.send(bytes, to: number) }
              } finish: {
                [weak self] in
                Task { await self?.finishInput(of: number) }
              })
          }
        }
        guard let password else { return }
        channel.onPasswordPrompt = { [weak self] asked in
          guard let self else { return }
          Task {
            do {
              await self.send(Array((try await password(asked) + "\n").utf8), to: number)
            } catch {
              await self.abandon(number, error)
            }
          }
        }
      }
    } onCancel: {
      Task { await self.abandon(number, CancellationError()) }
    }
  }

  /// The programs whose ends are waited for.
  private var running: [UInt64: ProgramChannel] = [:]

  private func send(_ bytes: [UInt8], to number: UInt64) {
    running[number]?.send(bytes)
  }

  private func finishInput(of number: UInt64) {
    running[number]?.finishInput()
  }

  private func abandon(_ number: UInt64, _ error: any Error) {
    running[number]?.abandon(error)
  }

  private static func deadlinePassed(_ deadline: Duration, _ machine: String) -> Problem {
    Problem(
      "the program did not end within \(deadline.shortText)",
      detail: "it was given up; on the machine it runs on until it writes", host: machine,
      exitStatus: .failure)
  }
}
