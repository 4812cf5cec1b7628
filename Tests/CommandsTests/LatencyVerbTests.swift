import Diagnostics
import Foundation
import Inventories
import Testing
import Transport

@testable import Commands

/// The verbs of `planetbed latency` that change something. What they do on routers is tested where it is
/// done (ExecutionTests) and on real ones (LabTests).
@Suite struct LatencyVerbTests {
  private static let profile = World.repository + "/inventory/profiles/moving-device.toml"

  /// A world of its own folder for the state.
  private func world(_ body: (World, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/latency-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(World(environment: ["XDG_STATE_HOME": folder]), folder)
  }

  @Test(arguments: [
    (["a", "vlan20", "--rtt", "1ms"], "there is no site a"),
    (["vlan1", "vlan20", "--rtt", "1ms"], "Did you mean vlan10?"),
    (["vlan10", "vlan10", "--rtt", "1ms"], "vlan10 is both ends of the path"),
    (["vlan10", "vlan20"], "it is not said what the path shall be like"),
    (["vlan10", "vlan20", "--rtt", "1"], "is not a duration: \"1\""),
    (["vlan10", "vlan20", "--rtt", "1ms\nloss = \"1%\""], "is not a duration"),
    (["vlan10", "vlan20", "--loss", "200%"], "is not a percentage: \"200%\""),
    (["vlan10", "vlan20", "--rate", "fast"], "is not a rate: \"fast\""),
    (["vlan10", "vlan20", "--rtt", "1ms", "--added-rtt", "1ms"], "two delays"),
    (["vlan10", "vlan20", "--loss", "1%", "--jitter", "1ms"], "jitter without a delay"),
    (["vlan10", "vlan20", "--rtt", "1ms", "--correlation", "1%"], "correlation without jitter"),
    (["vlan10", "vlan20", "--loss", "1%", "--reorder", "1%"], "reorder without a delay"),
    (["vlan10", "vlan20", "--rtt", "1h"], "rtt is longer than tc can delay"),
    (["vlan10", "vlan20", "--one-way", "1ms"], "'1ms' is no value for option '--one-way'"),
    (["vlan10", "vlan20", "--one-way", "1ms,2"], "is not a duration: \"2\""),
    (["all", "all", "--one-way", "1ms,2ms"], "--one-way for the paths between all sites"),
    (["vlan10", "vlan20", "--rtt", "1ms", "--hold", "1"], "'1' is no value for option '--hold'"),
    (["vlan10", "vlan20", "--rtt", "1ms", "--hold", "0s"], "or none."),
    (
      ["vlan10", "vlan20", "--rtt", "5ms", "--jitter", "1ms", "--distribution", "odd"],
      "paretonormal"
    ),
  ]) func wrongSets(arguments: [String], words: String) async throws {
    try await world { world, _ in
      let outcome = await world.run(["latency", "set", World.inventory] + arguments)
      #expect(outcome.status == .usage)
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      // Nobody wrote a file.
      #expect(!outcome.errors.contains("the command line:"))
    }
  }

  @Test func aTestbedOfOneSiteHasNoPath() async throws {
    try await world { world, folder in
      let text = """
        [testbed]
        name = "one"
        [kubernetes]
        install = false
        [[site]]
        name = "a"
        lan = "192.168.10.0/24"
        router = { name = "r", wan = "10.4.0.90", lan = "192.168.10.1" }
        [[site.host]]
        name = "m"
        address = "192.168.10.2"
        role = "master"
        """
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/one.toml"))
      let outcome = await world.run(
        "latency", "set", "\(folder)/one.toml", "a", "all", "--loss", "1%")
      #expect(outcome.status == .usage)
      #expect(outcome.errors.contains("the testbed has one site, so that there is no path"))
    }
  }

  @Test func setChangesNothingWhereRoutersAreNotReached() async throws {
    try await world { world, _ in
      let outcome = await world.run(
        "latency", "set", World.inventory, "vlan10", "all", "--rtt", "300ms")
      #expect(outcome.status == .failure)
      #expect(outcome.output == "Failed: nothing was changed\n")
      #expect(outcome.errors.contains("vyos03: error: vyos03 refused the connection"))
      let lines = await world.run(
        "latency", "set", World.inventory, "vlan10", "vlan20", "--loss", "100%", "-o", "jsonl")
      let objects = try lines.output.split(separator: "\n").map {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
      #expect(objects.dropLast().map { $0?["event"] as? String } == ["hostFailed", "hostFailed"])
      let result = try #require(objects.last ?? nil)
      #expect(result["schema"] as? String == "planetbed.latency-set/1")
      #expect(result["done"] as? Bool == false && result["failed"] as? Int == 2)
      #expect(result["until"] is NSNull)
    }
  }

  @Test(arguments: [["vlan10"], ["vlan10", "vlan20", "vlan30"]])
  func clearTakesTwoSitesOrNone(sites: [String]) async {
    let outcome = await World().run(["latency", "clear", World.inventory] + sites)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("a path is between two sites"))
  }

  @Test func clearIsOfOnePathOrOfAll() async throws {
    try await world { world, _ in
      let some = await world.run("latency", "clear", World.inventory, "vlan10", "all")
      #expect(some.status == .usage)
      #expect(some.errors.contains("a path is between two sites, and 'all' is none"))
      let wrong = await world.run("latency", "clear", World.inventory, "vlan10", "vlan40")
      #expect(wrong.errors.contains("there is no site vlan40"))
      for sites in [[], ["all", "all"], ["vlan10", "vlan20"]] {
        let outcome = await world.run(["latency", "clear", World.inventory] + sites)
        #expect(outcome.status == .failure)
        #expect(outcome.errors.contains("vyos02 refused the connection"))
        #expect(
          outcome.errors.contains("vyos03 refused the connection")
            == (sites.count != 2 || sites[0] == "all"))
      }
    }
  }

