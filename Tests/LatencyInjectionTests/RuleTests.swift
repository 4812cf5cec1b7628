import Foundation
import Inventories
import Roles
import Stages
import TestSupport
import Testing

/// From the inventory's rules to what tc is told on each router: a case is an inventory.
@Suite(.timeLimit(.minutes(10))) struct RuleTests {
  @Test(arguments: TestFiles.names("Rules", ending: ".toml"), Shell.allCases)
  func asExpected(_ name: String, _ shell: Shell) async throws {
    let file = TestFiles.folder.appending(path: "Rules/\(name).toml")
    let inventory = try InventoryReader.read(file: file.path).inventory
    let applications = Latency().applications(for: inventory)
    var text = ""
    for site in inventory.sites {
      let machine = try AgentMachine(shell)
      let lanes = try Self.variable("lanes", "site-latency", site, applications)
      let own = try Self.variable("own", "site-delays", site, applications)
      try machine.put(lanes, at: AgentMachine.place("lanes"))
      try machine.put(own, at: AgentMachine.place("own"))
      // Every path takes two milliseconds by itself, and every tunnel has the kernel's own qdisc.
      let words = lanes.split(separator: "\n").map { $0.split(separator: " ") }
      try machine.put(words.map { "\($0[0]) 2000\n" }.joined(), at: AgentMachine.place("baseline"))
      let devices = Set(words.map { String($0[1]) }).sorted()
      try machine.put(
        devices.map { "qdisc fq_codel 0: dev \($0) root refcnt 2 limit 10240p\n" }.joined(),
        at: "kernel")
      text += "== \(site.router.name)\n\(lanes)\(own)" + (try await machine.call("settle"))
    }
    let difference = try Snapshot.difference(
      of: text, from: file.deletingPathExtension().appendingPathExtension("expected").path)
    #expect(difference == nil)
  }

  private static func variable(
    _ name: String, _ role: String, _ site: Site, _ applications: [RoleApplication]
  ) throws -> String {
    let application = applications.first { $0.id.host == site.router.name && $0.id.role == role }
    guard case .string(let text) = try #require(application?.variables[name]) else {
      throw CocoaError(.coderValueNotFound)
    }
    return text
  }
}
