import Diagnostics
import Experiments
import Testing

@testable import Commands

/// What `planetbed measure` is asked for, by its command line.
@Suite struct MeasureArgumentsTests {
  private static let parser = ArgumentParser(
    program: CommandDeclaration(
      "planetbed", "",
      verbs: [
        CommandDeclaration(
          "measure", "", parameters: [CommonParameters.inventory],
          options: MeasureArguments.matrix + [MeasureArguments.resume])
      ]), common: [])

  private func parsed(_ words: [String]) throws -> ParsedArguments {
    try Self.parser.parse(["measure", "a.toml"] + words)
  }

  @Test func theSeedsTableUnlessSaidOtherwise() throws {
    let request = try MeasureArguments.request(parsed([]), freshSeed: 9)
    #expect(
      request
        == StartRequest(
          delays: [100, 300, 500], containers: [4, 20, 100], runs: 5, seed: 9,
          deadlineSeconds: 600))
  }

  @Test func allThatMayBeSaid() throws {
    let request = try MeasureArguments.request(
      parsed([
        "--rtt", "0ms,0.5ms,1s", "--containers=1,10000", "--runs", "2", "--image",
        "planetbed.lab/busybox:1", "--seed", "18446744073709551615", "--deadline", "90s",
        "--mount-tokens", "--null",
      ]), freshSeed: 9)
    #expect(
      request
        == StartRequest(
          delays: [nil, 0.5, 1000], containers: [1, 10000], runs: 2,
          image: "planetbed.lab/busybox:1", seed: .max, deadlineSeconds: 90, mountsTokens: true,
          measuresInstrument: true))
    #expect(try MeasureArguments.request(parsed(["--ordered"]), freshSeed: 9).seed == nil)
  }

  @Test(arguments: [
    (["--rtt", "100"], "'100' is no value for option '--rtt'"),
    (["--rtt", "100ms,"], "'100ms,' is no value"),
    (["--rtt", "100ms,100ms"], "each once"),
    (["--rtt", "2min"], "times up to 60s"),
    (["--rtt", "0ms,0s"], "each once"),
    (["--containers", "0"], "numbers from 1 to 10000"),
    (["--containers", "4,x"], "'4,x' is no value for option '--containers'"),
    (["--containers", "+4"], "no value for option '--containers'"),
    (["--containers", "10001"], "no value for option '--containers'"),
    (["--runs", "0"], "a number from 1 to 1000"),
    (["--image", "a b"], "It is an image's name"),
    (["--image", "-x"], "needs a value"),
    (["--image", "{{.x}}"], "It is an image's name"),
    (["--image", ""], "It is an image's name"),
    (["--seed=-1"], "a number from 0 to 18446744073709551615"),
    (["--seed", "1", "--ordered"], "--seed and --ordered"),
    (["--deadline", "0s"], "a time from 1s to 24h"),
    (["--deadline", "25h"], "'25h' is no value for option '--deadline'"),
    (["--resume", "20261121T152400Z-0badcafe"], "unexpected argument"),
  ]) func mistakes(words: [String], message: String) throws {
    let problem = try #require(throws: Problem.self) {
      try MeasureArguments.request(parsed(words), freshSeed: 9)
    }
    #expect(problem.exitStatus == .usage)
    #expect("\(problem)".contains(message), "\(problem)")
  }

  private static let runs = [
    "20261121T152400Z-0badcafe", "20261121T142400Z-1badcafe", "20261120T142400Z-2badcafe",
  ]

  @Test func aRunIsNamedByItsBeginning() throws {
    func run(_ name: String) throws -> String {
      try MeasureArguments.run(named: name, among: Self.runs)
    }
    #expect(try run(MeasureArguments.newest) == Self.runs[0])
    #expect(try run("20261120") == Self.runs[2])
    #expect(try run(Self.runs[1]) == Self.runs[1])
    #expect(try parsed(["--resume"]).value(MeasureArguments.resume) == MeasureArguments.newest)
    #expect(try parsed(["--resume=2026"]).value(MeasureArguments.resume) == "2026")
    #expect(try parsed([]).value(MeasureArguments.resume) == nil)
  }

  @Test(arguments: [
    ("20261121", "2 experiments begin with '20261121'"), ("x", "there is no experiment 'x'"),
    ("", "3 experiments begin with ''"),
  ]) func runsThatAreNot(name: String, message: String) throws {
    let problem = try #require(throws: Problem.self) {
      try MeasureArguments.run(named: name, among: Self.runs)
    }
    #expect("\(problem)".contains(message) && "\(problem)".contains(Self.runs[0]), "\(problem)")
    #expect(problem.exitStatus == .usage)
  }

  @Test func withoutAnExperimentThereIsNothingToGoOnWith() throws {
    let problem = try #require(throws: Problem.self) {
      try MeasureArguments.run(named: MeasureArguments.newest, among: [])
    }
    #expect("\(problem)".contains("there is no experiment to go on with"))
  }

  @Test(arguments: MeasureArguments.matrix)
  func whatWasAskedForHolds(_ option: OptionDeclaration) throws {
    let words = ["--resume", "--\(option.name)" + (option.value == nil ? "" : "=1")]
    let problem = try #require(throws: Problem.self) {
      try MeasureArguments.checkResumption(parsed(words))
    }
    #expect("\(problem)".contains("--\(option.name) and --resume"))
    try MeasureArguments.checkResumption(parsed(["--resume"]))
  }
}
