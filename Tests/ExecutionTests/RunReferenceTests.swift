import Diagnostics
import Testing

@testable import Execution

/// How a user names a run.
@Suite struct RunReferenceTests {
  private static let runs = [
    "20261122T010203Z-0badcafe", "20261121T152400Z-11111111", "20261121T150000Z-22222222",
  ].map {
    RunRecord(
      name: $0, verb: "apply", started: 0, inventory: "", digest: "", operatorName: "", version: "")
  }

  @Test(arguments: [
    ("last", 0), ("last-1", 1), ("last-002", 2), ("20261122T010203Z-0badcafe", 0),
    ("20261122", 0), ("20261121T1524", 1), ("20261121T150000Z-22222222", 2),
  ]) func finds(word: String, place: Int) throws {
    #expect(try RunReference.find(word, among: Self.runs) == Self.runs[place])
  }

  @Test(arguments: [
    (
      "last-3",
      "there is no run 'last-3': The journal of this testbed on this computer has 3 of them."
    ),
    ("last-", "there is no run 'last-': It is the name"),
    ("last-1234567890", "there is no run 'last-1234567890': It is the name"),
    ("last-x", "there is no run 'last-x'"),
    ("0badcafe", "there is no run '0badcafe'"),
    ("", "there is no run ''"),
    ("\u{1B}[31m", "there is no run '\\e[31m'"),
    (
      "20261121",
      "'20261121' is the beginning of 2 runs: Give more of the name: 20261121T152400Z-11111111, "
        + "20261121T150000Z-22222222"
    ),
  ]) func tellsWhatIsWrong(word: String, words: String) {
    let problem = #expect(throws: Problem.self) {
      _ = try RunReference.find(word, among: Self.runs)
    }
    #expect(problem?.exitStatus == .usage)
    #expect(problem?.description.hasPrefix(words) == true, "\(problem?.description ?? "")")
  }

  @Test func manyThatBeginAlikeAreNotAllListed() {
    let many = (0..<9).map { number in
      var run = Self.runs[0]
      run.name = "a\(number)"
      return run
    }
    let problem = #expect(throws: Problem.self) { _ = try RunReference.find("a", among: many) }
    #expect(problem?.description.hasSuffix("a0, a1, a2, a3, a4, …") == true)
    #expect(throws: Problem.self) { _ = try RunReference.find("last", among: [], kind: "run of x") }
  }
}
