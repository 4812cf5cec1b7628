import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// What is wrong with a machine is said with its name, the cause and the remedy, and the others go on.
  @Suite(.serialized) struct BadMachineTests {
    /// Applies with something wrong, and gives what was said; afterwards all must be well again.
    private func failure(
      of inventory: String? = nil, wrong: (machine: String, program: String)? = nil,
      righted: String? = nil, says words: String..., status: Int32 = 1
    ) async throws {
      let testbed = try Testbed.current()
      if let wrong { try await testbed.shell(wrong.machine, wrong.program) }
      let outcome = try await testbed.planetbed("apply", inventory ?? testbed.inventory, "--yes")
      if let wrong, let righted { try await testbed.shell(wrong.machine, righted) }
      #expect(outcome.status == status, "\(outcome.everything)")
      for word in words {
        #expect(
          outcome.errors.contains(word) || outcome.output.contains(word),
          "\(word) in \(outcome.everything)")
      }
      let well = try await testbed.apply()
      #expect(try well.number("failed") == 0)
    }

    @Test func unreachable() async throws {
      try await failure(
        wrong: ("node04", "systemctl stop ssh.socket ssh.service"), righted: "systemctl start ssh",
        says: "node04", "cannot connect to 192.168.30.102 port 22")
    }

    @Test func aChangedHostKey() async throws {
      try await failure(
        wrong: (
          "node03",
          "mkdir /root/kept && cp -p /etc/ssh/ssh_host_* /root/kept && rm /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh"
        ),
        righted: "cp -p /root/kept/* /etc/ssh/ && rm -r /root/kept && systemctl restart ssh",
        says: "node03", "host key")
    }

    @Test func theWrongUser() async throws {
      let testbed = try Testbed.current()
      let path = try testbed.variant("user") {
        $0 + "\n[ssh]\nuser = \"nobody-here\"\n"
      }
      try await failure(of: path, says: "nobody-here", "vyos01")
    }

    @Test func aReadOnlyFileSystem() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()
      try await failure(
        wrong: ("lb", "mkdir -p /etc/haproxy && mount -t tmpfs -o ro none /etc/haproxy"),
        righted: "umount /etc/haproxy", says: "lb", "haproxy")
    }

    @Test func aFullDisk() async throws {
      let testbed = try Testbed.current()
      try await testbed.apply()
      try await failure(
        wrong: (
          "lb",
          "mount -t tmpfs -o size=8k none /etc/haproxy && (cat /dev/zero > /etc/haproxy/full || true)"
        ),
        righted: "umount /etc/haproxy", says: "lb", "No space left")
    }

    @Test func aMissingTunDevice() async throws {
      try await failure(
        wrong: (
          "vyos02",
          "mv /dev/net/tun /dev/net/tun.away"
        ),
        righted: "mv /dev/net/tun.away /dev/net/tun", says: "vyos02", "/dev/net/tun")
    }

    @Test func anOpenVPNThatIsTooOld() async throws {
      try await failure(
        wrong: (
          "vyos03",
          "printf '#!/bin/sh\\necho OpenVPN 2.4.7 x86_64\\n' > /usr/local/sbin/openvpn && chmod 755 /usr/local/sbin/openvpn"
        ),
        righted: "rm /usr/local/sbin/openvpn", says: "vyos03", "2.4.7", "2.6")
    }

    @Test func aLANAddressOfAnother() async throws {
      let testbed = try Testbed.current()
      let path = try testbed.variant("address") {
        $0.replacing("lan = \"192.168.30.1\"", with: "lan = \"192.168.30.77\"")
      }
      try await failure(of: path, says: "vyos03", "192.168.30.77")
    }

    @Test func aPackageThatIsNotThere() async throws {
      let testbed = try Testbed.current()
      try await testbed.reset()
      try await failure(
        wrong: (
          "lb",
          "mkdir /root/sources && mv /etc/apt/sources.list.d/* /root/sources/ && apt-get -qq update"
        ),
        righted:
          "mv /root/sources/* /etc/apt/sources.list.d/ && rmdir /root/sources && apt-get -qq update",
        says: "lb", "haproxy")
    }
  }
}
