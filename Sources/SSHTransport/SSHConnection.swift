import Diagnostics
import ShellPrograms
import Synchronization
import Transport

/// Why a session ended.
final class LinkEnd: Sendable {
  let reason = Mutex<(any Error)?>(nil)
}

/// A machine that is logged in to; all who asked for the machine share it.
final class Link: Sendable {
  let plan: LoginPlan
  let loop: SessionLoop
  let id: SessionID
  let connectDuration: Duration
  let secrets: SecretKeeper
  /// Why the session ended, once it has.
  let end: LinkEnd
  /// Whether sudo is known to want a password there.
  let sudoWantsPassword = Mutex(false)

  var isOver: Bool { end.reason.withLock { $0 != nil } }

  init(
    plan: LoginPlan, loop: SessionLoop, id: SessionID, connectDuration: Duration,
    secrets: SecretKeeper, end: LinkEnd
  ) {
    self.plan = plan
    self.loop = loop
    self.id = id
    self.connectDuration = connectDuration
    self.secrets = secrets
    self.end = end
  }
}

/// One user's hold on a shared connection.
final class SSHConnection: Connection {
  private let link: Link
  private let release: Mutex<(@Sendable () async -> Void)?>

  init(_ link: Link, release: @escaping @Sendable () async -> Void) {
    self.link = link
    self.release = Mutex(release)
  }

  /// Who forgets to close it lets go of it all the same.
  deinit {
    if let release = release.withLock({ $0 }) { Task { await release() } }
  }

  var connectDuration: Duration { link.connectDuration }

  func run(
    _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    try await run(program, in: nil, onOutput: onOutput)
  }

  func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult {
    try await run(program, in: conversation) { chunk in
      if case .output(let bytes) = chunk { conversation.take(bytes) }
    }
  }

  private func run(
    _ program: RemoteProgram, in conversation: Conversation?,
    onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    guard release.withLock({ $0 != nil }) else {
      throw Problem(
        "the SSH connection is closed", host: link.plan.machine, exitStatus: .failure)
    }
    guard !program.text.utf8.contains(0) else {
      throw Problem(
        "a program for \(link.plan.machine) holds a NUL byte, which no shell can read",
        host: link.plan.machine, exitStatus: .failure)
    }
    if let reason = link.end.reason.withLock({ $0 }) { throw reason }
    let needsSudo = program.asRoot && link.plan.become == .sudo && link.plan.user != "root"
    return needsSudo
      ? try await link.runBySudo(program, in: conversation, onOutput: onOutput)
      : try await link.runPlainly(program, in: conversation, onOutput: onOutput)
  }

  func close() async {
    let release = release.withLock { release in
      defer { release = nil }
      return release
    }
    await release?()
  }
}

extension Link {
  func runPlainly(
    _ program: RemoteProgram, in conversation: Conversation?,
    onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    let outcome = try await loop.run(
      id, start: ProgramStart(.plain, isTalkedWith: conversation != nil), program: program,
      machine: plan.machine, password: nil, conversation: conversation, onOutput: onOutput)
    switch outcome {
    case .ran(let result): return result
    case .neverStarted(let said):
      throw Problem(
        "the login shell of \(plan.user) does not start programs",
        detail: "it ended \(said.ending.text) without starting `sh`" + said.lastWords
          + "\nsee the user's login shell (`getent passwd \(plan.user)`) and ForceCommand in the "
          + "machine's sshd_config",
        host: plan.machine, exitStatus: .failure)
    }
  }

