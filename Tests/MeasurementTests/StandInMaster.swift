import Foundation
import Glibc
import ShellPrograms
import TestSupport

/// A folder with programs that stand in for a master's, in which programs for masters are run.
struct StandInMaster {
  let folder: String

  /// `programs` are texts of sh by their names; without a configuration it is no master.
  init(_ programs: [String: String], hasCluster: Bool = true) throws {
    folder = NSTemporaryDirectory() + "planetbed-master-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder + "/tmp", withIntermediateDirectories: true)
    for (name, text) in programs {
      try Data(("#!/bin/sh\n" + text + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      chmod("\(folder)/\(name)", 0o755)
    }
    if hasCluster { try Data("x".utf8).write(to: URL(filePath: folder + "/admin.conf")) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// The program with the master's configuration here.
  func text(of program: RemoteProgram) -> String {
    program.text.replacing(AdministratorShell.configuration, with: folder + "/admin.conf")
  }

  var environment: [String: String] {
    ["PATH": "\(folder):/usr/bin:/bin", "TMPDIR": folder + "/tmp", "FOLDER": folder]
  }

  /// Starts a program.
  func start(_ program: RemoteProgram, shell: [String]) throws -> ChildProcess {
    try ChildProcess(
      shell[0], shell.dropFirst() + ["-c", text(of: program)], environment: environment)
  }

  /// What the program told.
  func frames(_ program: RemoteProgram, shell: [String]) async throws -> [Frame] {
    let outcome = try await start(program, shell: shell).outcome()
    var decoder = FrameDecoder()
    let frames = try decoder.consume(Array(outcome.output.utf8))
    try decoder.finish()
    return frames
  }

  /// What is left in the folder for temporary files.
  var leftovers: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder + "/tmp")) ?? ["?"]
  }
}
