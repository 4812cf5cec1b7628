import Diagnostics
import Foundation
import Inventories
import Testing

@testable import LatencyProfiles

/// Bounds, and what a profile tells of itself.
@Suite struct LimitTests {
  private func read(_ text: String) throws(Problem) -> LatencyProfile {
    try LatencyProfile.read(Array(text.utf8), file: "profile.toml")
  }

  @Test func lengthIsThatOfAllRepetitions() throws {
    let event = "[[event]]\nat = \"0s\"\nbetween = \"all\"\nrtt = \"1ms\"\n"
    #expect(try read("duration = \"90s\"\n" + event).totalMilliseconds == 90_000)
    #expect(
      try read("duration = \"90s\"\nrepeat = 3\n" + event).totalMilliseconds == 270_000)
    let endless = try read("duration = \"1.5min\"\nrepeat = \"forever\"\n" + event)
    #expect(endless.totalMilliseconds == nil)
    let timetable = try endless.timetable(for: try FixtureTests.lab())
    #expect(timetable.repetitions == nil)
    #expect(timetable.totalMilliseconds == nil)
    #expect(timetable.periodMilliseconds == 90_000)
  }

  @Test func thereAreNoMoreEventsThanThat() throws {
    let event = "[[event]]\nat = \"0s\"\nbetween = \"all\"\nrtt = \"1ms\"\n"
    let text = "duration = \"90s\"\n" + String(repeating: event, count: 1001)
    let problem = #expect(throws: Problem.self) { try read(text) }
    #expect(
      problem?.diagnostics.map(\.summary) == ["the profile has more than 1000 events"])
    #expect(problem?.diagnostics.first?.position?.line == 4002)
  }

  @Test func stepHasNoMoreValuesThanThat() throws {
    let text = """
      duration = "90s"
      [[event]]
      at = "0s"
      between = "all"
      shape = "step"
      rtt = [\((0...1000).map { "\"\($0)ms\"" }.joined(separator: ", "))]
      """
    let problem = #expect(throws: Problem.self) { try read(text) }
    #expect(problem?.diagnostics.map(\.summary) == ["rtt has too many values"])
  }

  @Test func traceHasNoMoreLinesThanThat() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "planetbed-trace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = (0...100_000).map { "\($0),10\n" }.joined()
    try Data("seconds,rtt_ms\n\(lines)".utf8).write(to: folder.appending(path: "long.csv"))
    let text = """
      duration = "1s"
      [[event]]
      at = "0s"
      between = "all"
      shape = "trace"
      file = "long.csv"
      """
    let problem = #expect(throws: Problem.self) {
      try LatencyProfile.read(Array(text.utf8), file: "profile.toml", folder: folder.path)
    }
    let told = try #require(problem?.diagnostics.first)
    #expect(told.summary == "a trace has at most 100000 lines")
    #expect(told.position?.line == 100_002)
  }

  /// What is sent is bounded for a router, and for all of them together.
  @Test func manySitesAreManyChanges() throws {
    var inventory = try FixtureTests.lab()
    let site = inventory.sites[0]
    inventory.sites = (0..<10).map { number in
      var copy = site
      copy.name = "site-\(number)"
      return copy
    }
    let steps = """
      duration = "60s"
      [[event]]
      at = "0s"
      between = "all"
      shape = "step"
      rtt = [\((1...12).map { "\"\($0)ms\"" }.joined(separator: ", "))]
      """
    let profile = try read(steps)
    let changes = 10 * 9 * 12
    #expect(
      try profile.timetable(for: inventory, mostChanges: changes).events.count == changes)
    let problem = #expect(throws: Problem.self) {
      try profile.timetable(for: inventory, mostChanges: changes - 1)
    }
    #expect(
      problem?.diagnostics.map(\.summary)
        == ["profile.toml: a repetition has more than 1079 changes"])
  }

  @Test func digestKnowsTheTraces() throws {
    let plain = try LatencyProfile.read(
      try Folder.fixtures.bytes("repeated.toml"), file: "a.toml")
    let traced = try LatencyProfile.read(file: "\(Folder.fixtures.path)/shapes.toml")
    #expect(plain.digest.count == 64 && traced.digest.count == 64)
    let same = try LatencyProfile.read(
      try Folder.fixtures.bytes("shapes.toml"), file: "b.toml", folder: Folder.fixtures.path)
    #expect(traced.digest == same.digest)
    #expect(traced.siteNames == ["vlan10", "vlan20", "vlan30"])
  }
}
