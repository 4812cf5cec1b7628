import Diagnostics
import Foundation
import SSHTransport
import ShellPrograms
import Synchronization
import Transport

/// What a test works in: a folder with keys, real SSH servers on loopback, and a connector.
final class World: Sendable {
  let folder: String
  private let atEnd = Mutex<[@Sendable () async -> Void]>([])

  private init() throws {
    var template = Array("/tmp/planetbed-ssh-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ChildProcess.Failed(description: "no folder: errno \(errno)")
    }
    folder = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    // Temporary users must get at their keys.
    chmod(folder, 0o755)
  }

  /// Runs a test in a new world, and takes it down in the order opposite to building.
  static func with(_ body: (World) async throws -> Void) async throws {
    let world = try World()
    let result: Result<Void, any Error>
    do { result = .success(try await body(world)) } catch { result = .failure(error) }
    let actions = world.atEnd.withLock { $0 }
    for action in actions.reversed() { await action() }
    try? FileManager.default.removeItem(atPath: world.folder)
    try result.get()
  }

  func atEnd(_ action: @escaping @Sendable () async -> Void) {
    atEnd.withLock { $0.append(action) }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
    let path = name.hasPrefix("/") ? name : path(name)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    chmod(path, mode)
  }

  func text(of name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  /// Makes a key pair; returns the private key's path.
  func key(
    _ name: String, type: String = "ed25519", bits: Int? = nil, passphrase: String = "",
    format: String? = nil
  ) async throws -> String {
    let file = path(name)
    var arguments = ["/usr/bin/ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", file]
    if let bits { arguments += ["-b", String(bits)] }
    if let format { arguments += ["-m", format] }
    // Few rounds: the test is about asking, not about being slow.
    if !passphrase.isEmpty, format == nil { arguments += ["-a", "1"] }
    let process = try ChildProcess(arguments + ["-C", name])
    _ = try? await process.wait("its end") { _ in false }
    guard process.waitForEnd() == 0 else {
      throw ChildProcess.Failed(description: process.lines.joined(separator: "\n"))
    }
    return file
  }

  /// The public key of a pair, `type base64`.
  func publicKey(_ file: String) throws -> String {
    try String(contentsOfFile: "\(file).pub", encoding: .utf8)
      .split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// Options that know this folder as home, and no agent.
  func options(
    acceptNew: Bool = false, deadline: Duration = .seconds(120),
    keepalive: SSHOptions.Keepalive = .init(interval: .seconds(120)), agent: String? = nil
  ) -> SSHOptions {
    var environment = ["HOME": folder, "USER": "root"]
    environment["SSH_AUTH_SOCK"] = agent
    return SSHOptions(
      environment: environment, acceptNewHostKeys: acceptNew, connectDeadline: deadline,
      keepalive: keepalive)
  }

  /// A connector that is closed when the test ends.
  func connector(
    _ machines: [LoginDetails], options: SSHOptions? = nil, prompt: ScriptedPrompt? = nil,
    configuration: String? = nil
  ) throws -> SSHConnector {
    let options = options ?? self.options()
    var settings = OpenSSHConfiguration(options: options)
    if let configuration {
      try write(configuration, to: "ssh_config")
      settings = try OpenSSHConfiguration(file: path("ssh_config"), options: options)
    }
    let connector = SSHConnector(
      machines: machines, configuration: settings, options: options,
      prompt: prompt ?? ScriptedPrompt([]))
    atEnd { await connector.close() }
    return connector
  }

  /// The problem that a connection attempt ends with.
  func problem(_ connector: SSHConnector, _ machine: String) async -> String {
    do {
      let connection = try await connector.connect(to: machine)
      await connection.close()
      return "no problem"
    } catch let problem as Problem {
      return problem.description
    } catch {
      return "\(error)"
    }
  }
}

/// Answers from a list, and notes what was asked; when the list is at its end, there is no
/// terminal.
final class ScriptedPrompt: SecretPrompt {
  private let state: Mutex<(answers: [String], questions: [String])>

  init(_ answers: [String]) {
    state = Mutex((answers, []))
  }

  var questions: [String] { state.withLock { $0.questions } }

  func secret(_ question: String) async throws -> String {
    try state.withLock { state in
      state.questions.append(question)
      guard !state.answers.isEmpty else {
        throw Problem("there is no terminal to ask at", exitStatus: .failure)
      }
      return state.answers.removeFirst()
    }
  }
}

extension ProgramResult {
  var text: String { String(decoding: output, as: UTF8.self) }
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}
