import Diagnostics
import Foundation
import Inventories
import Testing

@testable import Execution

@Suite struct StateFolderTests {
  let scratch = ScratchFolder()

  @Test func liesWhereTheEnvironmentSays() throws {
    let inventory = Inventory.threeSites(file: "/nowhere/lab.toml")
    let given = try StateFolder(
      inventory: inventory, environment: ["XDG_STATE_HOME": "/state", "HOME": "/home/anna"])
    #expect(given.path.hasPrefix("/state/planetbed/three-"))
    let home = try StateFolder(
      inventory: inventory, environment: ["XDG_STATE_HOME": "relative", "HOME": "/home/anna"])
    #expect(home.path.hasPrefix("/home/anna/.local/state/planetbed/three-"))
    let other = try StateFolder(
      inventory: Inventory.threeSites(file: "/elsewhere/lab.toml"), environment: ["HOME": "/h"])
    #expect(other.path.split(separator: "-").last != home.path.split(separator: "-").last)
    let problem = try #require(throws: Problem.self) {
      try StateFolder(inventory: inventory, environment: ["HOME": ""])
    }
    #expect(problem.description.contains("set one of them"))
    #expect(problem.exitStatus == .usage)
  }

  @Test func isTheSameForEveryWayToTheFile() throws {
    try scratch.write("", to: "a/lab.toml")
    let paths = ["/a/lab.toml", "/a/../a/./lab.toml"].map { scratch.path + $0 }
    let folders = try paths.map {
      try StateFolder(inventory: .threeSites(file: $0), environment: ["HOME": "/h"])
    }
    #expect(folders[0] == folders[1])
  }

  @Test func isMadeForItsOwnerAlone() throws {
    let folder = StateFolder(path: scratch.path + "/a/b")
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755]
    )
    try folder.prepare()
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
  }

  @Test func cannotBeAFile() throws {
    try scratch.write("", to: "file")
    for path in ["/file", "/file/state"] {
      let problem = try #require(throws: Problem.self) {
        try StateFolder(path: scratch.path + path).prepare()
      }
      #expect(problem.description.contains("Not a directory"))
      #expect(problem.description.contains("set XDG_STATE_HOME"))
    }
  }

  @Test func keepsItsMark() throws {
    let folder = StateFolder(path: scratch.path + "/state")
    try folder.prepare()
    let mark = try folder.mark()
    #expect(mark.count == 32)
    #expect(try folder.mark() == mark)
    // A mark that was cut short, by a full disk say, is made anew.
    try scratch.write("abc", to: "state/mark")
    let fresh = try folder.mark()
    #expect(fresh.count == 32 && fresh != mark)
  }

  @Test func localLockIsForOneAtATime() throws {
    let folder = StateFolder(path: scratch.path + "/state")
    try folder.prepare()
    let first = try LocalLock(
      in: folder, holder: "anna\u{1b}[2J@laptop", verb: "apply", since: HandClock.beginning)
    let problem = try #require(throws: Problem.self) {
      try LocalLock(in: folder, holder: "bob@laptop", verb: "reset", since: 0)
    }
    #expect(problem.description.contains("apply by anna\\e[2J@laptop, process \(getpid())"))
    #expect(problem.description.contains("since 2026-11-21 00:00:00 UTC"))
    #expect(problem.description.contains("kill -INT \(getpid())"))
    first.release()
    first.release()
    let second = try LocalLock(in: folder, holder: "bob@laptop", verb: "reset", since: 0)
    try scratch.write("half", to: "state/lock")
    let unknown = try #require(throws: Problem.self) {
      try LocalLock(in: folder, holder: "eve", verb: "apply", since: 0)
    }
    #expect(unknown.description.contains("another planetbed run of this testbed is at work"))
    second.release()
    let nowhere = try #require(throws: Problem.self) {
      try LocalLock(in: StateFolder(path: scratch.path + "/none"), holder: "", verb: "", since: 0)
    }
    #expect(nowhere.description.contains("cannot use the lock file"))
  }

  @Test func timesAndNamesOfRuns() {
    #expect(OperatorClock.text(HandClock.beginning + 3_661_000) == "2026-11-21 01:01:01 UTC")
    #expect(OperatorClock.text(.max) == "9999-12-31 23:59:59 UTC")
    let name = OperatorClock.runName(at: HandClock.beginning)
    #expect(name.hasPrefix("20261121T000000Z-") && name.count == 25)
    #expect(name != OperatorClock.runName(at: HandClock.beginning))
    #expect(OperatorClock.system.now() > HandClock.beginning - 400 * 86_400_000)
    #expect(OperatorClock.system.uptime() > 0)
  }
}
