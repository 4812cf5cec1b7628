import Diagnostics

/// A folder with a program, `build.sh`, that makes something for labs, since what it does is to run
/// compilers and packagers: `--key` prints the name of what it makes, and with a folder it makes it
/// there, unless it is there, telling of its steps in lines that start with `progress: `.
struct BuildRecipe: Sendable, Hashable {
  /// The recipe's folder.
  var folder: String

  private var program: String { "\(folder)/build.sh" }

  /// The name of what it makes: a digest of the recipe, and of what else it follows from.
  func key(_ interruption: Interruption) throws(Problem) -> String {
    let key =
      try HostCommand("sh", [program, "--key"]).run(interruption).text
      .split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    guard !key.isEmpty, key.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else {
      throw Problem(
        "\(program) gives its build no name",
        detail: "With --key it prints a digest; it printed \(key.debugDescription).",
        exitStatus: .failure)
    }
    return key
  }

  /// Whether a finished build is in a folder.
  static func isFinished(_ output: String) -> Bool { FileTree.exists("\(output)/key") }

  /// Makes it. Returns nil, or the end of what the program said when it failed.
  func build(
    in output: String, _ interruption: Interruption, eachLine: @escaping (String) -> Void
  ) throws(Problem) -> String? {
    let output = try HostCommand("sh", [program, output]).runToEnd(
      interruption, eachLine: eachLine)
    if output.status == 0 { return nil }
    return VisibleText.lastLines(of: Array(output.errors.utf8), count: 20).joined(separator: "\n")
  }

  /// What a line of the program's standard output tells of its steps; nil for other lines.
  static func progress(_ line: String) -> String? {
    let mark = "progress: "
    return line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : nil
  }
}
