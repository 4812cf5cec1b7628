import Diagnostics
import Foundation
import Testing

@testable import Commands

/// The verbs of `planetbed history`, over a journal that the test writes.
@Suite struct HistoryVerbTests {
  private func recorded(
    _ body: (RecordedTestbed) async throws -> Void
  ) async throws {
    let testbed = try await RecordedTestbed.usual()
    defer { testbed.remove() }
    try await body(testbed)
  }

  @Test func listsTheNewestFirst() async throws {
    try await recorded { testbed in
      for words in [["history", World.inventory], ["history", "list", World.inventory]] {
        let outcome = await testbed.world.run(words)
        #expect(outcome.status == .success)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 6 && lines[1].contains("20261119T130000Z-00000005  reset"))
        #expect(lines[5].contains("20261118T110640Z-00000001  apply"))
      }
      let few = await testbed.world.run("history", "-n", "2", World.inventory)
      #expect(few.output.contains("3 more before them: --limit"))
      #expect(!few.output.contains("00000003"))
      let wrong = await testbed.world.run("history", World.inventory, "--limit", "0")
      #expect(wrong.status == .usage)
      #expect(wrong.errors.contains("'0' is no value for option '--limit'"))
    }
  }

  @Test func lookingLeavesNothingBehind() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/none-\(UUID().uuidString)"
    let world = World(environment: ["XDG_STATE_HOME": folder])
    let outcome = await world.run("history", World.inventory)
    #expect(outcome.status == .success)
    #expect(outcome.output == "No run of thesis is recorded on this computer.\n")
    let shown = await world.run("history", "show", World.inventory, "last")
    #expect(shown.status == .usage)
    #expect(shown.errors.contains("The journal of this testbed on this computer has 0 of them."))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func showsARun() async throws {
    try await recorded { testbed in
      let last = await testbed.world.run("history", "show", World.inventory, "last")
      #expect(last.status == .success && last.output.hasPrefix("20261119T130000Z-00000005\n"))
      let measure = await testbed.world.run("history", "show", World.inventory, "20261118T12")
      #expect(measure.output.contains("300 ms           4    3 of 3  3.20  0.10    3.20"))
      let set = await testbed.world.run("history", "show", World.inventory, "last-2")
      #expect(set.output.contains("vlan10 → vlan20        3  300 ms  0.10 ms  300 ms"))
      let many = await testbed.world.run("history", "show", World.inventory, "20261118")
      #expect(many.status == .usage)
      #expect(many.errors.contains("'20261118' is the beginning of 3 runs"))
      let none = await testbed.world.run("history", "show", World.inventory, "x", "-o", "json")
      #expect(none.status == .usage && none.output.contains("planetbed.history-show/1"))
    }
  }

  @Test func comparesWhatWasMeasured() async throws {
    try await recorded { testbed in
      // The reset, which is newer, measured nothing.
      let outcome = await testbed.world.run(
        "history", "compare", World.inventory, "20261118T120000Z-00000002", "last")
      #expect(outcome.status == .success)
      #expect(outcome.output.contains("+1.00  +0.77 … +1.23  longer"))
      let paths = await testbed.world.run(
        "history", "compare", World.inventory, "last-1", "20261118T11", "--output", "json")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(paths.output.utf8)) as? [String: Any])
      let path = try #require((object["paths"] as? [[String: Any]])?.first)
      #expect(path["difference"] as? Double == -200 && path["verdict"] as? String == "smaller")
    }
  }

  @Test func comparesNothingThatIsNotComparable() async throws {
    try await recorded { testbed in
      let apart = await testbed.world.run(
        "history", "compare", World.inventory, "last", "last-1")
      #expect(apart.status == .usage)
      #expect(apart.errors.contains("the two runs measured nothing in common"))
      let nothing = await testbed.world.run(
        "history", "compare", World.inventory, "20261119T13", "last")
      #expect(nothing.status == .usage)
      #expect(nothing.errors.contains("the run 20261119T130000Z-00000005 measured nothing"))
      let far = await testbed.world.run(
        "history", "compare", World.inventory, "last-4", "last")
      #expect(far.status == .usage)
      #expect(far.errors.contains("there is no run that measured something 'last-4'"))
    }
  }
}
