import Commands
import Diagnostics
import Testing

@Suite struct ArgumentParserTests {
  private static let out = OptionDeclaration("out", value: .init("file"), "Where.")
  private static let limit = OptionDeclaration(
    "limit", letter: "l", value: .init("kind=name"), repeats: true, "What.")
  private static let yes = OptionDeclaration("yes", letter: "y", "Do.")
  private static let verbose = OptionDeclaration("verbose", letter: "v", repeats: true, "More.")
  private static let output = OptionDeclaration(
    "output", letter: "o", value: .init("format", choices: ["text", "json"], standard: "text"),
    "How.")
  private static let file = ParameterDeclaration("inventory", "The file.")
  private static let command = ParameterDeclaration("command", arity: .rest, "The command.")
  private static let parser = ArgumentParser(
    program: CommandDeclaration(
      "tool", "A tool.",
      verbs: [
        CommandDeclaration("plan", "Plans.", parameters: [file], options: [out, limit, yes]),
        CommandDeclaration("exec", "Runs.", parameters: [file, command], options: [limit]),
        CommandDeclaration("lab", "Lab.", verbs: [CommandDeclaration("up", "Up.")]),
      ]), common: [output, verbose])

  @Test(arguments: [
    ["plan", "a.toml", "--out", "f", "-l", "site=x", "-yv", "-v", "--output=json"],
    ["--output", "json", "-v", "plan", "-vy", "--limit=site=x", "--out=f", "a.toml"],
    ["-ojson", "plan", "-vvlsite=x", "--yes", "--out", "f", "--", "a.toml"],
  ]) func readsTheSameInManySpellings(_ arguments: [String]) throws {
    let parsed = try Self.parser.parse(arguments)
    #expect(parsed.path == ["plan"])
    #expect(parsed.word(Self.file) == "a.toml")
    #expect(parsed.value(Self.out) == "f")
    #expect(parsed.values(Self.limit) == ["site=x"])
    #expect(parsed.has(Self.yes))
    #expect(parsed.count(Self.verbose) == 2)
    #expect(parsed.value(Self.output) == "json")
  }

  @Test func takesWhatItIsNotToldFromTheDeclaration() throws {
    let parsed = try Self.parser.parse(["plan", "-"])
    #expect(parsed.word(Self.file) == "-")
    #expect(parsed.value(Self.output) == "text")
    #expect(parsed.value(Self.out) == nil)
    #expect(!parsed.has(Self.yes))
  }

  @Test func theLastValueCounts() throws {
    let parsed = try Self.parser.parse(["plan", "a", "--out", "f", "--out", "g", "-l", "a", "-lb"])
    #expect(parsed.value(Self.out) == "g")
    #expect(parsed.values(Self.limit) == ["a", "b"])
  }

  @Test func leavesCommandsAlone() throws {
    let parsed = try Self.parser.parse(["exec", "a", "-l", "x", "--", "ls", "-l", "--", "--yes"])
    #expect(parsed.words(Self.command) == ["ls", "-l", "--", "--yes"])
    #expect(parsed.values(Self.limit) == ["x"])
  }

  @Test func helpGoesBeforeMistakes() throws {
    let parsed = try Self.parser.parse(["lab", "up", "-h", "--no-such", "extra"])
    #expect(parsed.asksForHelp)
    #expect(parsed.path == ["lab", "up"])
  }

  @Test(arguments: [
    (["paln", "a"], "unknown command 'paln'", "did you mean 'plan'?"),
    (["zzz"], "unknown command 'zzz'", "the commands are: plan, exec, lab"),
    (["lab", "pu"], "unknown command 'pu'", "did you mean 'up'?"),
    ([], "a command is missing", "the commands are: plan, exec, lab"),
    (["lab"], "a command is missing", "the commands are: up"),
    (["plan"], "missing argument <inventory>", "The file."),
    (["exec", "a"], "missing argument <command>", "The command."),
    (["plan", "a", "b"], "unexpected argument 'b'", ""),
    (["plan", "a", "--otu", "f"], "unknown option '--otu'", "did you mean '--out'?"),
    (["plan", "a", "-x"], "unknown option '-x'", ""),
    (["exec", "a", "ls", "-a"], "unknown option '-a'", "goes after '--'"),
    (["exec", "a", "ls", "--qqqqqqqq"], "unknown option '--qqqqqqqq'", "goes after '--'"),
    (["plan", "a", "--out"], "option '--out' needs a value: <file>", ""),
    (["plan", "a", "--out", "--yes"], "option '--out' needs a value: <file>", "--out=--yes"),
    (["plan", "a", "-yl"], "option '-l' needs a value: <kind=name>", ""),
    (["plan", "a", "--yes=1"], "option '--yes' takes no value", ""),
    (["plan", "a", "-oxml"], "'xml' is no value for option '-o'", "it is one of: text, json"),
  ]) func tellsWhatIsWrong(_ arguments: [String], _ summary: String, _ hint: String) throws {
    let problem = try #require(throws: Problem.self) { try Self.parser.parse(arguments) }
    #expect(problem.exitStatus == .usage)
    #expect(problem.diagnostics.first?.summary == summary)
    let detail = try #require(problem.diagnostics.first?.detail)
    #expect(detail.contains(hint))
    #expect(detail.contains("Usage: tool"))
    #expect(detail.contains("--help'."))
  }
}
