import Diagnostics
import Execution
import Foundation
import Inventories
import Testing

@testable import Commands
@testable import Measurement

@Suite struct LatencyShowTests {
  private static let inventory = """
    [testbed]
    name = "planet"

    [kubernetes]
    install = false


    """

  /// An inventory of so many sites around the equator, with their asked delays.
  private func inventory(_ count: Int, rules: String) throws -> String {
    var text = Self.inventory
    for number in 1...count {
      text += """
        [[site]]
        name = "s\(number)"
        lan = "10.\(number / 250).\(number % 250).0/24"
        location = [0.0, \(Double(number) / 4)]
        router = { name = "r\(number)", wan = "203.\(number / 250).\(number % 250).1", lan = "10.\(number / 250).\(number % 250).1" }

        """
    }
    text +=
      "[[site.host]]\nname = \"m\"\naddress = \"10.\(count / 250).\(count % 250).9\"\nrole = \"master\"\n"
    let file = FileManager.default.temporaryDirectory.path + "/asked-\(UUID().uuidString).toml"
    try Data((text + rules).utf8).write(to: URL(filePath: file))
    return file
  }

  @Test func whatIsAskedAndWhy() async throws {
    let file = try inventory(
      3,
      rules: """
        [[latency]]
        between = ["s1", "s3"]
        rtt = "100ms"
        jitter = "10ms"

        [[latency]]
        model = "geographic"

        """)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let outcome = await World().run("latency", "show", file, "--asked")
    #expect(outcome.status == .success)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[2].contains("s1 – s3") && lines[2].contains("100 ms ± 10 ms"))
    #expect(lines[1].contains("s1 – s2") && lines[1].contains("28 km"))
    let one = await World().run("latency", "show", file, "s3", "s1", "--asked")
    #expect(one.output.contains("s3 – s1") && !one.output.contains("s2"))
    let rows = await World().run("latency", "show", file, "--asked", "--output", "jsonl")
    let objects = try rows.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.count == 4 && objects.last?["paths"] as? Int == 3)
    #expect(objects.first?["event"] as? String == "path")
    let whole = await World().run("latency", "show", file, "--asked", "--output", "json")
    let object = try JSONSerialization.jsonObject(with: Data(whole.output.utf8)) as? [String: Any]
    #expect((object?["paths"] as? [Any])?.count == 3)
    #expect(whole.output.contains(".toml:"))
  }

  @Test func aPlanetIsSummedUp() async throws {
    let file = try inventory(
      20, rules: "[[latency]]\nbetween = [\"s1\", \"s3\"]\nrtt = \"100ms\"\n")
    defer { try? FileManager.default.removeItem(atPath: file) }
    let outcome = await World().run("latency", "show", file, "--asked")
    #expect(outcome.output.hasPrefix("190 paths between 20 sites\n"))
    #expect(outcome.output.contains("a rule of its own"))
    #expect(outcome.output.contains("rtt 100 ms to 100 ms"))
    #expect(outcome.output.contains("189"))
    #expect(outcome.output.hasSuffix("or give --output jsonl to see all.\n"))
  }

  @Test func aPathIsBetweenTwoSitesOfTheInventory() async throws {
    let world = World()
    let unknown = await world.run("latency", "show", World.inventory, "vlan10", "vlan2")
    #expect(unknown.status == .usage)
    #expect(unknown.errors.contains("there is no site vlan2\n  Did you mean vlan20?"))
    for words in [["vlan10"], ["vlan10", "vlan10"], ["vlan10", "vlan20", "vlan30"]] {
      let outcome = await world.run(["latency", "show", World.inventory] + words)
      #expect(outcome.status == .usage)
      #expect(outcome.errors.contains("a path is between two sites"))
    }
  }

  @Test func routersThatCannotBeAskedAreNamed() async throws {
    let outcome = await World().run("latency", "show", World.inventory, "vlan10", "vlan20")
    #expect(outcome.status == .gate)
    #expect(outcome.errors.contains("vyos01 refused the connection"))
    #expect(outcome.errors.contains("vyos02 refused the connection"))
    #expect(!outcome.errors.contains("vyos03"))
    #expect(outcome.output.contains("vlan10 – vlan20: "))
    #expect(outcome.output.contains("not measured"))
  }

  @Test func samplesGoToTheJournal() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/journal-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let state = StateFolder(path: folder)
    let journal = try Journal(in: state)
    try await journal.begin(
      RunRecord(
        name: "r", verb: "apply", started: 1, inventory: "", digest: "", operatorName: "",
        version: ""))
    let inventory = try InventoryReader.read(file: World.inventory).inventory
    let world = NoConnector()
    var delays = try #require(
      await LatencyMeasurement(connector: world, now: { 7 }).measure(inventory))
    delays.paths[0].statistics = RoundTripStatistics(sent: 3, received: 2, times: [1.5, 2.5])
    try await DelayRecord.enter(delays, run: "r", in: state)
    let samples = try await journal.samples(of: "r", kind: "rtt")
    #expect(samples.map(\.value) == [1.5, 2.5])
    #expect(samples.first?.source == delays.paths[0].from && samples.first?.time == 7)
    #expect(samples.first?.target == delays.paths[0].to && samples.first?.unit == "ms")
  }
}