  @Test(arguments: [
    (["--hold", "1min"], "the profile takes 5 min, longer than --hold"),
    (["--hold", "1min"], "--hold 5min"),
    (["--hold", "none"], "A run always ends by itself"),
    (["--site", "edge-1"], "'edge-1' is no value for option '--site'"),
    (["--site", "edge-1=a b"], "'edge-1=a b' is no value for option '--site'"),
    (["--site", "edge-1=nowhere"], "edge-1 cannot stand for \"nowhere\""),
    (["--site", "edge-9=vlan10"], "has no name \"edge-9\" for a site"),
  ]) func wrongRuns(arguments: [String], words: String) async throws {
    try await world { world, _ in
      let outcome = await world.run(
        ["latency", "run", World.inventory, Self.profile] + arguments)
      #expect(outcome.status == .usage)
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
  }

  @Test func runSaysWhatIsWrongWithAProfile() async throws {
    try await world { world, folder in
      let missing = await world.run("latency", "run", World.inventory, "\(folder)/none.toml")
      #expect(missing.status == .usage && missing.errors.contains("none.toml"))
      let file = "\(folder)/empty.toml"
      let text = "duration = \"1min\"\n[[event]]\nat = \"0s\"\nbetween = \"all\"\nclear = true\n"
      try Data(text.utf8).write(to: URL(filePath: file))
      let empty = await world.run("latency", "run", World.inventory, file)
      #expect(empty.status == .usage)
      #expect(
        empty.errors.contains("the profile changes no path of this testbed"), "\(empty.errors)")
    }
  }

  @Test func runBeginsNothingWhereRoutersAreNotReached() async throws {
    try await world { world, _ in
      let outcome = await world.run("latency", "run", World.inventory, Self.profile)
      #expect(outcome.status == .failure)
      #expect(outcome.output == "Failed: the run was not begun\n")
      #expect(outcome.errors.contains("vyos01: error: vyos01 refused the connection"))
      #expect(outcome.errors.contains("vyos01: failed: vyos01 refused the connection\n"))
      let quiet = await world.run(
        "latency", "run", World.inventory, Self.profile, "-q", "-o", "json")
      let object = try JSONSerialization.jsonObject(with: Data(quiet.output.utf8)) as? [String: Any]
      #expect(object?["schema"] as? String == "planetbed.latency-run/1")
      #expect(object?["begun"] as? Bool == false)
      #expect(!quiet.errors.contains("vyos01: failed"))
    }
  }

  // MARK: The page

  private static let page =
    (try? String(contentsOfFile: World.repository + "/docs/latency.md", encoding: .utf8)) ?? ""

  static let commands = page.split(separator: "\n").filter { $0.hasPrefix("    planetbed ") }
    .map(String.init)

  @Test func thePageHasCommands() { #expect(Self.commands.count > 10) }

  /// Each of them is well-formed, and of a path that can be.
  @Test(arguments: commands) func thePagesCommandsAreWellFormed(_ command: String) throws {
    let arguments = try Planetbed.parser.parse(
      command.split(separator: " ").dropFirst().map(String.init))
    if arguments.path == ["latency", "set"] {
      #expect(try LatencyArguments.conditions(arguments).delay != nil || command.contains("--loss"))
    }
    let file = arguments.words(LatencyRunVerb.profile).first
    if let file, file.hasPrefix("inventory/") {
      #expect(FileManager.default.fileExists(atPath: World.repository + "/" + file))
    }
  }

  /// The errors that the page explains are errors of the program.
  @Test func thePagesErrorsExist() throws {
    let sources = FileManager.default.enumerator(
      at: URL(filePath: World.repository + "/Sources"), includingPropertiesForKeys: nil)
    let text = (sources?.allObjects ?? []).compactMap { $0 as? URL }
      .filter { $0.pathExtension == "swift" }
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }.joined()
    let errors = Self.page.split(separator: "\n").filter { $0.hasPrefix("`") && $0.hasSuffix("`") }
    #expect(errors.count >= 5)
    for error in errors {
      let words = error.dropFirst().dropLast().split(separator: #/(^| )[A-Z]( |$)/#)
      for part in words { #expect(text.contains(part), "\(error): \(part)") }
    }
  }

  /// The inventory's piece of the page is one.
  @Test func thePagesInventoryIsRight() async throws {
    try await world { world, folder in
      let example = try #require(
        Self.page.components(separatedBy: "```toml\n").dropFirst().first?
          .components(separatedBy: "```").first)
      let base = try String(
        contentsOfFile: World.repository + "/inventory/lab.toml", encoding: .utf8)
      let without = base.components(separatedBy: "[[latency]]")[0]
        .replacing("dns = \"lab-cluster-dns.yaml\"\n", with: "")
      let file = "\(folder)/page.toml"
      try Data((without + "\n" + example).utf8).write(to: URL(filePath: file))
      let outcome = await world.run("check", file)
      #expect(outcome.status == .success, "\(outcome.errors)")
    }
  }
}
