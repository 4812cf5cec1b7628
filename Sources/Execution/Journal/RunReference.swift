import Diagnostics

/// How a user names a run: by its name, by the beginning of one, or by how long ago it was.
package enum RunReference {
  /// As many names are listed where several begin alike.
  private static let mostListed = 5

  /// The run that a word means.
  /// - Parameters:
  ///   - word: the name of a run or the beginning of one alone, `last`, or `last-1` for the one before.
  ///   - runs: the runs that may be meant, the newest first.
  ///   - kind: what they are, in an error: `run`, `run that measured something`.
  /// - Throws: `Problem` (usage) when it means none, or several.
  package static func find(
    _ word: String, among runs: [RunRecord], kind: String = "run"
  ) throws(Problem) -> RunRecord {
    if let place = place(word) {
      if runs.indices.contains(place) { return runs[place] }
      throw Problem(
        "there is no \(kind) '\(VisibleText.line(word, limit: 60))'",
        detail: "The journal of this testbed on this computer has \(runs.count) of them.",
        exitStatus: .usage)
    }
    if let run = runs.first(where: { $0.name == word }) { return run }
    let matches = word.isEmpty ? [] : runs.filter { $0.name.hasPrefix(word) }
    if matches.count == 1 { return matches[0] }
    if matches.isEmpty {
      throw Problem(
        "there is no \(kind) '\(VisibleText.line(word, limit: 60))'",
        detail:
          "It is the name that 'planetbed history' shows, the beginning of it, or last, last-1 "
          + "and so on.", exitStatus: .usage)
    }
    let names = matches.prefix(mostListed).map(\.name).joined(separator: ", ")
    throw Problem(
      "'\(VisibleText.line(word, limit: 60))' is the beginning of \(matches.count) runs",
      detail: "Give more of the name: \(names)\(matches.count > mostListed ? ", …" : "")",
      exitStatus: .usage)
  }

  /// How many runs back a word means: 0 for `last`; nil for a name.
  private static func place(_ word: String) -> Int? {
    if word == "last" { return 0 }
    let prefix = "last-"
    guard word.hasPrefix(prefix) else { return nil }
    let digits = word.dropFirst(prefix.count)
    // Beyond so many digits there is no number of runs.
    guard (1...9).contains(digits.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return Int(digits)
  }
}
