import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// The tunnels themselves, by real OpenVPN.
  @Suite(.serialized) struct TunnelTests {
    @Test func aWrongFingerprintIsRefused() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      let wrong = (0..<32).map { _ in "00" }.joined(separator: ":")
      let units = try await testbed.shell(
        "vyos01",
        """
        files=$(grep -lr '^peer-fingerprint' /etc/planetbed)
        for file in $files; do
          sed -i 's/^peer-fingerprint .*/peer-fingerprint \(wrong)/' "$file"
        done
        units=$(systemctl list-units --plain --no-legend --state=active 'planetbed-*-vpn@*' | awk '{ print $1 }')
        systemctl restart $units; echo $units
        """)
      #expect(!units.isEmpty)

      let broken = try await testbed.result(of: ["status", testbed.inventory], status: 3)
      let tunnels = try broken.objects("tunnels")
      #expect(tunnels.filter { $0["up"] as? Bool == true }.count == 1, "\(tunnels)")
      let log = try await testbed.shell("vyos01", "journalctl -q --no-pager -n 400")
      #expect(log.contains("VERIFY") || log.contains("certificate verify failed"), "\(log)")

      #expect(try await testbed.apply().host("vyos01").number("changed") > 0)
      let healed = try await testbed.planetbed("status", testbed.inventory)
      #expect(healed.status == 0, "\(healed.everything)")
    }

    @Test func theKeyNeverLeavesItsRouter() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      for router in Testbed.routers {
        let keys = try await testbed.shell(
          router,
          "grep -lr 'PRIVATE KEY' /etc/planetbed | xargs stat -c '%a %U'")
        #expect(
          keys.split(separator: "\n").allSatisfy { $0 == "600 root" } && !keys.isEmpty,
          "\(router): \(keys)")
      }
      let state = try await ChildProcess.run(
        "/bin/sh", ["-c", "grep -rl 'PRIVATE KEY' \(testbed.folder) | wc -l"])
      #expect(state.output == "0\n", "\(state.everything)")
    }

    @Test func largeTransfersFitTheTunnels() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      let ping = try await testbed.shell(
        "master01", "ping -c 3 -W 5 -M do -s 1372 192.168.20.101")
      #expect(ping.contains(" 0% packet loss"), "\(ping)")
      let tooLarge = try await testbed.planetbed(
        "lab", "shell", testbed.inventory, "master01", "--", "sh", "-c",
        "ping -c 1 -W 5 -M do -s 1373 192.168.20.101")
      #expect(tooLarge.status != 0, "\(tooLarge.everything)")
    }

    @Test func aHubJoinsTheSpokes() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()
      let hub = try testbed.variant("hub") {
        $0.replacing("[lab]", with: "topology = \"hub\"\nhub = \"vlan10\"\n\n[lab]")
      }
      let applied = try await testbed.result(of: ["apply", hub, "--yes"])
      #expect(try applied.number("failed") == 0)
      let status = try await testbed.result(of: ["status", hub])
      #expect(try status.objects("tunnels").count == 2)
      let path = try await testbed.shell("node01", "ping -c 1 -W 5 -R 192.168.30.101 || true")
      #expect(path.contains("192.168.10") || path.contains("bytes from"), "\(path)")
      let undone = try await testbed.planetbed("reset", hub, "--yes")
      #expect(undone.status == 0, "\(undone.everything)")
    }
  }
}
