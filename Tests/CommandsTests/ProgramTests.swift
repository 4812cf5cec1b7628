import Commands
import Diagnostics
import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct ProgramTests {
  @Test func theManualIsAsTheProgram() throws {
    let difference = try Snapshot.difference(
      of: ManualPage(parser: Planetbed.parser).text, from: World.repository + "/docs/cli.md")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func everyCommandHasHelpThatFits() async {
    for names in Self.commands(Planetbed.program) {
      for columns in [48, 80] {
        let help = HelpText(
          parser: Planetbed.parser, path: names, layout: TextLayout(columns: columns))
        // Usage lines and examples are left as they are, to be copied.
        for line in help.text.split(separator: "\n")
        where !line.hasPrefix("  planetbed") && !line.hasPrefix("Usage:") {
          #expect(TextWidth.of(line) <= columns, "\(names): \(line)")
        }
      }
      let outcome = await World().run(names + ["--help"])
      #expect(outcome.status == .success)
      #expect(outcome.output.contains("Usage: planetbed"))
      #expect(outcome.errors == "")
    }
  }

  private static func commands(_ command: CommandDeclaration, at path: [String] = []) -> [[String]]
  {
    [path] + command.verbs.flatMap { commands($0, at: path + [$0.name]) }
  }

  @Test(arguments: [["help", "plan"], ["plan", "--help"], ["plan", "-h", "--bad"]])
  func helpInManySpellings(_ arguments: [String]) async {
    let outcome = await World().run(arguments)
    #expect(outcome.status == .success)
    #expect(outcome.output.contains("Usage: planetbed plan <inventory> [<options>]"))
  }

  @Test func withoutArgumentsItShowsHelp() async {
    let outcome = await World().run([])
    #expect(outcome.status == .success)
    #expect(outcome.output.contains("Commands:"))
  }

  @Test func version() async {
    #expect(await World().run("version").output == "planetbed \(programVersion)\n")
    #expect(await World().run("--version").output == "planetbed \(programVersion)\n")
    let json = await World().run("version", "--output", "jsonl").output
    #expect(
      json == "{\"schema\":\"planetbed.version/1\",\"version\":\"\(programVersion)\"}\n")
  }

  /// Every verb, used wrongly in the ways that its declaration allows for.
  @Test func wrongUsageIsToldWithTheUsageLine() async {
    for path in Self.commands(Planetbed.program) where !path.isEmpty {
      let command = Planetbed.program.command(at: path)
      let wrong = path + ["--no-such-option-at-all"]
      let outcome = await World().run(wrong)
      #expect(outcome.status == .usage, "\(wrong)")
      #expect(outcome.output == "", "\(wrong)")
      #expect(outcome.errors.contains("unknown option '--no-such-option-at-all'"))
      #expect(outcome.errors.contains("Usage: planetbed \(path.joined(separator: " "))"))
      if command?.parameters.isEmpty == false {
        let empty = await World().run(path)
        #expect(empty.status == .usage, "\(path)")
        #expect(empty.errors.contains("missing argument <inventory>"), "\(path)")
      }
    }
  }

  @Test func colorsAreAMatterOfChoice() async {
    let plain = await World().run("check", "/no/such/file.toml")
    #expect(!plain.errors.contains("\u{1B}["))
    let colored = await World().run("check", "/no/such/file.toml", "--color=always")
    #expect(colored.errors.contains("\u{1B}[1;31merror:\u{1B}[0m"))
  }

  /// A lab that is not up hides nothing that is wrong with the command line.
  @Test func limitsAreReadBeforeTheLabIsEntered() throws {
    let quiet = Console.Stream { _ in }
    let program = Program(
      Surroundings(
        environment: [:], console: Console(output: quiet, errors: quiet), interrupts: Interrupts(),
        terminal: ScriptedTerminal(nil)
      ) { _ in NoConnector() })
    let line = ["plan", World.repository + "/inventory/lab.toml", "--limit", "vlan10"]
    guard case .ready(let ready) = program.read(line) else {
      Issue.record("the line was not understood")
      return
    }
    let problem = #expect(throws: Problem.self) { try ready.labInventory() }
    #expect(problem?.diagnostics.first?.summary == "--limit vlan10 names nothing")
    #expect(problem?.exitStatus == .usage)
  }

  @Test func failuresAreToldToProgramsToo() async throws {
    let outcome = await World().run("exec", "/no/such/file.toml", "-o", "json", "--", "true")
    #expect(outcome.status == .usage)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let result = try #require(object as? [String: Any])
    #expect(result["schema"] as? String == "planetbed.exec/1")
    #expect(result["exitStatus"] as? Int == 2)
    #expect((result["diagnostics"] as? [[String: Any]])?.count == 1)
  }
}
