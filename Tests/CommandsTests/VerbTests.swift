import Diagnostics
import Foundation
import Reporting
import ShellPrograms
import Testing

@testable import Commands

@Suite struct VerbTests {
  private func object(_ text: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(object as? [String: Any])
  }

  private func result(_ output: String, errors: String = "", status: Int32 = 0) -> ProgramResult {
    ProgramResult(
      ending: .exited(status), output: Array(output.utf8), errors: Array(errors.utf8))
  }

  // MARK: check

  @Test func checkOfACorrectInventory() async throws {
    let outcome = await World().run("check", World.inventory)
    #expect(outcome.status == .success)
    #expect(outcome.output.contains("correct\n  testbed thesis: 3 sites, 8 hosts, 3 tunnels\n"))
    #expect(outcome.errors == "")
  }

  @Test func checkOfAWrongInventory() async throws {
    let file = FileManager.default.temporaryDirectory.path + "/wrong-\(UUID().uuidString).toml"
    try Data("[testbed]\nname = \"x\"\ntopolgy = \"mesh\"\n".utf8).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let outcome = await World().run("check", file)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("\(file):3:1: error: unknown key"))
    #expect(outcome.errors.contains("    topolgy = \"mesh\"\n    ^\n"))
    let json = try object(await World().run("check", file, "--output", "json").output)
    #expect(json["schema"] as? String == "planetbed.check/1")
    let diagnostics = try #require(json["diagnostics"] as? [[String: Any]])
    let unknown = try #require(diagnostics.first { $0["line"] as? Int == 3 })
    #expect(unknown["column"] as? Int == 1)
    #expect(unknown["severity"] as? String == "error")
    #expect(unknown["file"] as? String == file)
  }

  // MARK: exec

  @Test func execShowsLinesByHost() async throws {
    let world = World(
      connector: ScriptedConnector { machine, program in
        #expect(program.text == "'ip' 'route'")
        #expect(program.asRoot)
        return machine == "lb"
          ? result("one\n\u{1B}[2Jtwo", errors: "oh\n", status: 3) : result("fine\n")
      })
    let outcome = await world.run(
      "exec", World.inventory, "--limit", "host=lb,vyos01", "--", "ip", "route")
    #expect(outcome.status == .failure)
    let lines = Set(outcome.output.split(separator: "\n"))
    #expect(lines == ["lb     | one", "lb     | \\e[2Jtwo", "vyos01 | fine"])
    #expect(outcome.errors.contains("lb     | oh\n"))
    #expect(outcome.errors.contains("lb: error: the command ended with exit status 3\n"))
  }

  @Test func execForPrograms() async throws {
    let world = World(
      connector: ScriptedConnector { _, program in
        #expect(program.text == "echo $HOME")
        #expect(!program.asRoot)
        #expect(program.deadline == .seconds(9))
        return result("out\n", errors: "err\n")
      })
    let arguments = [
      "exec", World.inventory, "--limit", "host=lb", "--as-user", "--timeout", "9", "--",
      "echo $HOME",
    ]
    let json = try object(await world.run(arguments.inserting(["--output", "json"])).output)
    let host = try #require((json["hosts"] as? [[String: Any]])?.first)
    #expect(host["name"] as? String == "lb")
    #expect(host["exitStatus"] as? Int == 0)
    #expect(host["output"] as? String == "out\n")
    #expect(host["errors"] as? String == "err\n")
    let lines = await world.run(arguments.inserting(["-o", "jsonl"])).output.split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines { _ = try object(String(line)) }
    #expect(lines.last?.contains("planetbed.exec/1") == true)
  }

  @Test func execTellsOfUnreachableMachines() async {
    let outcome = await World().run("exec", World.inventory, "--limit", "host=lb", "--", "true")
    #expect(outcome.status == .failure)
    #expect(outcome.errors == "lb: error: lb refused the connection\n")
  }

  @Test(arguments: [
    (["--limit", "host=lbb"], "there is no host lbb", "Did you mean lb?"),
    (["--limit", "site=zzzzzz"], "there is no site zzzzzz", ""),
    (["--limit", "stage=hosts"], "--limit stage=hosts limits nothing here", "whole machines"),
    (["--limit", "nonsense"], "--limit nonsense names nothing", "site=NAME"),
    (["--limit", "host=lb", "--limit", "site=vlan20"], "no machine is within the limits", "other"),
    (["--timeout", "soon"], "'soon' is no value for option '--timeout'", "whole seconds"),
    (["--timeout", "0"], "'0' is no value for option '--timeout'", "1 to 86400"),
  ]) func execRefuses(_ options: [String], _ summary: String, _ detail: String) async {
    let outcome = await World().run(["exec", World.inventory] + options + ["--", "true"])
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("error: \(summary)"), "\(outcome.errors)")
    #expect(detail.isEmpty || outcome.errors.contains(detail), "\(outcome.errors)")
  }

  // MARK: status

  @Test func statusOfAWholeTestbed() async throws {
    let world = World(connector: Self.pinging { _, _ in 1.25 })
    let outcome = await world.run("status", World.inventory)
    #expect(outcome.status == .success, "\(outcome.errors)")
    #expect(
      outcome.output.hasSuffix(
        "Every host reaches every other (56 pairs)\n\nThere is no cluster yet.\n"))
    let json = try object(await world.run("status", World.inventory, "-o", "json").output)
    let tunnels = try #require(json["tunnels"] as? [[String: Any]])
    #expect(tunnels.count == 3)
    #expect(tunnels.allSatisfy { $0["up"] as? Bool == true && $0["rttMs"] as? Double == 1.25 })
    let reachability = try #require(json["reachability"] as? [String: Any])
    #expect((reachability["hosts"] as? [String])?.count == 8)
    let matrix = try #require(reachability["matrix"] as? [[Double]])
    #expect(matrix[0][0] == 0 && matrix[0][1] == 1.25)
  }

  @Test func statusOfABrokenTestbedIsAGate() async {
    let world = World(
      connector: Self.pinging { machine, target in
        machine == "vyos01" || (machine == "lb" && target == 4) ? nil : 0.5
      })
    let outcome = await world.run("status", World.inventory)
    #expect(outcome.status == .gate)
    #expect(
      outcome.errors.contains(
        "error: not every host reaches every other: 2 tunnels down, 1 of 56 pairs without an answer"
      ), "\(outcome.errors)")
    #expect(outcome.errors.contains("lb → node02"))
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("journalctl -u planetbed-thesis-vpn@"), "\(outcome.output)")
  }

  @Test func statusTellsWhoCouldNotBeAsked() async {
    let outcome = await World().run("status", World.inventory)
    #expect(outcome.status == .gate)
    #expect(outcome.errors.contains("lb: error: lb refused the connection"))
    #expect(outcome.output.contains("? not asked"))
  }

  @Test func statusTellsThatPingIsMissing() async {
    let world = World(connector: ScriptedConnector { _, _ in self.result("absent\n") })
    let outcome = await world.run("status", World.inventory)
    #expect(outcome.status == .gate)
    #expect(outcome.errors.contains("apt-get install iputils-ping"))
  }

  /// Machines that answer ping programs with these times, by machine and target.
  private static func pinging(
    _ time: @escaping @Sendable (String, Int) -> Double?
  ) -> ScriptedConnector {
    ScriptedConnector { machine, program in
      if program.text.contains("kubeadm certs") { return Framed.result([("absent", "")]) }
      let count = program.text.split(separator: "\n").filter { $0.hasPrefix("ask ") }.count
      let lines = (0..<count).map { place in
        time(machine, place).map { "reached \(place) \($0)\n" } ?? "unreached \(place)\n"
      }
      return ProgramResult(ending: .exited(0), output: Array(lines.joined().utf8), errors: [])
    }
  }

  // MARK: questions

  @Test(arguments: ["apply", "reset"]) func nothingIsDoneUnasked(_ verb: String) async {
    let outcome = await World().run(verb, World.inventory)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("error: '\(verb)' asks before it changes anything"))
    #expect(outcome.errors.contains("--yes"))
  }

  @Test func resetTakesNoForAnAnswer() async {
    let outcome = await World(answers: [false]).run("reset", World.inventory)
    #expect(outcome.status == .success)
    #expect(outcome.errors == "Nothing was changed.\n")
  }

  // MARK: plan and apply

  /// The machines are this computer, which the probe only looks at.
  @Test func planTellsWhatStandsInTheWay() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/plan-\(UUID().uuidString)"
    let world = World(environment: ["XDG_STATE_HOME": folder], connector: LocalConnector())
    let saved = folder + ".plan"
    let outcome = await world.run(
      "plan", World.inventory, "--limit", "host=vyos01,lb", "--out", saved, "--exit-code")
    #expect(outcome.status == .failure, "\(outcome.errors)")
    #expect(outcome.errors.contains("vyos01: connected"))
    #expect(outcome.errors.contains("lb: connected"))
    #expect(outcome.errors.contains("vyos01: error:"), "\(outcome.errors)")
    #expect(outcome.errors.contains("192.168.10.1"), "\(outcome.errors)")
    #expect(outcome.errors.contains("The plan is not saved"))
    #expect(!FileManager.default.fileExists(atPath: saved))
    #expect(outcome.output.contains("Plan: "), "\(outcome.output)")
    #expect(!FileManager.default.fileExists(atPath: folder), "plan wrote a state folder")
  }

  @Test func planForPrograms() async throws {
    let world = World(environment: ["HOME": "/nonexistent"], connector: LocalConnector())
    let outcome = await world.run(
      "plan", World.inventory, "--limit", "host=lb", "--limit", "stage=hosts", "-o", "jsonl")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 3, "\(outcome.output)")
    #expect(lines.first?.hasPrefix("{\"event\":\"connected\"") == true)
    let json = try object(String(lines.last ?? ""))
    #expect(json["schema"] as? String == "planetbed.plan/1")
    let hosts = try #require(json["hosts"] as? [[String: Any]])
    #expect(hosts.map { $0["name"] as? String } == ["lb"])
    #expect(hosts.first?["roundTrips"] as? Int == 1)
  }

  @Test func applyTellsOfEveryMachineThatCannotBeReached() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/apply-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let world = World(environment: ["XDG_STATE_HOME": folder])
    let outcome = await world.run("apply", World.inventory, "--yes", "--output", "json")
    #expect(outcome.status == .failure)
    #expect(outcome.errors.contains("node04: error: node04 refused the connection"))
    let json = try object(outcome.output)
    #expect(json["schema"] as? String == "planetbed.apply/1")
    #expect(json["failed"] as? Int == 11)
    #expect(json["verified"] as? Bool == false)
  }

  @Test(arguments: [
    (["plan", "--limit", "host=lbb"], "lbb"), (["plan", "--limit", "stage=site-vpm"], "site-vpn"),
    (["plan", "--roles", "/no/such/folder"], "/no/such/folder"),
    (["apply", "--plan", "/no/such/plan"], "/no/such/plan"),
  ]) func planAndApplyRefuse(_ arguments: [String], _ word: String) async {
    let world = World(environment: ["HOME": "/nonexistent"])
    let outcome = await world.run(
      [arguments[0], World.inventory] + arguments.dropFirst())
    #expect(outcome.status == .usage, "\(outcome.errors)")
    #expect(outcome.errors.contains(word), "\(outcome.errors)")
    #expect(!outcome.errors.contains("refused the connection"))
  }

  // MARK: roles and configuration

  @Test func rolesThatAreNowhere() async {
    let world = World(environment: ["PLANETBED_SHARE": "/no/such/folder", "HOME": "/tmp"])
    let outcome = await world.run("plan", World.inventory)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("the program's roles and templates are not found"))
    #expect(outcome.errors.contains("/no/such/folder"))
  }

  @Test func theRecipeOfTheLabsKubernetes() {
    let recipe = World.repository + "/scripts/lab-kubernetes"
    #expect(
      ShareFolders.kubernetesRecipe(environment: ["PLANETBED_SHARE": World.repository]) == recipe)
    #expect(
      ShareFolders.kubernetesRecipe(
        environment: [:], program: World.repository + "/.build/x86/debug/planetbed") == recipe)
    #expect(
      ShareFolders.kubernetesRecipe(environment: ["PLANETBED_SHARE": "/no/such/folder"]) == nil)
    #expect(
      ShareFolders.routerKernelRecipe(environment: ["PLANETBED_SHARE": World.repository])
        == World.repository + "/scripts/lab-router-kernel")
  }

  // MARK: lab

  @Test(arguments: ["up", "down", "status"]) func aLabThatIsNone(_ verb: String) async {
    let outcome = await World().run("lab", verb, World.inventory)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("names no lab"))
  }

  @Test func aMachineThatTheLabDoesNotHave() async {
    let lab = World.repository + "/inventory/lab.toml"
    let outcome = await World().run("lab", "logs", lab, "nobody")
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("has no machine \"nobody\""), "\(outcome.errors)")
  }
}

extension [String] {
  /// With words before the `--`.
  fileprivate func inserting(_ words: [String]) -> [String] {
    let place = firstIndex(of: "--") ?? endIndex
    return Array(self[..<place]) + words + Array(self[place...])
  }
}
