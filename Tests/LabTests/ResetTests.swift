import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// `reset` takes back everything that planetbed put there, and nothing else.
  @Suite(.serialized) struct ResetTests {
    /// A listing of a machine's configuration with hashes, and of what runs on it. Contents of two kinds
    /// are left out, which dpkg's own tools rewrite: ld.so.cache, and /etc/passwd- and its like, the
    /// users as they were before the last change.
    private func listing(of machine: String) async throws -> String {
      try await Testbed.current().shell(
        machine,
        """
        cd / && find etc var/lib/planetbed usr/local -xdev -printf '%y %m %u:%g %p %l\\n' 2>/dev/null | sort
        find etc -xdev -type f ! -name ld.so.cache ! -name '*-' -exec sha256sum {} + | sort -k 2
        dpkg-query -W -f '${Package} ${Status}\\n' | sort
        ip -o -4 addr show | awk '{ print $2, $4 }'; ip route
        cat /proc/sys/net/ipv4/ip_forward
        systemctl list-units --plain --no-legend --state=failed | awk '{ print $1 }'
        """)
    }

    @Test(.ownLab("pbreset")) func leavesTheMachinesAsTheyWere() async throws {
      let testbed = try Testbed.current()
      // What a user of the machine had there before must come back.
      try await testbed.shell("lb", "mkdir /etc/haproxy && echo mine > /etc/haproxy/haproxy.cfg")
      var before: [String: String] = [:]
      for machine in Testbed.machines { before[machine] = try await listing(of: machine) }
      try await testbed.apply()
      for machine in Testbed.machines {
        #expect(try await listing(of: machine) != before[machine], "\(machine)")
      }
      // What a user did after is the user's.
      try await testbed.shell("node01", "echo mine > /etc/of-the-user")
      try await testbed.reset()
      try await testbed.shell("node01", "rm /etc/of-the-user")
      for machine in Testbed.machines {
        let after = try await listing(of: machine)
        #expect(after == before[machine], "\(machine): \(difference(before[machine] ?? "", after))")
      }
      try await testbed.reset()
    }

    private func difference(_ before: String, _ after: String) -> String {
      let old = before.split(separator: "\n")
      return after.split(separator: "\n").difference(from: old).map {
        switch $0 {
        case .insert(_, let line, _): "+\(line)"
        case .remove(_, let line, _): "-\(line)"
        }
      }.joined(separator: "\n")
    }

    @Test func aHalfAppliedTestbedToo() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()
      let process = try testbed.start(["apply", testbed.inventory, "--yes", "--output", "jsonl"])
      #expect(await process.writes("\"taskFinished\""))
      process.signal(SIGKILL)
      _ = await process.outcome()
      try await testbed.reset()
      for machine in Testbed.machines {
        let left = try await testbed.shell(
          machine, "ls -d /var/lib/planetbed/* /etc/systemd/system/planetbed* 2>/dev/null || true")
        #expect(left == "", "\(machine)")
      }
    }
  }
}
