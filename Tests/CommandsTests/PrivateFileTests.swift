import Diagnostics
import Foundation
import Testing

@testable import Commands

/// Plans and kubeconfigs are put in place whole, and nobody else may read them.
@Suite struct PrivateFileTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(component: "planetbed-private-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func isItsOwnersAlone() throws {
    try inFolder { folder in
      let file = folder + "/plan"
      for text in ["first", "second"] {
        let isWritten = try PrivateFile.write(Array(text.utf8), to: file)
        #expect(isWritten)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["plan"])
    }
  }

  @Test func leavesWhatIsThere() throws {
    try inFolder { folder in
      let file = folder + "/plan"
      let first = try PrivateFile.write(Array("mine".utf8), to: file, replacing: false)
      let second = try PrivateFile.write(Array("other".utf8), to: file, replacing: false)
      #expect(first && !second)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["plan"])
    }
  }

  @Test func saysWhatItCannotWrite() throws {
    try inFolder { folder in
      let file = folder + "/missing/plan"
      let problem = try #require(throws: Problem.self) {
        try PrivateFile.write(Array("x".utf8), to: file)
      }
      #expect(problem.exitStatus == .usage)
      #expect(problem.diagnostics[0].summary == "cannot write \(file)")
      #expect(problem.diagnostics[0].detail == "No such file or directory")
      // A folder of that name stays as it is, and nothing is left beside it.
      let taken = folder + "/taken"
      try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: false)
      let refusal = try #require(throws: Problem.self) {
        try PrivateFile.write([], to: taken)
      }
      #expect(refusal.diagnostics[0].detail == "Is a directory")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
    }
  }
}
