import Foundation
import TestSupport

/// The shells that must run the program on routers.
enum Shell: String, CaseIterable, Sendable {
  case dash, busybox
}

/// Files beside the tests.
enum TestFiles {
  /// The folder of these tests.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  /// The root of the tree.
  static let root = folder.deletingLastPathComponent().deletingLastPathComponent()

  /// The names of the files of a folder that end so, without that.
  static func names(_ subfolder: String, ending: String) -> [String] {
    let all = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: subfolder).path)
    return (all ?? []).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
      .sorted()
  }
}

/// A router for a test: a folder that stands for its root, with the program in it and stand-ins for tc,
/// systemd and ping. Its clock stands still, so that whatever is waited for has come, or the test says when.
final class AgentMachine {
  let root: String
  let shell: Shell

  init(_ shell: Shell) throws {
    self.shell = shell
    root =
      FileManager.default.temporaryDirectory
      .appending(path: "latency-\(UUID().uuidString)").path
    for folder in ["etc/planetbed/lab/latency", "etc/planetbed/lab/vpn", "run", "tools"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    let template = try String(
      contentsOf: TestFiles.root.appending(path: "templates/latency/agent"), encoding: .utf8)
    try put(
      template.replacing("{{ testbed }}", with: "lab")
        .replacing("=/etc/planetbed/", with: "=\(root)/etc/planetbed/")
        .replacing("=/run/planetbed-", with: "=\(root)/run/planetbed-")
        .replacing("=/proc/uptime", with: "=\(root)/uptime"),
      at: "agent")
    try put("dev pb-b\n", at: "etc/planetbed/lab/vpn/a-b.conf")
    try put("1000.00 5.00\n", at: "uptime")
    for name in ["kernel", "calls", "active", "broken"] { try put("", at: name) }
    for name in ["lanes", "own"] { try put("", at: Self.place(name)) }
    // busybox brings its own tools, where Debian's has them.
    if shell == .busybox {
      for tool in [
        "awk", "cat", "cp", "ln", "mkdir", "mkfifo", "mktemp", "mv", "rm", "sleep", "tail",
        "touch",
      ] { symlink("/bin/busybox", "\(root)/tools/\(tool)") }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// Where a file of a case stands.
  static func place(_ name: String) -> String {
    ["lanes", "own", "baseline"].contains(name) ? "etc/planetbed/lab/latency/\(name)" : name
  }

  /// Writes a file below the root.
  func put(_ text: String, at path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(root)/\(path)"))
  }

  /// What a program on the machine is started with.
  var environment: [String: String] {
    [
      "PATH": TestFiles.folder.appending(path: "StandIns").path + ":\(root)/tools:/usr/bin:/bin",
      "SCRATCH": root,
    ]
  }

  /// Calls the program; what it wrote, what it had others do, and how it ended.
  func call(_ words: String, input: String = "") async throws -> String {
    try put(input, at: "input")
    try put("", at: "calls")
    let interpreter = shell == .dash ? "/bin/dash" : "/bin/busybox sh"
    let outcome = try await ChildProcess.run(
      "/bin/sh",
      ["-c", "exec \(interpreter) '\(root)/agent' \(words) <'\(root)/input' 2>'\(root)/errors'"],
      environment: environment)
    let calls = try String(contentsOfFile: "\(root)/calls", encoding: .utf8)
    let errors = try String(contentsOfFile: "\(root)/errors", encoding: .utf8)
    return
      ("$ \(words)\n" + (outcome.status == 0 ? "" : "status \(outcome.status)\n")
      + errors.split(separator: "\n").map { "! \($0)\n" }.joined() + outcome.output + calls)
      .replacing(root, with: "")
  }
}
