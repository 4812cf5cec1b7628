import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import Testing

@testable import Execution

/// A token that one machine makes and another redeems: it is in the two programs, which travel over standard
/// input, and nowhere else.
@Suite(.timeLimit(.minutes(5))) struct SecretFactTests {
  private static let secret = "0123456789abcdef"

  private static func roles(_ scene: TestRun.Scene) -> [RoleApplication] {
    switch scene.machine.name {
    case "host1": [scene.role("token")]
    case "host2", "host3":
      [
        scene.role(
          "redeeming", ["token": .fact(FactReference(host: "host1", name: "token"))])
      ]
    default: []
    }
  }

  @Test func aRegisteredSecretIsWrittenNowhere() async throws {
    let world = try TestRun(Self.roles)
    try FileManager.default.createDirectory(
      atPath: world.testbed.path(of: "host3") + "/etc", withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: world.testbed.path(of: "host3") + "/etc/refuses"))
    let runner = try world.runner()
    let probes = try await runner.probe()
    let plan = try runner.planner.plan(answers: probes.answers)
    let result = try await runner.apply(plan, probes: probes)

    #expect(world.read("host2", "etc/redeemed") != nil)
    #expect(result.hosts.first { $0.name == "host2" }?.problem == nil)
    #expect(result.hosts.first { $0.name == "host3" }?.problem != nil, "it was to fail")
    // The one program that must carry it does.
    #expect(world.testbed.programs(on: "host2").filter { $0.contains(Self.secret) }.count == 1)

    let told = [
      String(describing: plan), String(describing: result),
      String(describing: world.events.all),
      String(describing: try await world.journalEvents(of: result)),
    ]
    for text in told { #expect(!text.contains(Self.secret), "\(text)") }
    for folder in [world.state.path] + ["host1", "host2", "host3"].map(world.testbed.path) {
      let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      #expect(!files.isEmpty)
      for file in files {
        guard let bytes = FileManager.default.contents(atPath: folder + "/" + file) else {
          continue
        }
        #expect(bytes.range(of: Data(Self.secret.utf8)) == nil, "\(folder)/\(file)")
      }
    }
  }
}
