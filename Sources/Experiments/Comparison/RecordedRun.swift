import Diagnostics
import Execution
import Measurement

/// A run as the journal has it, with all that was measured in it.
package struct RecordedRun: Sendable, Hashable {
  /// The round-trip times of a path that were measured in a run.
  package struct Path: Sendable, Hashable {
    /// The site that probed.
    package var from: String
    /// The site that answered.
    package var to: String
    /// The times in milliseconds, in the order of the answers.
    package var milliseconds: [Double]

    /// The round-trip times of a path.
    package init(from: String, to: String, milliseconds: [Double]) {
      self.from = from
      self.to = to
      self.milliseconds = milliseconds
    }
  }

  /// The run.
  package var record: RunRecord
  /// What happened in it, in order.
  package var events: [EventRecord]
  /// The paths that were measured in it, in the order in which the journal met them first.
  package var paths: [Path]
  /// When they were measured, in milliseconds since 1970; nil when there is none.
  package var pathsMeasured: Int64?
  /// Its experiment with container starts; nil when it had none.
  package var starts: StartExperiment?

  /// A run.
  package init(
    record: RunRecord, events: [EventRecord] = [], roundTrips: [SampleRecord] = [],
    starts: StartExperiment? = nil
  ) {
    self.record = record
    self.events = events
    self.starts = starts
    paths = Self.paths(roundTrips)
    pathsMeasured = roundTrips.map(\.time).max()
  }

  /// Reads a run with all that belongs to it.
  /// - Throws: `Problem` when the journal cannot be read.
  package static func read(
    _ record: RunRecord, from journal: Journal
  ) async throws(Problem) -> RecordedRun {
    RecordedRun(
      record: record, events: try await journal.events(of: record.name),
      roundTrips: try await journal.samples(of: record.name, kind: "rtt"),
      starts: try await StartArchive(journal).load(run: record.name)?.experiment)
  }

  /// Whether anything was measured in it.
  package var hasMeasurements: Bool { !paths.isEmpty || starts != nil }

  private static func paths(_ samples: [SampleRecord]) -> [Path] {
    var paths: [Path] = []
    var places: [[String]: Int] = [:]
    for sample in samples {
      if let place = places[[sample.source, sample.target]] {
        paths[place].milliseconds.append(sample.value)
      } else {
        places[[sample.source, sample.target]] = paths.count
        paths.append(Path(from: sample.source, to: sample.target, milliseconds: [sample.value]))
      }
    }
    return paths
  }
}
