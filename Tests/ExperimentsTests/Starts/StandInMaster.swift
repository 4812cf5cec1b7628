import Foundation
import Glibc
import ShellPrograms
import TestSupport

/// A folder with programs that stand in for a machine's, in which programs for machines are run.
struct StandInMaster {
  static let shells = [["/bin/dash"], ["/bin/busybox", "sh"]]
  let folder: String

  /// `programs` are texts of sh by their names; the clock from the machine's start shows one of `clock` at
  /// each look at it.
  init(_ programs: [String: String], clock: [String] = []) throws {
    folder = NSTemporaryDirectory() + "planetbed-starts-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder + "/tmp", withIntermediateDirectories: true)
    for (name, text) in programs {
      try Data(("#!/bin/sh\n" + text + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      chmod("\(folder)/\(name)", 0o755)
    }
    try write(clock.map { "\($0) 0.00\n" }.joined(), to: "clock")
    try write("x", to: "admin.conf")
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
  }

  func start(_ program: RemoteProgram, shell: [String]) throws -> ChildProcess {
    let text = program.text.replacing(
      AdministratorShell.configuration, with: folder + "/admin.conf"
    )
    .replacing("</proc/uptime", with: "<&8")
    return try ChildProcess(
      shell[0], shell.dropFirst() + ["-c", "exec 8<\(folder)/clock\n\(text)"],
      environment: [
        "PATH": "\(folder):/usr/bin:/bin", "TMPDIR": folder + "/tmp", "FOLDER": folder,
      ])
  }

  /// What the program told.
  func frames(_ program: RemoteProgram, shell: [String]) async throws -> [Frame] {
    let outcome = try await start(program, shell: shell).outcome()
    var decoder = FrameDecoder()
    let frames = try decoder.consume(Array(outcome.output.utf8))
    try decoder.finish()
    return frames
  }

  /// What the stand-ins were called with, without the words that all calls have.
  var calls: [String] {
    let text = (try? String(contentsOfFile: folder + "/calls", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// What is left in the folder for temporary files.
  var leftovers: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder + "/tmp")) ?? ["?"]
  }
}
