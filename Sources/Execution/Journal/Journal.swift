import Diagnostics

/// The record of a testbed's runs: a SQLite database in the state folder. It survives a kill at
/// any point; a run that was killed is one without an end.
package actor Journal {
  let database: SQLiteDatabase

  /// Opens the journal of the folder, making folder and file when they are not there.
  /// - Throws: `Problem` when it cannot be written, is damaged, or was written by a newer planetbed.
  package init(in folder: StateFolder) throws(Problem) {
    try folder.prepare()
    let path = folder.path + "/journal.sqlite"
    let database = try SQLiteDatabase(path: path)
    try JournalSchema.bringUp(database, path: path)
    self.database = database
  }

  /// Enters a run that begins.
  package func begin(_ run: RunRecord) throws(Problem) {
    try database.rows(
      """
      INSERT INTO runs (name, verb, started, inventory, digest, operator, version)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(run.name), .text(run.verb), .integer(run.started), .text(run.inventory),
        .text(run.digest), .text(run.operatorName), .text(run.version),
      ])
  }

  /// Enters a run's end; `time` in milliseconds since 1970.
  package func end(
    _ run: String, outcome: RunRecord.Outcome, changed: Int, ok: Int, failed: Int, time: Int64
  ) throws(Problem) {
    try database.rows(
      "UPDATE runs SET ended = ?, outcome = ?, changed = ?, ok = ?, failed = ? WHERE name = ?",
      [
        .integer(time), .text(outcome.rawValue), .integer(Int64(changed)), .integer(Int64(ok)),
        .integer(Int64(failed)), .text(run),
      ])
  }

  /// Enters what happened in a run, all of it or nothing.
  package func add(_ events: [EventRecord], to run: String) throws(Problem) {
    let database = database
    try database.transaction { () throws(Problem) in
      for event in events {
        try database.rows(
          """
          INSERT INTO events (run, time, kind, host, stage, task, status, seconds, detail)
          SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE name = ?
          """,
          [
            .integer(event.time), .text(event.kind), .text(event.host), Self.value(event.stage),
            Self.value(event.task), Self.value(event.status),
            event.seconds.map { .real($0) } ?? .null, Self.value(event.detail), .text(run),
          ])
      }
    }
  }

  /// Enters what was measured in a run, all of it or nothing.
  package func add(_ samples: [SampleRecord], to run: String) throws(Problem) {
    let database = database
    try database.transaction { () throws(Problem) in
      for sample in samples {
        try database.rows(
          """
          INSERT INTO samples (run, kind, source, target, value, unit, time)
          SELECT id, ?, ?, ?, ?, ?, ? FROM runs WHERE name = ?
          """,
          [
            .text(sample.kind), .text(sample.source), .text(sample.target), .real(sample.value),
            .text(sample.unit), .integer(sample.time), .text(run),
          ])
      }
    }
  }

  /// The last runs, the newest first.
  package func runs(limit: Int = 100) throws(Problem) -> [RunRecord] {
    let rows = try database.rows(
      """
      SELECT name, verb, started, inventory, digest, operator, version, ended, outcome,
        changed, ok, failed
      FROM runs ORDER BY id DESC LIMIT ?
      """, [.integer(Int64(limit))])
    return rows.map { row in
      var run = RunRecord(
        name: row[0].text ?? "", verb: row[1].text ?? "", started: row[2].integer ?? 0,
        inventory: row[3].text ?? "", digest: row[4].text ?? "", operatorName: row[5].text ?? "",
        version: row[6].text ?? "")
      run.ended = row[7].integer
      run.outcome = row[8].text.flatMap { RunRecord.Outcome(rawValue: $0) }
      run.changed = Int(row[9].integer ?? 0)
      run.ok = Int(row[10].integer ?? 0)
      run.failed = Int(row[11].integer ?? 0)
      return run
    }
  }

  /// What happened in a run, in order.
  package func events(of run: String) throws(Problem) -> [EventRecord] {
    let rows = try database.rows(
      """
      SELECT events.time, kind, host, stage, task, status, seconds, detail
      FROM events JOIN runs ON runs.id = events.run WHERE runs.name = ? ORDER BY events.id
      """, [.text(run)])
    return rows.map { row in
      EventRecord(
        time: row[0].integer ?? 0, kind: row[1].text ?? "", host: row[2].text ?? "",
        stage: row[3].text, task: row[4].text, status: row[5].text, seconds: row[6].real,
        detail: row[7].text)
    }
  }

  /// What was measured in a run, of one kind, in order.
  package func samples(of run: String, kind: String) throws(Problem) -> [SampleRecord] {
    let rows = try database.rows(
      """
      SELECT kind, source, target, value, unit, samples.time
      FROM samples JOIN runs ON runs.id = samples.run
      WHERE runs.name = ? AND kind = ? ORDER BY samples.id
      """, [.text(run), .text(kind)])
    return rows.map { row in
      SampleRecord(
        kind: row[0].text ?? "", source: row[1].text ?? "", target: row[2].text ?? "",
        value: row[3].real ?? 0, unit: row[4].text ?? "", time: row[5].integer ?? 0)
    }
  }

  private static func value(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
}
