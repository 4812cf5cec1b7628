import Diagnostics
import Inventories
import Roles
import Testing

@testable import Stages

/// What on a machine stands in the way, and what only looks wrong.
@Suite struct MachineProblemTests {
  /// A Debian 12 machine of which nothing bad can be said.
  static func system(_ address: String) -> SystemFacts {
    SystemFacts(
      osID: "debian", osVersion: "12", osName: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0",
      architecture: "x86_64", clockOffsetMilliseconds: -3, addresses: ["eth1": ["\(address)/24"]],
      hasTun: true, versions: ["openvpn": "2.6.14"], hasSystemd: true)
  }

  /// All that the stages say of vyos01 when it is so.
  static func problems(
    of host: String = "vyos01", address: String = "192.168.10.1",
    _ change: (inout SystemFacts) -> Void
  ) throws -> [Diagnostic] {
    var system = system(address)
    change(&system)
    let facts = Facts(hosts: [host: HostFacts(system: system)])
    let inventory = try CaseFiles.inventory("mesh")
    var seen: [Diagnostic] = []
    // What the cluster's stages say of masters that told nothing is theirs to test.
    let stages = allStages.filter { $0.name != "control-plane" && $0.name != "workers" }
    for problem in stages.flatMap({ $0.problems(for: inventory, facts: facts) })
    where !seen.contains(problem) { seen.append(problem) }
    return seen
  }

  /// The only thing that is said.
  static func only(
    of host: String = "vyos01", address: String = "192.168.10.1",
    _ change: (inout SystemFacts) -> Void
  ) throws -> Diagnostic {
    let problems = try problems(of: host, address: address, change)
    #expect(problems.count == 1, "\(problems.map(\.summary))")
    let problem = try #require(problems.first)
    #expect(problem.host == host)
    return problem
  }

  @Test func aGoodMachineHasNone() throws {
    #expect(try Self.problems { _ in }.isEmpty)
    #expect(try Self.problems { $0.versions = [:] }.isEmpty)
    #expect(try Self.problems { $0.clockOffsetMilliseconds = nil }.isEmpty)
    #expect(try Self.problems { $0.addresses = [:] }.isEmpty)
  }

  @Test(arguments: ["2.5.9", "2.4.7", "1.9", "2"]) func openVPNIsTooOld(_ version: String) throws {
    let problem = try Self.only { $0.versions["openvpn"] = version }
    #expect(problem.severity == .error)
    #expect(problem.summary == "OpenVPN \(version) on vyos01 is too old")
  }

  @Test(arguments: ["2.6.0", "2.6_rc1", "2.10.1", "3.0"])
  func openVPNIsNewEnough(_ version: String) throws {
    #expect(try Self.problems { $0.versions["openvpn"] = version }.isEmpty)
  }

  @Test(arguments: [("debian", "11"), ("ubuntu", "22.04")])
  func theDistributionsOpenVPNIsTooOld(_ id: String, _ version: String) throws {
    let problem = try Self.only {
      $0.osID = id
      $0.osVersion = version
      $0.osName = "\(id) \(version)"
      $0.versions = [:]
    }
    #expect(problem.severity == .error)
    #expect(problem.summary == "\(id) \(version) on vyos01 has no OpenVPN 2.6")
  }

  @Test func anOldDistributionMayHaveANewOpenVPN() throws {
    #expect(try Self.problems { $0.osVersion = "11" }.isEmpty)
  }

  @Test func aMissingTunDeviceIsAWarning() throws {
    let problem = try Self.only { $0.hasTun = false }
    #expect(problem.severity == .warning)
    #expect(problem.summary == "vyos01 has no /dev/net/tun")
  }

  @Test func theLANAddressIsNotItsOwn() throws {
    let problem = try Self.only {
      $0.addresses = ["eth0": ["10.4.0.90/16"], "eth1": ["192.168.10.11/24"]]
    }
    #expect(problem.severity == .error)
    #expect(problem.summary == "the LAN address 192.168.10.1 is on none of vyos01's interfaces")
    #expect(problem.detail.contains("It has 10.4.0.90/16, 192.168.10.11/24."))
    #expect(problem.position != nil)
  }

  @Test func aHostsAddressIsNotItsOwn() throws {
    let problem = try Self.only(of: "node01", address: "192.168.20.9") { _ in }
    #expect(problem.severity == .warning)
    #expect(problem.summary == "the address 192.168.20.101 is on none of node01's interfaces")
  }

  @Test func withoutSystemd() throws {
    let problem = try Self.only { $0.hasSystemd = false }
    #expect(problem.severity == .error)
    #expect(problem.summary == "vyos01 is not run by systemd")
  }

  @Test func anUnknownSystemIsAWarning() throws {
    let named = try Self.only {
      $0.osID = "fedora"
      $0.osName = "Fedora Linux 43"
    }
    #expect(named.severity == .warning)
    #expect(named.summary == "vyos01 runs Fedora Linux 43")
    let unnamed = try Self.only {
      $0.osID = ""
      $0.osName = ""
    }
    #expect(unnamed.summary == "vyos01 runs an unknown operating system")
  }

  @Test func aClockMayBeOff() throws {
    let bad = try Self.only { $0.clockOffsetMilliseconds = -30 * 3600 * 1000 }
    #expect(bad.severity == .error)
    #expect(bad.summary == "the clock of vyos01 is 30 hours behind this computer's")
    let odd = try Self.only { $0.clockOffsetMilliseconds = 90_000 }
    #expect(odd.severity == .warning)
    #expect(odd.summary == "the clock of vyos01 is 90 seconds ahead of this computer's")
    let far = try Self.only { $0.clockOffsetMilliseconds = 1e300 }
    #expect(far.severity == .error)
    #expect(MachineChecks.words(forOffset: -600_000) == "10 minutes behind this computer's")
  }

  @Test func aLoadBalancersMachineIsLookedAt() throws {
    let system = SystemFacts(osID: "debian", osVersion: "12")
    let facts = Facts(hosts: ["lb": HostFacts(system: system)])
    let problems = LoadBalancer().problems(for: try CaseFiles.inventory("mesh"), facts: facts)
    #expect(problems.map(\.summary) == ["lb is not run by systemd"])
  }

  @Test func checksOfFarMastersTakeTheirTime() {
    #expect(HealthCheckTiming(roundTrips: []).timeoutMilliseconds == 2_000)
    #expect(HealthCheckTiming(roundTrips: [10, 300.5]).timeoutMilliseconds == 2_404)
    #expect(HealthCheckTiming(roundTrips: [1e12]).timeoutMilliseconds == 480_000)
  }
}
