import CPlatform
import Foundation
import ShellPrograms
import Synchronization
import Transport

/// Runs programs as a machine would: `sh -c 'eval "$(cat)"'`, the text on standard input.
struct Shell: Sendable {
  /// The shell's words: `/bin/dash`, or `/bin/busybox sh`.
  var words: [String]

  static let dash = Shell(words: ["/bin/dash"])
  static let busybox = Shell(words: ["/bin/busybox", "sh"])
  /// Those that this computer has; the tests' prerequisites name both.
  static let all = [dash, busybox]

  func run(
    _ text: String, onOutput: @escaping @Sendable (OutputChunk) -> Void = { _ in }
  ) async throws -> ProgramResult {
    let process = try ShellProcess(words + ["-c", #"eval "$(cat)""#], input: text)
    return try await withTaskCancellationHandler {
      let result = try await process.result(onOutput)
      try Task.checkCancellation()
      return result
    } onCancel: {
      process.end()
    }
  }
}

/// A shell at work. It reads its program from a file, so that its early end breaks no pipe of ours.
final class ShellProcess: Sendable {
  private let id: Int32
  private let output: Int32
  private let errors: Int32
  private let isRunning = Mutex(true)

  init(_ words: [String], input: String) throws {
    let path = NSTemporaryDirectory() + "planetbed-program-" + UUID().uuidString
    try Data(input.utf8).write(to: URL(filePath: path))
    let program = open(path, O_RDONLY | O_CLOEXEC)
    unlink(path)
    guard program >= 0 else { throw POSIXError(.EIO) }
    defer { close(program) }
    var out: [Int32] = [-1, -1]
    var err: [Int32] = [-1, -1]
    // planetbed_spawn closes them in every other child.
    guard pipe(&out) == 0, pipe(&err) == 0 else {
      throw POSIXError(.EMFILE)
    }
    let argv = words.map { strdup($0) } + [nil]
    let envp = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
    defer { (argv + envp).forEach { free($0) } }
    id = planetbed_spawn(words[0], argv, envp, [program, out[1], err[1]], 1, 0)
    close(out[1])
    close(err[1])
    output = out[0]
    errors = err[0]
    guard id > 0 else { throw POSIXError(.ENOEXEC) }
  }

  /// Kills it and all that it started.
  func end() {
    isRunning.withLock { if $0 { kill(-id, SIGKILL) } }
  }

  func result(_ onOutput: @escaping @Sendable (OutputChunk) -> Void) async throws -> ProgramResult {
    await withCheckedContinuation { continuation in
      let collected = Mutex((output: [UInt8](), errors: [UInt8]()))
      let reading = DispatchGroup()
      reading.enter()
      Thread.detachNewThread { [self] in
        read(output) { bytes in
          collected.withLock { $0.output += bytes }
          onOutput(.output(bytes))
        }
        reading.leave()
      }
      Thread.detachNewThread { [self] in
        read(errors) { bytes in
          collected.withLock { $0.errors += bytes }
          onOutput(.errors(bytes))
        }
        reading.wait()
        let status = awaitEnd()
        let (output, errors) = collected.withLock { ($0.output, $0.errors) }
        continuation.resume(
          returning: ProgramResult(
            ending: status & 0x7f == 0
              ? .exited(status >> 8 & 0xff) : .signalled(String(status & 0x7f)),
            output: output, errors: errors))
      }
    }
  }

  private func read(_ descriptor: Int32, _ body: ([UInt8]) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      body(Array(buffer[..<count]))
    }
    close(descriptor)
  }

  private func awaitEnd() -> Int32 {
    var status: Int32 = 0
    // Not reaped before nobody can signal it any more.
    var info = siginfo_t()
    while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
    isRunning.withLock { $0 = false }
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}

/// A folder of a test's own, removed with it.
final class ScratchFolder: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "planetbed-execution-" + UUID().uuidString
    mkdir(path, 0o700)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func read(_ name: String) -> String? {
    FileManager.default.contents(atPath: path + "/" + name).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  func write(_ text: String, to name: String) throws {
    let url = URL(filePath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
  }
}

/// Ends what a program reads from a fifo: opening it for writing waits for the reader.
func endFifo(_ path: String) { close(open(path, O_WRONLY | O_CLOEXEC)) }
