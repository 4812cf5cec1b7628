import CPlatform
import Digests
import Foundation
import ShellPrograms
import Testing

@testable import Roles

/// The shells that must run the programs, each with nothing but its own tools where it has some.
enum Shell: String, CaseIterable, Sendable {
  case dash, busybox
}

/// A machine of its own for a test: a folder that stands for its root, with stand-ins for what would
/// change the computer that tests run on.
final class Scratch {
  let root: String
  let shell: Shell
  var layout: HostLayout { HostLayout(root: root, testbed: "lab") }
  private static let standIns =
    String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)) + "/StandIns"

  init(_ shell: Shell) throws {
    self.shell = shell
    var template = Array("/tmp/planetbed-roles-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure("mkdtemp") }
    root = String(cString: made)
    for folder in [
      "etc/sysctl.d", "etc/modules-load.d", "var/lib", "run/systemd/system", "proc/sys",
      "sys/module", "lib/modules", "units", "packages", "available", "loadable", "bin",
    ] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    try put("", at: "calls")
    // busybox brings its own tools: nothing else may be needed.
    if shell == .busybox {
      try FileManager.default.createDirectory(
        atPath: "\(root)/tools", withIntermediateDirectories: false)
      for tool in try Self.busyboxTools.get() { symlink("/bin/busybox", "\(root)/tools/\(tool)") }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// What busybox brings: `[`, `awk` and so on.
  private static let busyboxTools = Result {
    let list = try run(["/bin/busybox", "--list"], environment: [], input: "")
    return String(decoding: list.output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
  }

  /// Runs sh text in the root, which must succeed; what it wrote.
  @discardableResult func sh(_ text: String) throws -> String {
    let result = try run(
      "cd \(ShellQuoting.quoted(root)) || exit\n\(text)", as: .dash, withStandIns: false)
    guard result.ending == .exited(0) else {
      throw Failure(
        "\(result.ending) of: \(text)\n\(String(decoding: result.output + result.errors, as: UTF8.self))"
      )
    }
    return String(decoding: result.output, as: UTF8.self)
  }

  /// Whether sh text run in the root succeeds.
  func holds(_ text: String) throws -> Bool {
    try run("cd \(ShellQuoting.quoted(root)) || exit\n\(text)", as: .dash, withStandIns: false)
      .ending == .exited(0)
  }

  /// Runs a program as the transport does.
  func run(_ program: RemoteProgram) throws -> ProgramResult { try run(program.text, as: shell) }

  private func run(
    _ text: String, as shell: Shell, withStandIns: Bool = true
  ) throws -> ProgramResult {
    let arguments =
      (shell == .dash ? ["/bin/dash"] : ["/bin/busybox", "sh"]) + ["-c", "eval \"$(cat)\""]
    let path =
      (withStandIns ? "\(root)/bin:\(Self.standIns):" : "")
      + (shell == .busybox ? "\(root)/tools" : "/usr/bin:/bin")
    return try Self.run(
      arguments, environment: ["PATH=\(path)", "SCRATCH=\(root)", "HOME=/"], input: text)
  }

  private static func run(
    _ arguments: [String], environment: [String], input: String
  ) throws -> ProgramResult {
    // One file without a name serves as input, two as output.
    func file() throws -> Int32 {
      var name = Array("/tmp/planetbed-run-XXXXXX".utf8CString)
      let descriptor = mkstemp(&name)
      guard descriptor >= 0 else { throw Failure("mkstemp") }
      unlink(&name)
      return descriptor
    }
    let descriptors = [try file(), try file(), try file()]
    defer { for descriptor in descriptors { close(descriptor) } }
    try write(Array(input.utf8), to: descriptors[0])
    lseek(descriptors[0], 0, SEEK_SET)
    let status = try spawn(arguments, environment: environment, descriptors)
    let ending: ProgramResult.Ending =
      status & 0x7f == 0
      ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f == 9 ? "KILL" : "\(status & 0x7f)")
    return ProgramResult(
      ending: ending, output: try contents(descriptors[1]), errors: try contents(descriptors[2]))
  }

  private static func spawn(
    _ arguments: [String], environment: [String], _ descriptors: [Int32]
  ) throws -> Int32 {
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    let child = planetbed_spawn(arguments[0], &argv, &envp, descriptors, 1, 0)
    guard child > 0 else { throw Failure("spawn \(arguments[0]): \(errno)") }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw Failure("waitpid: \(errno)") }
    }
    return status
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure("write: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  private static func contents(_ descriptor: Int32) throws -> [UInt8] {
    lseek(descriptor, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw Failure("read: \(errno)") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}

extension Scratch {
  /// The tasks of a role whose text is given, with the variable `root`.
  func tasks(
    _ text: String, templates: [String: String] = [:], variables: [String: Variable] = [:],
    facts: Facts = Facts(), instance: String = ""
  ) throws -> [RoleTask] {
    var declarations = "root = { type = \"string\", description = \"The scratch root.\" }\n"
    for (name, value) in variables {
      let type =
        switch value {
        case .string, .fact: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        case .list: "list"
        case .table: "table"
        }
      declarations += "\(name) = { type = \"\(type)\", description = \"A variable.\" }\n"
    }
    let folders = FileManager.default
    try? folders.removeItem(atPath: "\(root)/library")
    try folders.createDirectory(
      atPath: "\(root)/library/templates", withIntermediateDirectories: true)
    try put(
      "description = \"A case.\"\n[variables]\n\(declarations)\n\(text)",
      at: "library/roles/case/role.toml")
    for (name, content) in templates { try put(content, at: "library/templates/\(name)") }
    let library = try RoleLibrary.load(
      roles: "\(root)/library/roles", templates: "\(root)/library/templates")
    return try library.tasks(
      of: RoleApplication(
        RoleApplication.ID(stage: "stage", host: "host", role: "case", instance: instance),
        variables: variables.merging(["root": .string(root)]) { given, _ in given }), facts: facts)
  }

  /// Writes a file below the root.
  func put(_ text: String, at path: String) throws {
    let file = URL(filePath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Probes for the tasks.
  func probe(_ tasks: [RoleTask], questions: [ProbeQuestion] = []) throws -> ProbeAnswer {
    let result = try run(
      ProbeCompiler.program(for: tasks, layout: layout, questions: questions))
    return try ProbeDecoder.answer(
      from: result, tasks: tasks, host: "host", operatorClockBefore: 0, operatorClockAfter: 0,
      root: root)
  }

  /// Changes what differs; the events.
  func change(_ tasks: [RoleTask]) throws -> [ChangeEvent] {
    let result = try run(ChangeCompiler.program(for: tasks, layout: layout))
    var decoder = ChangeDecoder(tasks: tasks, host: "host")
    let events = try decoder.consume(result.output)
    try decoder.finish(result)
    return events
  }

  /// Takes everything back; the events.
  func reset() throws -> [ResetEvent] {
    let result = try run(ResetCompiler.program(layout: layout))
    var decoder = ResetDecoder(host: "host")
    let events = try decoder.consume(result.output)
    try decoder.finish(result)
    return events
  }

  /// The machine's files with their modes, owners and contents.
  func listing() throws -> String {
    var lines: [String] = []
    for folder in ["etc", "units", "packages", "proc", "sys"] {
      let below = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")
      for name in [folder] + below.map({ "\(folder)/\($0)" }) {
        let path = "\(root)/\(name)"
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure("lstat \(name): \(errno)") }
        var line = "\(name) \(String(status.st_mode, radix: 8)) \(status.st_uid):\(status.st_gid)"
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
          line += " -> " + (try FileManager.default.destinationOfSymbolicLink(atPath: path))
        case S_IFREG where folder == "etc" || folder == "proc":
          let content = FileManager.default.contents(atPath: path)
          line += " " + (content.map { SHA256.hexadecimal(of: $0) } ?? "unreadable")
        default: break
        }
        lines.append(line)
      }
    }
    return lines.sorted().joined(separator: "\n")
  }
}

extension [ChangeEvent] {
  /// How the tasks ended, in order.
  var reports: [TaskReport] {
    compactMap { if case .finished(_, let report) = $0 { report } else { nil } }
  }
  /// What the tasks wrote.
  var lines: [String] {
    compactMap { if case .output(_, let line) = $0 { line } else { nil } }
  }
}
