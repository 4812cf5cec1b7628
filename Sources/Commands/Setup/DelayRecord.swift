import Diagnostics
import Execution
import Measurement

/// Enters measured delays in the journal.
enum DelayRecord {
  /// Every round-trip time that was measured, as a sample of a run; `run` must have begun in the journal.
  /// - Throws: `Problem` when the journal cannot be written.
  static func enter(
    _ delays: MeasuredDelays, run: String, in state: StateFolder
  ) async throws(Problem) {
    let samples = delays.paths.flatMap { path in
      (path.statistics?.times ?? []).map { time in
        SampleRecord(
          kind: "rtt", source: path.from, target: path.to, value: time, unit: "ms",
          time: delays.time)
      }
    }
    if samples.isEmpty { return }
    try await Journal(in: state).add(samples, to: run)
  }
}
