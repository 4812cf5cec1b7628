import Diagnostics
import Foundation
import Inventories
import Measurement
import ShellPrograms
import Synchronization
import TestSupport
import Testing
import Transport

/// What the program does with the ping of iputils and of busybox: stand-ins that answer as they do.
@Suite(.timeLimit(.minutes(5))) struct PingProgramTests {
  private static let iputils = """
    #!/bin/sh
    for address; do :; done
    case $address in
    192.0.2.1) time='time=12.345 ms' ;;
    192.0.2.2) time='time<1 ms' ;;
    192.0.2.3) echo 'strange'; exit 0 ;;
    *) printf 'PING %s 56(84) bytes of data.\\n\\n--- statistics ---\\n100%% packet loss\\n' "$address"; exit 1 ;;
    esac
    printf 'PING %s (%s) 56(84) bytes of data.\\n' "$address" "$address"
    printf '64 bytes from %s: icmp_seq=1 ttl=64 %s\\n\\n' "$address" "$time"
    printf -- '--- %s ping statistics ---\\n' "$address"
    printf '1 packets transmitted, 1 received, 0%% packet loss, time 0ms\\n'
    printf 'rtt min/avg/max/mdev = 9.9/9.9/9.9/0.000 ms\\n'
    """
  private static let busybox = """
    #!/bin/sh
    for address; do :; done
    case $address in
    192.0.2.1) time='time=12.345 ms' ;;
    192.0.2.2) time='time<1 ms' ;;
    192.0.2.3) echo 'strange'; exit 0 ;;
    *) echo "ping: sendto: Network is unreachable" >&2; exit 1 ;;
    esac
    printf 'PING %s (%s): 56 data bytes\\n' "$address" "$address"
    printf '64 bytes from %s: seq=0 ttl=64 %s\\n\\n' "$address" "$time"
    printf '1 packets transmitted, 1 packets received, 0%% packet loss\\n'
    printf 'round-trip min/avg/max = 9.9/9.9/9.9 ms\\n'
    """
  private static let systemctl = """
    #!/bin/sh
    case $2 in
    good.service) echo active ;;
    *) echo failed; exit 3 ;;
    esac
    """

  /// 192.0.2.1 and so on; the tunnels of the even ones are well on this side.
  private func targets(_ count: Int, tunnels: Bool = false) -> [PingProgram.Target] {
    let bad = PingProgram.Tunnel(device: "no-such", unit: "bad.service")
    let good = PingProgram.Tunnel(device: "lo", unit: "good.service")
    return (1...count).map { number in
      let address = IPv4Address(bits: 0xc000_0200 + UInt32(number))
      guard tunnels else { return PingProgram.Target(address) }
      return PingProgram.Target(address, tunnel: number % 2 == 0 ? good : bad)
    }
  }

  /// Runs the program with these programs in place of the machine's.
  private func run(
    _ program: RemoteProgram, shell: [String], _ programs: [String: String]
  ) async throws -> [UInt8] {
    let folder = NSTemporaryDirectory() + "planetbed-ping-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, text) in programs {
      try Data((text + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      chmod("\(folder)/\(name)", 0o755)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/sleep", withDestinationPath: "/bin/sleep")
    let outcome = try await ChildProcess.run(
      shell[0], shell.dropFirst() + ["-c", program.text], environment: ["PATH": folder])
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.everything)")
    return Array(outcome.output.utf8)
  }

  @Test(arguments: [["/bin/dash"], ["/bin/busybox", "sh"]], [iputils, busybox])
  func readsBothPings(shell: [String], ping: String) async throws {
    let program = PingProgram.program(targets: targets(70))
    let output = try await run(program, shell: shell, ["ping": ping])
    let replies =
      [12.345, 1, 0].map { PingProgram.Reply.reached(milliseconds: $0) }
      + [PingProgram.Reply](repeating: .unreached(nil), count: 67)
    #expect(PingProgram.answer(from: output, count: 70) == .replies(replies))
  }

  @Test(arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func looksAtTheTunnelsThatDoNotAnswer(shell: [String]) async throws {
    let programs = ["ping": "#!/bin/sh\nexit 1", "systemctl": Self.systemctl]
    let output = try await run(
      PingProgram.program(targets: targets(2, tunnels: true)), shell: shell, programs)
    #expect(
      PingProgram.answer(from: output, count: 2)
        == .replies([
          .unreached(TunnelState(device: .absent, unit: "failed")),
          .unreached(TunnelState(device: .up, unit: "active")),
        ]))
    let without = try await run(
      PingProgram.program(targets: targets(1, tunnels: true)), shell: shell,
      ["ping": "#!/bin/sh\nexit 1"])
    #expect(
      PingProgram.answer(from: without, count: 1)
        == .replies([.unreached(TunnelState(device: .absent, unit: "unknown"))]))
  }

  /// A tunnel that comes up while it is waited for: the second ping answers.
  @Test func waitsOnTheMachineForATunnel() async throws {
    let ping = """
      #!/bin/sh
      if [ -e "${0%/*}/asked" ]; then echo '64 bytes: time=3.5 ms'; else : >"${0%/*}/asked"; exit 1; fi
      """
    let program = PingProgram.program(targets: targets(1), attempts: 3)
    #expect(program.deadline == .seconds(48))
    let output = try await run(program, shell: ["/bin/dash"], ["ping": ping])
    #expect(PingProgram.answer(from: output, count: 1) == .replies([.reached(milliseconds: 3.5)]))
  }

  @Test func tellsThatThereIsNoPing() async throws {
    let output = try await run(
      PingProgram.program(targets: targets(1)), shell: ["/bin/dash"], [:])
    #expect(PingProgram.answer(from: output, count: 1) == .noPing)
  }

  @Test(arguments: [
    "reached 7 1.0", "reached 0 -1", "reached 0 nan", "reached 0 1e9", "reached x 1", "reached 0",
    "unreached 0 sideways active", "unreached 0 up \u{1b}[31m", "nonsense", "",
  ])
  func passesOverWhatItCannotHaveWritten(line: String) {
    #expect(
      PingProgram.answer(from: Array((line + "\n").utf8), count: 1) == .replies([.unreached(nil)]))
  }
}
