import CPlatform
import Foundation
import Synchronization

/// A program that a test starts. Its output and errors are read, line by line, by a thread that
/// also starts it: the kernel ends a child that dies with its parent when that thread ends, and
/// this one lasts until the child's output is at its end.
final class ChildProcess: Sendable {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  private struct State {
    var lines: [String] = []
    var isAtEnd = false
    var waiting: [(isMet: @Sendable ([String]) -> Bool, resume: @Sendable (Bool) -> Void)] = []
  }

  let processID: pid_t
  private let name: String
  private let state = Mutex(State())
  private let status = Mutex<Int32?>(nil)

  init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
    name = arguments[0]
    var pipes: [Int32] = [0, 0, 0, 0]
    let made = pipes.withUnsafeMutableBufferPointer { buffer -> Bool in
      guard let base = buffer.baseAddress else { return false }
      // No need to close them in other children: planetbed_spawn leaves none open.
      return pipe(base) == 0 && pipe(base + 2) == 0
    }
    guard made else { throw Failed(description: "no pipe: errno \(errno)") }
    let (inputEnd, inputStart, outputEnd, outputStart) = (pipes[0], pipes[1], pipes[2], pipes[3])
    let started = DispatchSemaphore(value: 0)
    let process = Mutex<(id: pid_t, error: Int32)>((-1, 0))
    let reader = Mutex<ChildProcess?>(nil)
    let handed = DispatchSemaphore(value: 0)
    let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
      .merging(environment) { $1 }
    Thread.detachNewThread {
      let id = Self.spawn(arguments, environment, [inputEnd, outputStart, outputStart])
      process.withLock { $0 = (id, errno) }
      close(inputEnd)
      close(outputStart)
      started.signal()
      handed.wait()
      reader.withLock { $0 }?.readLines(outputEnd)
      close(outputEnd)
    }
    started.wait()
    let (id, error) = process.withLock { $0 }
    processID = id
    reader.withLock { $0 = id > 0 ? self : nil }
    handed.signal()
    let bytes = Array(input.utf8)
    _ = write(inputStart, bytes, bytes.count)
    close(inputStart)
    guard id > 0 else { throw Failed(description: "\(name) cannot be started: errno \(error)") }
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
  ) -> pid_t {
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    argv.append(nil)
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
    envp.append(nil)
    defer { (argv + envp).forEach { free($0) } }
    return planetbed_spawn(arguments[0], argv, envp, descriptors, 1, 1)
  }

  private func readLines(_ descriptor: Int32) {
    var unfinished: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      unfinished += chunk[..<count]
      while let end = unfinished.firstIndex(of: 0x0A) {
        let line = String(decoding: unfinished[..<end], as: UTF8.self)
        unfinished.removeSubrange(...end)
        update { $0.lines.append(line) }
      }
    }
    if !unfinished.isEmpty {
      let line = String(decoding: unfinished, as: UTF8.self)
      update { $0.lines.append(line) }
    }
    update { $0.isAtEnd = true }
  }

  private func update(_ change: (inout State) -> Void) {
    let resumed = state.withLock { state in
      change(&state)
      let met = state.waiting.map { ($0.resume, $0.isMet(state.lines)) }
      let isAtEnd = state.isAtEnd
      var index = 0
      state.waiting.removeAll { _ in
        defer { index += 1 }
        return isAtEnd || met[index].1
      }
      return met.filter { isAtEnd || $0.1 }
    }
    for (resume, isMet) in resumed { resume(isMet) }
  }

  /// What it has written so far.
  var lines: [String] { state.withLock { $0.lines } }

  /// Waits until what it wrote meets the condition; throws when it ends before.
  func wait(_ what: String, until isMet: @escaping @Sendable ([String]) -> Bool) async throws {
    let isMet = await withCheckedContinuation { continuation in
      let now = state.withLock { state -> Bool? in
        if isMet(state.lines) { return true }
        if state.isAtEnd { return false }
        state.waiting.append((isMet, { continuation.resume(returning: $0) }))
        return nil
      }
      if let now { continuation.resume(returning: now) }
    }
    guard isMet else {
      throw Failed(description: "\(name) ended before \(what):\n" + lines.joined(separator: "\n"))
    }
  }

  func wait(forLine text: String) async throws {
    try await wait("it wrote `\(text)`") { $0.contains { $0.contains(text) } }
  }

  /// Waits for its end; returns its exit status, or 128 and the signal's number.
  func waitForEnd() -> Int32 {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      while waitpid(processID, &raw, 0) < 0, errno == EINTR { continue }
      let signal = raw & 0x7F
      let result = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
      status = result
      return result
    }
  }

  /// What it started, and what that started: sshd gives each connection a session of its own, so
  /// that the process group has the first one only.
  var descendants: [pid_t] {
    var parents: [pid_t: pid_t] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let id = pid_t(name),
        let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
        let parent = line.split(separator: ")").last?.split(separator: " ").dropFirst().first
      else { continue }
      parents[id] = pid_t(parent)
    }
    var found: [pid_t] = []
    var next = [processID]
    while let parent = next.popLast() {
      let children = parents.filter { $0.value == parent }.map(\.key)
      found += children
      next += children
    }
    return found
  }

  /// Sends a signal to what it started.
  func signalDescendants(_ number: Int32) {
    for process in descendants { kill(process, number) }
  }

  /// Ends it and what it started; returns all that it wrote.
  @discardableResult
  func end() async -> [String] {
    if status.withLock({ $0 == nil }) {
      let started = descendants
      kill(processID, SIGTERM)
      for process in started {
        kill(process, SIGTERM)
        kill(process, SIGCONT)
      }
    }
    _ = waitForEnd()
    _ = try? await wait("its end") { _ in false }
    return lines
  }

  /// Runs a program to its end; throws unless its exit status is 0.
  @discardableResult
  static func run(
    _ arguments: String..., environment: [String: String] = [:], input: String = ""
  ) async throws -> [String] {
    let process = try ChildProcess(arguments, environment: environment, input: input)
    _ = try? await process.wait("its end") { _ in false }
    let status = process.waitForEnd()
    guard status == 0 else {
      let command = arguments.joined(separator: " ")
      throw Failed(
        description: "`\(command)` ended with \(status):\n" + process.lines.joined(separator: "\n"))
    }
    return process.lines
  }
}
