import Commands
import Diagnostics
import Dispatch
import Glibc
import Testing

/// The terminal of the process, played by a pseudo-terminal.
@Suite struct TerminalTests {
  /// A pseudo-terminal, and what the person at it does.
  private final class Person: Sendable {
    let person: Int32
    let path: String
    /// How long something may take to appear, in milliseconds: only what hangs is to be ended, since
    /// on a busy computer the program's own side may not be let on for minutes.
    private static let patience: Int32 = 600_000

    init() throws {
      // What grantpt, unlockpt and ptsname do on Linux (pts(4)): Swift's view of Glibc lacks them.
      person = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var unlocked: Int32 = 0
      var number: UInt32 = 0
      try #require(
        person >= 0 && ioctl(person, 0x4004_5431, &unlocked) == 0
          && ioctl(person, 0x8004_5430, &number) == 0)
      path = "/dev/pts/\(number)"
    }

    deinit { close(person) }

    /// What the terminal shows, up to a text. It is waited for where no task is kept from going on.
    func sees(_ text: String) async -> String {
      await withCheckedContinuation { continuation in
        DispatchQueue(label: "person").async { [person] in
          continuation.resume(returning: Self.read(person, upTo: text))
        }
      }
    }

    private static func read(_ person: Int32, upTo text: String) -> String {
      var seen: [UInt8] = []
      var byte: UInt8 = 0
      while !String(decoding: seen, as: UTF8.self).hasSuffix(text) {
        var wait = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
        let ready = poll(&wait, 1, Self.patience)
        if ready < 0, errno == EINTR { continue }
        guard ready == 1, Glibc.read(person, &byte, 1) == 1 else { break }
        seen.append(byte)
      }
      return String(decoding: seen, as: UTF8.self)
    }

    func types(_ text: String) {
      let bytes = Array(text.utf8)
      _ = write(person, bytes, bytes.count)
    }

    var echoes: Bool {
      var attributes = termios()
      return tcgetattr(person, &attributes) == 0 && attributes.c_lflag & tcflag_t(ECHO) != 0
    }
  }

  @Test func aSecretIsNotShown() async throws {
    let person = try Person()
    // Held open, so that the terminal stays one between the questions.
    let standing = open(person.path, O_RDWR | O_NOCTTY)
    defer { close(standing) }
    let terminal = ControllingTerminal(path: person.path, interrupts: Interrupts())
    async let answer = terminal.secret("Passphrase of the key:")
    #expect(await person.sees("key: ") == "Passphrase of the key: ")
    #expect(!person.echoes)
    person.types("gehe im\n")
    #expect(try await answer == "gehe im")
    #expect(await person.sees("\r\n") == "\r\n")
    #expect(person.echoes)
  }

  @Test func theTerminalIsPutBackWhenTheProgramEndsMeanwhile() async throws {
    let person = try Person()
    let standing = open(person.path, O_RDWR | O_NOCTTY)
    defer { close(standing) }
    let interrupts = Interrupts()
    let terminal = ControllingTerminal(path: person.path, interrupts: interrupts)
    async let answer = terminal.secret("Password:")
    _ = await person.sees(": ")
    #expect(!person.echoes)
    #expect(!interrupts.raise())
    interrupts.restoreTerminal()
    #expect(person.echoes)
    person.types("x\n")
    #expect(try await answer == "x")
  }

  @Test(arguments: [("y\n", true), ("YES\n", true), ("n\n", false), ("\n", false)])
  func yesIsYes(_ typed: String, _ agrees: Bool) async throws {
    let person = try Person()
    let standing = open(person.path, O_RDWR | O_NOCTTY)
    defer { close(standing) }
    let terminal = ControllingTerminal(path: person.path, interrupts: Interrupts())
    async let answer = terminal.agrees("Go on?")
    #expect(await person.sees("] ") == "Go on? [y/N] ")
    person.types(typed)
    #expect(try await answer == agrees)
  }

  @Test(arguments: [
    ("/no/such/terminal", "there is no terminal to ask at: Password:"),
    ("/dev/null", "/dev/null is no terminal, so that a secret could be seen"),
  ]) func withoutATerminal(_ path: String, _ summary: String) async throws {
    let terminal = ControllingTerminal(path: path, interrupts: Interrupts())
    let problem = await #expect(throws: Problem.self) { try await terminal.secret("Password:") }
    #expect(problem?.diagnostics.first?.summary == summary)
    #expect(problem?.exitStatus == .usage)
  }

  @Test func handlersAreAskedOnlyWhileTheyAreThere() async {
    let interrupts = Interrupts()
    await interrupts.handling({}) { #expect(interrupts.raise()) }
    #expect(!interrupts.raise())
  }
}
