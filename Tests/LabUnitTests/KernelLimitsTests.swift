import Diagnostics
import Foundation
import Testing

@testable import Lab

/// The limits that labs raise, in a folder that stands for the kernel's.
@Suite struct KernelLimitsTests {
  private func limits(_ body: (KernelLimits, _ setting: String) throws -> Void) throws {
    let folder = "/tmp/planetbed-limits-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(root: folder + "/store")
    try FileTree.makeFolder(store.root)
    try body(
      KernelLimits(store: store, interruption: try Interruption(), folder: folder),
      folder + "/max_user_instances")
  }

  private func content(of path: String) -> String? {
    FileTree.read(path)?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func areRaisedForLabsAndPutBackAfterTheLast() throws {
    try limits { limits, setting in
      let store = limits.store
      try FileTree.write("128\n", to: setting)

      try limits.raise()
      #expect(content(of: setting)?.hasPrefix("2048") == true)
      try FileTree.makeFolder(store.folder(ofLab: "other"))
      try limits.putBack()
      #expect(content(of: setting)?.hasPrefix("2048") == true, "another lab is up")
      try FileManager.default.removeItem(atPath: store.folder(ofLab: "other"))
      try FileTree.write("2048\n", to: setting)
      try limits.putBack()
      #expect(content(of: setting)?.hasPrefix("128") == true)
      #expect(FileTree.names(in: store.root).filter { $0 != "labs" } == [])
    }
  }

  @Test func whatIsHighEnoughIsLeftAlone() throws {
    try limits { limits, setting in
      try FileTree.write("8192\n", to: setting)
      try limits.raise()
      #expect(content(of: setting) == "8192")
    }
  }

  @Test func whatSomebodyElseSetSinceIsTheirs() throws {
    try limits { limits, setting in
      try FileTree.write("128\n", to: setting)
      try limits.raise()
      try FileTree.write("4096\n", to: setting)
      try limits.putBack()
      #expect(content(of: setting) == "4096")
    }
  }
}
