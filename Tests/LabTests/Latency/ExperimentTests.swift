import Foundation
import TestSupport
import Testing

extension WithDelays {
  /// Delays that come and go: `planetbed latency`.
  @Suite(.serialized) struct ExperimentTests {
    @Test func aPairIsSetAndCleared() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      let set = try await testbed.measuring(
        ["latency", "set", testbed.inventory, "one", "two", "--rtt", "200ms"])
      #expect(try set.way("one", "two").real("askedRttMs") == 200, "\(set)")
      try await testbed.isDelayed("h1", "h2", by: 200)
      // The rest is as the inventory says.
      try await testbed.isDelayed("h1", "h3", by: 300)
      // It is no difference from the inventory's own.
      #expect(try await testbed.applyDelays().number("changed") == 0)
      try await testbed.isDelayed("h1", "h2", by: 200)
      try await testbed.measuring(["latency", "clear", testbed.inventory, "one", "two"])
      try await testbed.isDelayed("h1", "h2", by: 100)
    }

    @Test func aLeaseEndsByItself() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      let set = try await testbed.planetbed(
        "latency", "set", testbed.inventory, "one", "two", "--rtt", "400ms", "--hold", "25s",
        "--no-verify")
      #expect(set.status == 0, "\(set.everything)")
      try await testbed.isDelayed("h1", "h2", by: 400)
      try await backToOwn(testbed)
    }

    @Test func aKilledOperatorsRunEndsWithItsLease() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      let profile = try self.profile(
        testbed, "endless",
        """
        repeat = "forever"
        duration = "10s"
        [[event]]
        at = "0s"
        between = ["one", "two"]
        rtt = "400ms"
        """)
      let run = try testbed.start(
        ["latency", "run", testbed.inventory, profile, "--hold", "40s"])
      try await testbed.reaches(400)
      run.signal(SIGKILL)
      #expect(await run.outcome().status == 128 + SIGKILL)
      try await testbed.isDelayed("h1", "h2", by: 400)
      try await backToOwn(testbed)
    }

    @Test func anInterruptedRunPutsBackWhatWasThere() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      let profile = try self.profile(
        testbed, "interrupted",
        """
        duration = "5min"
        [[event]]
        at = "0s"
        between = ["one", "two"]
        rtt = "400ms"
        """)
      let run = try testbed.start(["latency", "run", testbed.inventory, profile])
      try await testbed.reaches(400)
      run.signal(SIGINT)
      let outcome = await run.outcome()
      #expect(outcome.status == 130, "\(outcome.everything)")
      try await testbed.isDelayed("h1", "h2", by: 100)
    }

    @Test func aPartitionCutsThePairThatItNames() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      let profile = try self.profile(
        testbed, "cut",
        """
        duration = "5min"
        [[event]]
        at = "0s"
        between = ["one", "two"]
        partition = true
        """)
      let run = try testbed.start(["latency", "run", testbed.inventory, profile])
      try await within(60) {
        try await testbed.pings("h1", "h2", count: 2).allSatisfy { $0 == nil }
      }
      #expect(try await testbed.pings("h2", "h1", count: 3).allSatisfy { $0 == nil })
      try await testbed.isDelayed("h1", "h3", by: 300)
      try await testbed.isDelayed("h2", "h3", by: 500, within: 30)
      // The machines of the two sites are reached by planetbed all the same.
      let exec = try await testbed.planetbed("exec", testbed.inventory, "--", "true")
      #expect(exec.status == 0, "\(exec.everything)")
      run.signal(SIGINT)
      #expect(await run.outcome().status == 130)
      try await testbed.isDelayed("h1", "h2", by: 100)
    }

    /// Writes a profile beside the inventory.
    private func profile(_ testbed: Testbed, _ name: String, _ text: String) throws -> String {
      let path = "\(testbed.folder)/\(name).profile.toml"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }

    private func backToOwn(_ testbed: Testbed) async throws {
      try await testbed.reaches(100)
      try await testbed.measuring(["status", testbed.inventory])
    }
  }
}
