import Foundation
import Glibc
import Inventories
import ShellPrograms
import TestSupport
import Testing

@testable import Measurement

/// What the program does with the ping of iputils and of busybox: stand-ins that tell how they were
/// called.
@Suite(.timeLimit(.minutes(5))) struct DelayProbesTests {
  private static let iputils = """
    #!/bin/sh
    [ "$1" != -V ] || { echo 'ping from iputils 20221126'; exit; }
    for address; do :; done
    [ "$address" != 192.0.2.2 ] || { echo 'ping: connect: Network is unreachable' >&2; exit 2; }
    echo "PING $address ($address) 56(84) bytes of data."
    echo "called: $*"
    echo "64 bytes from $address: icmp_seq=1 ttl=64 time=99.9 ms"
    echo "64 bytes from $address: icmp_seq=2 ttl=64 time=100 ms"
    echo "64 bytes from $address: icmp_seq=2 ttl=64 time=101 ms (DUP!)"
    echo "64 bytes from $address: icmp_seq=3 ttl=64 time=99.8 ms (BAD CHECKSUM!)"
    echo "20 packets transmitted, 2 received, +1 duplicates, 90% packet loss, time 1900ms"
    echo "rtt min/avg/max/mdev = 99.9/100.2/101.0/0.1 ms"
    exit 1
    """
  private static let busybox = """
    #!/bin/sh
    [ "$1" != -V ] || { echo "ping: invalid option -- 'V'" >&2; exit 1; }
    for address; do :; done
    echo "PING $address ($address): 56 data bytes"
    echo "called: $*"
    echo "64 bytes from $address: seq=0 ttl=64 time=100.125 ms"
    echo "5 packets transmitted, 5 packets received, 0% packet loss"
    echo "round-trip min/avg/max = 100.125/100.125/100.125 ms"
    """

  private static let targets: [DelayProbes.Target] = (1...3).map { number in
    let way = OneWayConditions(delay: .total(milliseconds: 50))
    let expectation = PathExpectation(there: way, back: way, naturalThere: 1, naturalBack: 1)
    return DelayProbes.Target(
      IPv4Address(bits: 0xc000_0200 + UInt32(number)),
      ProbePlan(expectation, lanes: 3, confidence: 0.999))
  }

  private func run(
    _ ping: String?, shell: [String]
  ) async throws -> (answer: DelayProbes.Answer, text: String, left: [String]) {
    let folder = NSTemporaryDirectory() + "planetbed-delays-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/tmp", withIntermediateDirectories: true)
    for tool in ["mktemp", "rm", "cat"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(tool)", withDestinationPath: "/bin/\(tool)")
    }
    if let ping {
      try Data((ping + "\n").utf8).write(to: URL(filePath: folder + "/ping"))
      chmod(folder + "/ping", 0o755)
    }
    let program = DelayProbes.program(Self.targets)
    let outcome = try await ChildProcess.run(
      shell[0], shell.dropFirst() + ["-c", program.text],
      environment: ["PATH": folder, "TMPDIR": folder + "/tmp"])
    #expect(outcome.status == 0, "\(outcome.everything)")
    return (
      DelayProbes.answer(from: Array(outcome.output.utf8), targets: Self.targets), outcome.output,
      try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp")
    )
  }

  @Test(arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func pingsManyTimesInOneProcess(shell: [String]) async throws {
    let (answer, text, left) = try await run(Self.iputils, shell: shell)
    guard case .replies(let replies) = answer else {
      Issue.record("no replies: \(text)")
      return
    }
    #expect(text.contains("called: -n -c 20 -i 0.100 -W 3 192.0.2.1"))
    let first = try #require(replies.first)
    #expect(first.statistics.sent == 20 && first.statistics.received == 2)
    #expect(first.statistics.duplicates == 1 && first.statistics.times == [99.9, 100])
    // The mean that ping tells has the duplicate in it.
    #expect(first.statistics.exactMean == nil)
    #expect(replies[1].statistics.received == 0 && replies[1].statistics.sent == 20)
    #expect(replies[1].complaint == "ping: connect: Network is unreachable")
    #expect(replies[2].statistics == first.statistics)
    #expect(left.isEmpty)
  }

  @Test(arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func anotherPingIsAskedForWholeSeconds(shell: [String]) async throws {
    let (answer, text, left) = try await run(Self.busybox, shell: shell)
    #expect(text.contains("called: -c 5 -W 3 192.0.2.1"))
    guard case .replies(let replies) = answer else {
      Issue.record("no replies: \(text)")
      return
    }
    #expect(replies.map(\.statistics.exactMean) == [100.125, 100.125, 100.125])
    #expect(left.isEmpty)
  }

  @Test func aRouterWithoutPingSaysSo() async throws {
    #expect(try await run(nil, shell: ["/bin/dash"]).answer == .noPing)
  }

  @Test func manyLanesAreAskedInTurns() {
    let many = [DelayProbes.Target](repeating: Self.targets[0], count: 300)
    let lines = DelayProbes.program(many).text.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("ask ") && $0 != "ask() {" } == 300)
    #expect(lines.count { $0 == "wait" } == 3)
  }
}
