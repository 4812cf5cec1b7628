import Diagnostics
import Dispatch
import Glibc
import Transport

/// Where questions are asked.
package protocol Terminal: SecretPrompt {
  /// Whether somebody can be asked whether to go on.
  var isThere: Bool { get }

  /// Asks a question that is answered with yes or no; everything else than yes is no.
  /// - Throws: `Problem` when there is no terminal to ask at.
  func agrees(_ question: String) async throws -> Bool
}

/// The terminal that the process was started from.
package struct ControllingTerminal: Terminal {
  private let path: String
  private let interrupts: Interrupts
  /// Questions come one after the other, and wait where no task of ours is kept from going on.
  private let queue = DispatchQueue(label: "planetbed.terminal")

  /// The terminal at a path; `interrupts` puts it back as it was when the program ends meanwhile.
  package init(path: String = "/dev/tty", interrupts: Interrupts) {
    self.path = path
    self.interrupts = interrupts
  }

  /// Whether standard input is a terminal: a program that feeds us answers is none.
  package var isThere: Bool { isatty(STDIN_FILENO) == 1 }

  package func agrees(_ question: String) async throws -> Bool {
    let answer = try await answer(to: "\(question) [y/N]", echoes: true)
    return ["y", "yes"].contains(answer.lowercased())
  }

  package func secret(_ question: String) async throws -> String {
    try await answer(to: question, echoes: false)
  }

  private func answer(to question: String, echoes: Bool) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Result { try ask(question, echoes: echoes) })
      }
    }
  }

  private func ask(_ question: String, echoes: Bool) throws(Problem) -> String {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw Problem(
        "there is no terminal to ask at: \(question)",
        detail: "Run planetbed from a terminal, or see to it that nothing needs to be asked: a key "
          + "in ssh-agent or without a passphrase, sudo without a password.", exitStatus: .usage)
    }
    defer { close(descriptor) }
    if echoes { return try exchange(question, descriptor) }
    var before = termios()
    guard tcgetattr(descriptor, &before) == 0 else {
      throw Problem(
        "\(path) is no terminal, so that a secret could be seen", exitStatus: .usage)
    }
    let standing = before
    let restorer = interrupts.remember { Self.restore(standing, at: path) }
    defer { interrupts.forget(restorer) }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(descriptor, TCSAFLUSH, &silent)
    defer { tcsetattr(descriptor, TCSAFLUSH, &before) }
    let answer = try exchange(question, descriptor)
    // The line end that was typed was not echoed either.
    write("\n", descriptor)
    return answer
  }

  private static func restore(_ attributes: termios, at path: String) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return }
    var attributes = attributes
    tcsetattr(descriptor, TCSANOW, &attributes)
    close(descriptor)
  }

  /// Writes the question and reads a line, of at most 4,096 bytes (MAX_CANON is less).
  private func exchange(_ question: String, _ descriptor: Int32) throws(Problem) -> String {
    write(question + " ", descriptor)
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count < 4096 {
      let count = read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      if count == 1, byte != UInt8(ascii: "\n") {
        bytes.append(byte)
        continue
      }
      if count <= 0, bytes.isEmpty {
        throw Problem("no answer was given: \(question)", exitStatus: .usage)
      }
      break
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }
}
