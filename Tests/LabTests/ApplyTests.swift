import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// From machines to one network, and what a second apply finds.
  @Suite(.serialized) struct ApplyTests {
    @Test func thesisTablesBeforeAndAfter() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()

      // The seed's table 4.6: every host reaches those of its own site alone.
      let before = try await testbed.result(of: ["status", testbed.inventory], status: 3)
      let alone = try before.reachability()
      for (from, row) in alone {
        for (to, reached) in row where from != to {
          #expect(reached == (siteOf[from] == siteOf[to]), "\(from) → \(to)")
        }
      }

      let applied = try await testbed.apply()
      #expect(try applied.number("changed") > 0)
      #expect(try applied.number("failed") == 0)
      #expect(try applied.text("schema") == "planetbed.apply/1")

      // The seed's table 4.7: every host reaches every other.
      let after = try await testbed.result(of: ["status", testbed.inventory])
      let joined = try after.reachability()
      #expect(Set(joined.keys) == Set(Testbed.hosts))
      for (from, row) in joined {
        for (to, reached) in row where from != to { #expect(reached, "\(from) → \(to)") }
      }
      let tunnels = try after.objects("tunnels")
      #expect(tunnels.count == 3)
      #expect(tunnels.allSatisfy { $0["up"] as? Bool == true })
    }

    @Test func aSecondApplyChangesNothing() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      var logins: [String: Int] = [:]
      for machine in Testbed.machines { logins[machine] = try await acceptedLogins(machine) }

      let second = try await testbed.apply()
      #expect(try second.number("changed") == 0)
      #expect(try second.number("failed") == 0)
      for machine in Testbed.machines {
        #expect(try second.host(machine).number("roundTrips") == 1, "\(machine)")
        #expect(try await acceptedLogins(machine) == (logins[machine] ?? 0) + 1, "\(machine)")
      }

      let plan = try await testbed.planetbed("plan", testbed.inventory, "--exit-code")
      #expect(plan.status == 0, "\(plan.everything)")
    }

    private func acceptedLogins(_ machine: String) async throws -> Int {
      let log = try await Testbed.current().shell(
        machine, "journalctl -q --no-pager -t sshd | grep -c 'Accepted publickey' || true")
      return try #require(Int(log.trimmingCharacters(in: .whitespacesAndNewlines)), "\(log)")
    }

    @Test func aHandEditedFileIsPutRight() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      let path = "/etc/haproxy/haproxy.cfg"
      let right = try await testbed.shell("lb", "cat \(path)")
      try await testbed.shell("lb", "sed -i s/6443/6444/ \(path) && systemctl stop haproxy")

      let plan = try await testbed.planetbed("plan", testbed.inventory, "--exit-code")
      #expect(plan.status == 4, "\(plan.everything)")
      #expect(plan.output.contains("-") && plan.output.contains("6444"), "\(plan.everything)")

      let applied = try await testbed.apply()
      #expect(try applied.host("lb").number("changed") >= 1)
      #expect(try applied.host("master01").number("changed") == 0)
      #expect(try await testbed.shell("lb", "cat \(path)") == right)
      #expect(try await testbed.shell("lb", "systemctl is-active haproxy") == "active\n")
    }

    @Test func aSavedPlanIsAppliedAndNoOther() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      try await testbed.shell("lb", "echo '# by hand' >> /etc/haproxy/haproxy.cfg")
      let saved = testbed.folder + "/saved.plan"
      let planned = try await testbed.planetbed("plan", testbed.inventory, "--out", saved)
      #expect(planned.status == 0, "\(planned.everything)")

      try await testbed.shell("master01", "sed -i /planetbed/d /etc/hosts")
      let stale = try await testbed.planetbed(
        "apply", testbed.inventory, "--yes", "--plan", saved)
      #expect(stale.status != 0, "\(stale.everything)")
      #expect(stale.errors.contains("master01"), "\(stale.everything)")

      try await testbed.apply("--limit", "host=master01")
      let applied = try await testbed.apply("--plan", saved)
      #expect(try applied.number("changed") >= 1)
      let again = try await testbed.apply()
      #expect(try again.number("changed") == 0)
    }

    @Test func withoutATerminalNothingIsDoneUnasked() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      try await testbed.shell("lb", "echo '# by hand' >> /etc/haproxy/haproxy.cfg")
      let refused = try await testbed.planetbed("apply", testbed.inventory)
      #expect(refused.status == 2, "\(refused.everything)")
      #expect(refused.errors.contains("--yes"), "\(refused.everything)")
      #expect(try await testbed.apply().number("changed") >= 1)
    }

    @Test func aLimitLeavesTheRestAlone() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      for machine in ["node01", "node03"] {
        try await testbed.shell(machine, "sed -i /planetbed/d /etc/hosts")
      }
      let limited = try await testbed.apply("--limit", "site=vlan20", "--limit", "stage=hosts")
      #expect(try limited.number("changed") >= 1)
      let rest = try await testbed.apply()
      #expect(try rest.host("node01").number("changed") == 0)
      #expect(try rest.host("node03").number("changed") >= 1)
    }

    @Test func aUserWithSudoDoes() async throws {
      let testbed = try Testbed.current()
      let path = try testbed.variant("sudo") {
        $0 + "\n[ssh]\nuser = \"operator\"\nbecome = \"sudo\"\n"
      }
      let applied = try await testbed.result(of: ["apply", path, "--yes"])
      #expect(try applied.number("failed") == 0)
      let asRoot = try await testbed.planetbed("exec", path, "--limit", "host=lb", "--", "id", "-u")
      #expect(asRoot.status == 0 && asRoot.output.contains("0"), "\(asRoot.everything)")
    }
  }
}
