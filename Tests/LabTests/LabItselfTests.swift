import Foundation
import TestSupport
import Testing

extension OnTheLab {
  /// `planetbed lab`: what it brings up, and that it leaves nothing.
  @Suite(.serialized) struct LabItselfTests {
    @Test func upAgainChangesNothing() async throws {
      let testbed = try Testbed.current()
      let boots = try await testbed.shell("master01", "cat /proc/1/stat | cut -d' ' -f22")
      let up = try await testbed.planetbed("lab", "up", testbed.inventory)
      #expect(up.status == 0, "\(up.everything)")
      #expect(try await testbed.shell("master01", "cat /proc/1/stat | cut -d' ' -f22") == boots)
      let status = try await testbed.planetbed("lab", "status", testbed.inventory)
      #expect(status.status == 0, "\(status.everything)")
      for machine in Testbed.machines { #expect(status.output.contains(machine)) }
    }

    @Test func aSecondLabDoesNotCollideAndLeavesNothing() async throws {
      let testbed = try Testbed.current()
      let before = try await traces()
      try await Testbed.withLab("pbsecond", .network) {
        let second = try Testbed.current()
        try await second.shell("lb", "touch /etc/only-in-the-second")
        let seen = try await testbed.shell("lb", "ls /etc/only-in-the-second 2>&1 || true")
        #expect(seen.contains("No such file"))
        #expect(try await traces() != before)
      }
      #expect(try await traces() == before)
    }

    /// Everything that a lab could leave on this computer.
    private func traces() async throws -> String {
      let outcome = try await ChildProcess.run(
        "/bin/sh",
        [
          "-c",
          """
          ip netns list | sort; ip -o link | awk '{ print $2 }' | sort
          grep -c pb /proc/mounts; mount | grep -E 'planetbed|nspawn|pbsecond' | sort
          find /sys/fs/cgroup -type d -name '*pbsecond*' | sort
          pgrep -fc systemd-nspawn; pgrep -f 'pbsecond' | wc -l
          """,
        ])
      return outcome.output
    }

    /// What a kubelet sets for its computer's kernel is the machine's own.
    @Test func theKernelOfThisComputerIsNotTheMachines() async throws {
      let testbed = try Testbed.current()
      let settings = ["kernel/panic", "kernel/panic_on_oops", "vm/overcommit_memory"].map {
        "/proc/sys/\($0)"
      }
      let before = try settings.map { try String(contentsOfFile: $0, encoding: .utf8) }
      let other = before.map { $0 == "2\n" ? "1" : "2" }
      for (setting, value) in zip(settings, other) {
        #expect(
          try await testbed.shell("node01", "echo \(value) > \(setting); cat \(setting)")
            == "\(value)\n")
      }
      #expect(try settings.map { try String(contentsOfFile: $0, encoding: .utf8) } == before)
    }

    @Test func noKubernetesForTheNetworkAlone() async throws {
      let testbed = try Testbed.current()
      for machine in ["master01", "node04"] {
        #expect(try await testbed.shell(machine, "ls /srv") == "planetbed-packages\n")
      }
      let status = try await testbed.result(of: ["lab", "status", testbed.inventory])
      #expect(status["kubernetes"] as? Bool == false)
    }

    @Test func nothingLeadsOutOfTheLab() async throws {
      let testbed = try Testbed.current()
      for machine in ["vyos01", "master01"] {
        let routes = try await testbed.shell(machine, "ip route show default")
        #expect(routes == "" || routes.contains("192.168."), "\(machine): \(routes)")
        let out = try await testbed.planetbed(
          "lab", "shell", testbed.inventory, machine, "--", "ping", "-c", "1", "-W", "1",
          "192.0.2.1")
        #expect(out.status != 0, "\(out.everything)")
      }
      let here = try await ChildProcess.run("/bin/sh", ["-c", "ip route get 192.168.10.101"])
      #expect(!here.output.contains("pb"), "\(here.everything)")
    }

    @Test func aLabThatIsNotUp() async throws {
      let testbed = try Testbed.current()
      let path = try testbed.variant("down") {
        $0.replacing("name = \"\(testbed.name)\"", with: "name = \"pbnever\"")
      }
      let applied = try await testbed.planetbed("apply", path, "--yes")
      #expect(applied.status != 0)
      #expect(applied.errors.contains("planetbed lab up"), "\(applied.everything)")
    }
  }
}
