import Diagnostics

/// A program that makes something for labs, a shell's, since what it does is to run compilers and
/// packagers: `--key` prints the name of what it makes, and with a folder it makes it there, unless it
/// is there, telling of its steps in lines that start with `progress: `.
struct BuildRecipe: Sendable, Hashable {
  /// The program.
  var program: String
  /// What it is told before the folder, and after `--key`.
  var arguments: [String] = []
  /// What it has in its environment besides.
  var environment: [String: String] = [:]

  /// The name of what it makes: a digest of the recipe, and of what else it follows from, perhaps behind
  /// a version. Throws what `refusal` makes of the end of the program's errors when it fails.
  func key(
    _ interruption: Interruption, refusal: (String) -> Problem
  ) throws(Problem) -> String {
    let output = try command(["--key"] + arguments).runToEnd(interruption)
    guard output.status == 0 else { throw refusal(Self.lastErrors(of: output)) }
    let key = Self.firstLine(of: output)
    guard key.wholeMatch(of: /(?:[0-9]+(?:\.[0-9]+)*-)?[0-9a-f]+/) != nil else {
      throw Problem(
        "\(program) gives its build no name",
        detail: "With --key it prints a digest; it printed \(key.debugDescription).",
        exitStatus: .failure)
    }
    return key
  }

  /// What it answers to another question than `--key`.
  func answer(to question: String, _ interruption: Interruption) throws(Problem) -> String {
    Self.firstLine(of: try command([question]).run(interruption))
  }

  /// Whether a finished build is in a folder.
  static func isFinished(_ output: String) -> Bool { FileTree.exists("\(output)/key") }

  /// Makes it. Throws what `refusal` makes of the end of the program's errors when it fails.
  func build(
    in folder: String, _ interruption: Interruption, eachLine: @escaping (String) -> Void,
    refusal: (String) -> Problem
  ) throws(Problem) {
    let output = try command(arguments + [folder]).runToEnd(interruption, eachLine: eachLine)
    guard output.status == 0 else { throw refusal(Self.lastErrors(of: output)) }
  }

  /// What a line of the program's standard output tells of its steps; nil for other lines.
  static func progress(_ line: String) -> String? {
    let mark = "progress: "
    return line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : nil
  }

  private func command(_ arguments: [String]) -> HostCommand {
    HostCommand("sh", [program] + arguments, environment: environment)
  }

  private static func firstLine(of output: HostCommand.Output) -> String {
    output.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }

  private static func lastErrors(of output: HostCommand.Output) -> String {
    VisibleText.lastLines(of: Array(output.errors.utf8), count: 20).joined(separator: "\n")
  }
}