  /// Runs a program by sudo. Most sudo needs no password, and then all is one exchange; when it
  /// says that it needs one, the machine is remembered for it and a person is asked.
  func runBySudo(
    _ program: RemoteProgram, in conversation: Conversation?,
    onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> ProgramResult {
    if !sudoWantsPassword.withLock({ $0 }) {
      let outcome = try await loop.run(
        id, start: ProgramStart(.sudo, isTalkedWith: conversation != nil), program: program,
        machine: plan.machine, password: nil, conversation: conversation, onOutput: onOutput)
      switch outcome {
      case .ran(let result): return result
      case .neverStarted(let said):
        guard case .wantsPassword = SudoRefusal(said) else {
          throw SudoRefusal(said).problem(plan, said)
        }
        sudoWantsPassword.withLock { $0 = true }
      }
    }
    let (secrets, plan) = (secrets, plan)
    let last = Mutex<String?>(nil)
    let outcome = try await loop.run(
      id, start: ProgramStart(.sudoWithPassword, isTalkedWith: conversation != nil),
      program: program, machine: plan.machine,
      password: { asked in
        guard asked <= SecretKeeper.attempts else {
          throw SudoRefusal.wrongPassword.problem(plan, nil)
        }
        let rejected = last.withLock { $0 }
        let password = try await secrets.secret(
          for: .sudo(user: plan.user), rejecting: rejected
        ) {
          (rejected == nil ? "" : "Wrong password. ")
            + "Password of \(plan.user) for sudo (on \(plan.machine)): "
        }
        last.withLock { $0 = password }
        return password
      }, conversation: conversation, onOutput: onOutput)
    switch outcome {
    case .ran(let result): return result
    case .neverStarted(let said): throw SudoRefusal(said).problem(plan, said)
    }
  }
}

/// Why sudo did not start the program, from what it says in the C locale.
enum SudoRefusal: Sendable, Hashable {
  case wantsPassword, wrongPassword, notAllowed, wantsTerminal, missing, other

  init(_ said: ProgramResult) {
    let text = String(decoding: said.errors + said.output, as: UTF8.self)
    func says(_ parts: String...) -> Bool { parts.contains { text.contains($0) } }
    if says("incorrect password attempt") {
      self = .wrongPassword
    } else if says("not in the sudoers file", "is not allowed to", "may not run sudo") {
      self = .notAllowed
    } else if says("must have a tty") {
      self = .wantsTerminal
    } else if says("password is required", "no password was provided", "a terminal is required") {
      self = .wantsPassword
    } else if said.ending == .exited(127) {
      self = .missing
    } else {
      self = .other
    }
  }

  func problem(_ plan: LoginPlan, _ said: ProgramResult?) -> Problem {
    let user = plan.user
    let (summary, remedy): (String, String) =
      switch self {
      case .wantsPassword:
        ("sudo asks \(user) for a password", "it could not be given")
      case .wrongPassword:
        (
          "sudo refuses the password of \(user)",
          "it was wrong \(SecretKeeper.attempts) times; run it again with the right one"
        )
      case .notAllowed:
        (
          "\(user) may not become root",
          "sudo says so: add the user to the group sudo, or a rule to /etc/sudoers.d"
        )
      case .wantsTerminal:
        (
          "sudo wants a terminal for \(user)",
          "planetbed has none there: take `Defaults requiretty` out of the sudoers file"
        )
      case .missing:
        (
          "there is no sudo on the machine",
          "install sudo, or log in as root with become = \"none\""
        )
      case .other:
        ("sudo does not start programs for \(user)", "see what `sudo -n true` says there")
      }
    let words = said.map { " (it ended \($0.ending.text))" + $0.lastWords } ?? ""
    return Problem(summary, detail: remedy + words, host: plan.machine, exitStatus: .failure)
  }
}

extension ProgramResult {
  /// The last lines it wrote, to follow a sentence; empty when there are none.
  fileprivate var lastWords: String {
    let words = VisibleText.lastLines(of: errors.isEmpty ? output : errors, count: 5)
      .joined(separator: "\n")
      .replacing(ProgramStart.passwordPrompt, with: "")
    return words.isEmpty ? "" : "; it said:\n\(words)"
  }
}

extension ProgramResult.Ending {
  /// In words, to follow "it ended".
  fileprivate var text: String {
    switch self {
    case .exited(let status): "with exit status \(status)"
    case .signalled(let name): "by the signal \(name)"
    }
  }
}
