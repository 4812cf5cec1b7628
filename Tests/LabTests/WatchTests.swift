import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// What is looked at again and again, what is recorded of runs, and the page that tells of it.
  @Suite(.serialized) struct WatchTests {
    @Test func looksAgainOverTheSameConnections() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      let before = try await logins("node01")
      let process = try testbed.start(
        ["status", testbed.inventory, "--watch", "--interval", "1s", "--output", "jsonl"])
      // The line of the second look follows that of the first.
      #expect(await process.writes("}\n{\"schema\":\"planetbed.status/1\""))
      process.signal(SIGINT)
      let outcome = await process.outcome()
      #expect(outcome.status == 130, "\(outcome.everything)")
      #expect(try await logins("node01") == before + 1)
    }

    private func logins(_ machine: String) async throws -> Int {
      let log = try await Testbed.current().shell(
        machine, "journalctl -q --no-pager -t sshd | grep -c 'Accepted publickey' || true")
      return try #require(Int(log.trimmingCharacters(in: .whitespacesAndNewlines)), "\(log)")
    }

    @Test func runsAreRecordedAndReported() async throws {
      let testbed = try Testbed.current()
      let run = try await testbed.apply().text("run")
      let history = try await testbed.result(of: ["history", testbed.inventory])
      let newest = try #require(try history.objects("runs").first)
      #expect(newest["run"] as? String == run && newest["verb"] as? String == "apply")
      #expect(newest["outcome"] as? String == "success")
      let shown = try await testbed.result(of: ["history", "show", testbed.inventory, "last"])
      #expect(try shown.text("run") == run)
      // The lab's first apply, at least, changed something.
      let changing = try #require(
        try history.objects("runs").first {
          try $0["verb"] as? String == "apply" && $0.number("changed") > 0
        })
      let changed = try await testbed.result(
        of: ["history", "show", testbed.inventory, try changing.text("run")])
      #expect(try !changed.objects("stages").isEmpty)

      let page = testbed.folder + "/report.html"
      let report = try await testbed.result(of: ["report", testbed.inventory, "--out", page])
      #expect(try report.number("tunnels") == 3 && report.number("paths") == 6)
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("✓ Every host reaches every other"))
    }
  }
}
