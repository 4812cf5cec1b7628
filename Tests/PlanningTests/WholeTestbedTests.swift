import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import ShellPrograms
import Stages
import TestSupport
import Testing

/// The stages, roles and inventories of the tree, planned together.
@Suite struct WholeTestbedTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func library() throws -> RoleLibrary {
    try RoleLibrary.load(
      roles: root.appending(path: "roles").path, templates: root.appending(path: "templates").path)
  }

  /// Answers of fresh Debian machines with the addresses that the inventory gives them.
  static func answers(_ planner: Planner, fingerprints: Bool) -> [String: ProbeAnswer] {
    Dictionary(
      uniqueKeysWithValues: planner.machines.map { machine in
        let system = SystemFacts(
          osID: "debian", osVersion: "12", osName: "Debian GNU/Linux 12",
          clockOffsetMilliseconds: 0,
          addresses: ["eth0": ["\(machine.address)/24"]], hasTun: true, hasSystemd: true)
        let known = fingerprints ? ["vpn_fingerprint": "AA:BB"] : [:]
        return (
          machine.name, ProbeAnswer(facts: HostFacts(system: system, registered: known))
        )
      })
  }

  @Test(arguments: ["lab", "thesis"]) func canBePlanned(_ name: String) throws {
    let file = Self.root.appending(path: "inventory/\(name).toml").path
    let inventory = try InventoryReader.read(file: file).inventory
    let planner = try Planner(inventory: inventory, library: Self.library())
    #expect(planner.machines == inventory.machines)
    for machine in planner.machines {
      #expect(try !planner.tasksToProbe(on: machine.name).isEmpty)
    }
    let first = try planner.plan(answers: Self.answers(planner, fingerprints: false))
    // These answers tell nothing of a cluster, and so there must be none made.
    #expect(
      first.warnings.map(\.summary) == [
        "no cluster is made: master01, master02, master03 did not tell whether there is one"
      ])
    #expect(first.hosts.allSatisfy { $0.problems.isEmpty && $0.changeCount > 0 })
    let router = try #require(first.hosts.first { $0.host == "vyos01" })
    #expect(
      router.steps.map(\.application.id.words) == [
        "vpn-router on vyos01", "vpn-tunnel vlan10-vlan20 on vyos01",
        "vpn-tunnel vlan10-vlan30 on vyos01", "host-names on vyos01", "pod-routes on vyos01",
        "site-latency on vyos01", "site-delays on vyos01",
      ])
    let tunnel = router.steps[1]
    #expect(tunnel.differences[0].verdict != .change)
    #expect(
      tunnel.after.map(\.words).sorted() == ["vpn-router on vyos01", "vpn-router on vyos02"])
    let second = try planner.plan(answers: Self.answers(planner, fingerprints: true))
    #expect(
      second.hosts.first { $0.host == "vyos01" }?.steps[1].differences[0].diff?
        .contains("+peer-fingerprint AA:BB") == true)
  }

  @Test(arguments: [["/bin/dash", "-n"], ["/bin/busybox", "sh", "-n"]])
  func shellsReadEveryProgram(_ shell: [String]) async throws {
    guard FileManager.default.isExecutableFile(atPath: shell[0]) else {
      print("not tried: \(shell[0]) is not installed")
      return
    }
    let file = Self.root.appending(path: "inventory/lab.toml").path
    let inventory = try InventoryReader.read(file: file).inventory
    let planner = try Planner(inventory: inventory, library: Self.library())
    let facts = Facts(
      hosts: Self.answers(planner, fingerprints: true).mapValues(\.facts))
    for machine in planner.machines {
      let probed = try planner.tasksToProbe(on: machine.name)
      let known = try allStages.flatMap { $0.applications(for: inventory) }
        .filter { $0.id.host == machine.name }
        .flatMap { try Self.library().tasks(of: $0, facts: facts) }
      for program in [
        ProbeCompiler.program(for: probed, testbed: "lab"),
        ChangeCompiler.program(for: known, testbed: "lab"),
      ] {
        let script = FileManager.default.temporaryDirectory
          .appending(path: "program-\(UUID().uuidString).sh")
        try Data(program.text.utf8).write(to: script)
        defer { try? FileManager.default.removeItem(at: script) }
        let outcome = try await ChildProcess.run(shell[0], shell.dropFirst() + [script.path])
        #expect(outcome.status == 0, "\(machine.name): \(outcome.everything)")
      }
    }
  }

  @Test func aStageAloneConcernsItsMachines() throws {
    let file = Self.root.appending(path: "inventory/lab.toml").path
    let planner = try Planner(
      inventory: InventoryReader.read(file: file).inventory, library: Self.library(),
      scope: RunScope(stages: ["load-balancer"]))
    #expect(planner.machines.map(\.name) == ["lb"])
  }

  @Test func aHubOf717SitesIsPlanned() throws {
    var text = "[testbed]\nname = \"planet\"\ntopology = \"hub\"\nhub = \"site-0\"\n"
    text += "[kubernetes]\ninstall = false\n"
    for site in 0..<717 {
      let (high, low) = (site / 256, site % 256)
      text += """
        [[site]]
        name = "site-\(site)"
        lan = "10.\(high).\(low).0/24"
        router = { name = "r-\(site)", wan = "11.0.\(high).\(low + 1)", lan = "10.\(high).\(low).1" }
        [[site.host]]
        name = "h-\(site)"
        address = "10.\(high).\(low).2"
        role = "\(site == 0 ? "master" : "worker")"

        """
    }
    text = text.replacing("11.0.0.256", with: "11.0.9.1").replacing("11.0.1.256", with: "11.0.9.2")
    let inventory = try InventoryReader.read(Array(text.utf8), file: "large.toml").inventory
    let planner = try Planner(inventory: inventory, library: Self.library())
    #expect(planner.machines.count == 2 * 717)
    // Only the hub and one spoke answer: the plan is theirs.
    let all = Self.answers(planner, fingerprints: true)
    let plan = try planner.plan(answers: all.filter { ["r-0", "r-716"].contains($0.key) })
    #expect(plan.hosts.map(\.host) == ["r-0", "r-716"])
    #expect(
      plan.hosts[1].steps.map(\.application.id.role) == [
        "vpn-router", "vpn-tunnel", "host-names", "site-latency", "site-delays",
      ])
  }
}
