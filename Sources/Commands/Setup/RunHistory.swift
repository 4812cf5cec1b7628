import Diagnostics
import Execution
import Experiments
import Glibc
import Inventories

/// The runs of a testbed that the journal on this computer has.
struct RunHistory: Sendable {
  /// The runs, the newest first.
  let runs: [RunRecord]
  private let journal: Journal?

  /// The word of the command line that names a run.
  static let reference = ParameterDeclaration(
    "run", "A run's name, the beginning of it, or last, last-1 and so on.")

  /// Reads the journal. One that is not there is not made: looking leaves nothing behind.
  /// - Throws: `Problem` when it cannot be read.
  init(of setup: RunSetup) async throws(Problem) {
    let state = try setup.stateFolder()
    guard access(state.path + "/journal.sqlite", F_OK) == 0 else {
      journal = nil
      runs = []
      return
    }
    let journal = try Journal(in: state)
    self.journal = journal
    runs = try await journal.runs(limit: .max)
  }

  /// A run with all that belongs to it.
  /// - Parameter verb: what the runs that may be meant did; nil for any.
  /// - Throws: `Problem` (usage) when there is none that the word means.
  func run(_ word: String, of verb: String? = nil) async throws(Problem) -> RecordedRun {
    let record = try RunReference.find(
      word, among: runs.filter { verb == nil || $0.verb == verb },
      kind: verb.map { "run of '\($0)'" } ?? "run")
    return try await read(record)
  }

  /// Two runs that measured something, of which `last` counts those alone.
  /// - Throws: `Problem` (usage) when there is none that a word means, or it measured nothing.
  func measured(_ words: [String]) async throws(Problem) -> [RecordedRun] {
    var candidates: [RunRecord] = []
    if words.contains(where: { $0.hasPrefix("last") }) {
      for run in runs where try await read(run).hasMeasurements { candidates.append(run) }
    }
    var chosen: [RecordedRun] = []
    for word in words {
      let isCounted = word.hasPrefix("last")
      let record = try RunReference.find(
        word, among: isCounted ? candidates : runs,
        kind: isCounted ? "run that measured something" : "run")
      let run = try await read(record)
      guard run.hasMeasurements else {
        throw Problem(
          "the run \(VisibleText.line(record.name)) measured nothing",
          detail: "Runs of 'measure' do, and of 'apply' and 'latency set' where delays are asked.",
          exitStatus: .usage)
      }
      chosen.append(run)
    }
    return chosen
  }

  /// The newest run of which something is so; nil when there is none.
  /// - Throws: `Problem` when the journal cannot be read.
  func newest(_ isMeant: (RecordedRun) -> Bool) async throws(Problem) -> RecordedRun? {
    for record in runs {
      let run = try await read(record)
      if isMeant(run) { return run }
    }
    return nil
  }

  private func read(_ record: RunRecord) async throws(Problem) -> RecordedRun {
    guard let journal else { return RecordedRun(record: record) }
    return try await RecordedRun.read(record, from: journal)
  }
}
