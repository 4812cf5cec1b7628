import Diagnostics
import Execution
import Foundation
import Measurement

/// Experiments with container starts in the journal: what was asked for, the cells, and every run of
/// them as soon as it is done, so that a killed experiment can be taken up again.
///
/// They are the documents `start-request`, `start-experiment` (whose cells have no runs), `start-run`,
/// with the key `<place of the cell>/<number of the run>`, and `start-delays`, what the paths had before;
/// all JSON.
package struct StartArchive: Sendable {
  private let journal: Journal
  private let now: @Sendable () -> Int64

  private static let requestKind = "start-request"
  private static let experimentKind = "start-experiment"
  private static let runKind = "start-run"
  private static let delaysKind = "start-delays"

  /// The experiments of a journal.
  /// - Parameter now: the operator's time of day, in milliseconds since 1970.
  package init(_ journal: Journal, now: @escaping @Sendable () -> Int64 = OperatorClock.system.now)
  {
    self.journal = journal
    self.now = now
  }

  /// Enters what was asked for, and the experiment as far as it is, all at once. Its run must have begun
  /// in the journal; runs of its cells that are there already stay.
  /// - Throws: `Problem` when the journal cannot be written.
  package func enter(
    _ request: StartRequest, _ experiment: StartExperiment
  ) async throws(Problem) {
    let head = try head(of: experiment)
    var documents = [
      try document(Self.requestKind, "", request, run: experiment.run), head,
    ]
    for (place, cell) in experiment.cells.enumerated() {
      for run in cell.runs {
        documents.append(
          try document(Self.runKind, "\(place)/\(run.number)", run, run: experiment.run))
      }
    }
    try await journal.put(documents, to: experiment.run)
  }

  /// Enters a run of the cell at a place that is done, and what else is known of the experiment now.
  /// - Throws: `Problem` when the journal cannot be written.
  package func enter(
    _ run: StartRun, ofCell place: Int, in experiment: StartExperiment
  ) async throws(Problem) {
    try await journal.put(
      [
        try document(Self.runKind, "\(place)/\(run.number)", run, run: experiment.run),
        try head(of: experiment),
      ], to: experiment.run)
  }

  /// Enters what is known of an experiment beside the runs of its cells.
  /// - Throws: `Problem` when the journal cannot be written.
  package func update(_ experiment: StartExperiment) async throws(Problem) {
    try await journal.put([try head(of: experiment)], to: experiment.run)
  }

  /// Enters what was held on the paths before an experiment changed it; nil when it has been put back.
  /// - Throws: `Problem` when the journal cannot be written.
  func enter(delaysBefore held: HeldDelays?, of run: String) async throws(Problem) {
    try await journal.put([try document(Self.delaysKind, "", held, run: run)], to: run)
  }

  /// What was held before an experiment that has not put it back; nil when there is nothing of that kind.
  /// - Throws: `Problem` when the journal cannot be read, or holds something else.
  func delaysBefore(run: String) async throws(Problem) -> HeldDelays? {
    guard let document = try await journal.documents(of: run, kind: Self.delaysKind).first else {
      return nil
    }
    return try Self.value(HeldDelays?.self, document, run)
  }

  /// The experiment of a run, with the runs that are done; nil when the run has none.
  /// - Throws: `Problem` when the journal cannot be read, or holds something else.
  package func load(
    run: String
  ) async throws(Problem) -> (request: StartRequest, experiment: StartExperiment)? {
    guard let request = try await journal.documents(of: run, kind: Self.requestKind).first,
      let head = try await journal.documents(of: run, kind: Self.experimentKind).first
    else { return nil }
    var experiment = try Self.value(StartExperiment.self, head, run)
    for document in try await journal.documents(of: run, kind: Self.runKind) {
      let place = document.key.split(separator: "/").first.flatMap { Int($0) }
      guard let place, experiment.cells.indices.contains(place) else {
        throw Self.unreadable(run, "It tells of a run '\(document.key)' of no cell.")
      }
      experiment.cells[place].runs.append(try Self.value(StartRun.self, document, run))
    }
    for place in experiment.cells.indices {
      experiment.cells[place].runs.sort { $0.number < $1.number }
    }
    return (try Self.value(StartRequest.self, request, run), experiment)
  }

  /// The newest run that has an experiment; nil when there is none.
  /// - Throws: `Problem` when the journal cannot be read.
  package func latest() async throws(Problem) -> String? {
    try await journal.runs(withDocuments: Self.experimentKind, limit: 1).first
  }

  /// The runs that have an experiment, the newest first.
  /// - Throws: `Problem` when the journal cannot be read.
  package func runs(limit: Int = 1000) async throws(Problem) -> [String] {
    try await journal.runs(withDocuments: Self.experimentKind, limit: limit)
  }

  // MARK: - Documents

  /// The experiment without the runs of its cells, which are documents of their own.
  private func head(of experiment: StartExperiment) throws(Problem) -> DocumentRecord {
    var head = experiment
    for place in head.cells.indices { head.cells[place].runs = [] }
    return try document(Self.experimentKind, "", head, run: experiment.run)
  }

  private func document(
    _ kind: String, _ key: String, _ value: some Encodable, run: String
  ) throws(Problem) -> DocumentRecord {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(value) } catch {
      throw Problem(
        "what was measured in \(run) cannot be entered in the journal", detail: "\(error)",
        exitStatus: .failure)
    }
    return DocumentRecord(
      kind: kind, key: key, text: String(decoding: data, as: UTF8.self), time: now())
  }

  private static func value<Value: Decodable>(
    _ type: Value.Type, _ document: DocumentRecord, _ run: String
  ) throws(Problem) -> Value {
    do { return try JSONDecoder().decode(type, from: Data(document.text.utf8)) } catch {
      throw unreadable(run, VisibleText.line("\(document.kind): \(error)", limit: 300))
    }
  }

  private static func unreadable(_ run: String, _ reason: String) -> Problem {
    Problem(
      "the experiment \(VisibleText.line(run)) in the journal cannot be read",
      detail: "\(reason)\nAnother planetbed wrote it, or the journal was changed by hand.",
      exitStatus: .failure)
  }
}
