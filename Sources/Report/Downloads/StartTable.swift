import Measurement

/// Container start times as tables for spreadsheets and statistics programs.
package enum StartTable {
  /// A CSV file with a line for each container of each run, and when it came to each stage, in
  /// milliseconds after its run's beginning.
  package static func file(_ starts: StartExperiment) -> String { containers(starts).text }

  /// A line for each run, the mean of 2019 beside it where that has one.
  static func runs(_ starts: StartExperiment) -> CommaSeparated {
    CommaSeparated(
      columns: [
        "rtt_ms", "measured_rtt_ms", "drops", "containers", "run", "begun_unix_ms", "seconds",
        "complete", "seed_2019_mean_seconds",
      ],
      rows: starts.cells.flatMap { cell in
        cell.runs.map { run in
          [
            .number(cell.rttMilliseconds), .number(cell.measuredRTTMilliseconds),
            .count(cell.drops), .count(cell.containers), .count(run.number),
            .count(Int(run.begun)), .number(run.seconds), .truth(run.isComplete),
            .number(
              SeedFigures.mean(
                rttMilliseconds: cell.rttMilliseconds, containers: cell.containers)),
          ]
        }
      })
  }

  /// A line for each container: when it came to each stage, in milliseconds after its run's beginning.
  static func containers(_ starts: StartExperiment) -> CommaSeparated {
    CommaSeparated(
      columns: [
        "rtt_ms", "containers", "run", "pod", "node", "created_ms", "scheduled_ms", "seen_ms",
        "started_ms", "ready_ms",
      ],
      rows: starts.cells.flatMap { cell in
        cell.runs.flatMap { run in
          run.containers.map { container in
            [
              .number(cell.rttMilliseconds), .count(cell.containers), .count(run.number),
              .text(container.pod), .text(container.node), .number(container.created),
              .number(container.scheduled), .number(container.seen), .number(container.started),
              .number(container.ready),
            ]
          }
        }
      })
  }
}
