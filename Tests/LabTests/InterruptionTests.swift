import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// A testbed outlives the laptop that built it.
  @Suite(.serialized) struct InterruptionTests {
    /// Starts an apply from nothing and waits until it has changed something on a machine.
    private func applyInItsMiddle() async throws -> ChildProcess {
      let testbed = try Testbed.current()
      try await testbed.reset()
      let process = try testbed.start(
        ["apply", testbed.inventory, "--yes", "--output", "jsonl"])
      if await process.writes("\"taskFinished\"") == false {
        let outcome = await process.outcome()
        Issue.record("it ended before any task did: \(outcome.everything)")
      }
      return process
    }

    @Test func killedInTheMiddleThenCompleted() async throws {
      let testbed = try Testbed.current()
      let process = try await applyInItsMiddle()
      process.signal(SIGKILL)
      #expect(await process.outcome().status == 128 + SIGKILL)

      let completed = try await testbed.apply()
      #expect(try completed.number("failed") == 0)
      #expect(try completed.number("changed") > 0)
      let status = try await testbed.planetbed("status", testbed.inventory)
      #expect(status.status == 0, "\(status.everything)")
      #expect(try await testbed.apply().number("changed") == 0)
    }

    @Test func interruptedBySIGINT() async throws {
      let testbed = try Testbed.current()
      let process = try await applyInItsMiddle()
      process.signal(SIGINT)
      let outcome = await process.outcome()
      #expect(outcome.status == 130, "\(outcome.everything)")
      let result = try #require(outcome.output.split(separator: "\n").last)
      #expect(result.contains("planetbed.apply/1"), "\(outcome.everything)")
      #expect(try await testbed.apply().number("failed") == 0)
    }

    @Test func twoAppliesAtOnce() async throws {
      let testbed = try Testbed.current()
      let first = try await applyInItsMiddle()
      let second = try await testbed.planetbed("apply", testbed.inventory, "--yes")
      #expect(second.status == 1, "\(second.everything)")
      #expect(second.errors.contains("\(first.id)"), "names the holder: \(second.everything)")
      let outcome = await first.outcome()
      #expect(outcome.status == 0, "\(outcome.everything)")
    }

    @Test func aSecondOperatorIsKeptOut() async throws {
      let testbed = try Testbed.current()
      let first = try await applyInItsMiddle()
      // Another laptop: another state folder, so that only the lock on the router tells.
      let other = Testbed(name: testbed.name, folder: testbed.folder + "/other")
      try FileManager.default.createDirectory(
        atPath: other.folder, withIntermediateDirectories: true)
      for file in try FileManager.default.contentsOfDirectory(atPath: testbed.folder)
      where file == "inventory.toml" || file.hasSuffix(".yaml") {
        try FileManager.default.copyItem(
          atPath: "\(testbed.folder)/\(file)", toPath: "\(other.folder)/\(file)")
      }
      let second = try await other.planetbed("apply", other.inventory, "--yes")
      let outcome = await first.outcome()
      #expect(outcome.status == 0, "\(outcome.everything)")
      #expect(second.status == 1, "\(second.everything)")
      #expect(second.errors.contains("vyos01"), "\(second.everything)")
    }
  }
}
