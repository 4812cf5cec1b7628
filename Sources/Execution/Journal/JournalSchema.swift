import Diagnostics

/// The journal's tables. A schema that was once released is never edited: a change is one more
/// step at the end, and the database's `user_version` is the number of steps it has had.
enum JournalSchema {
  static let steps = [
    [
      """
      CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        verb TEXT NOT NULL,
        started INTEGER NOT NULL,
        ended INTEGER,
        inventory TEXT NOT NULL,
        digest TEXT NOT NULL,
        operator TEXT NOT NULL,
        version TEXT NOT NULL,
        outcome TEXT,
        changed INTEGER,
        ok INTEGER,
        failed INTEGER
      ) STRICT
      """,
      """
      CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        time INTEGER NOT NULL,
        kind TEXT NOT NULL,
        host TEXT NOT NULL,
        stage TEXT,
        task TEXT,
        status TEXT,
        seconds REAL,
        detail TEXT
      ) STRICT
      """,
      "CREATE INDEX events_of_run ON events (run)",
      """
      CREATE TABLE samples (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        value REAL NOT NULL,
        unit TEXT NOT NULL,
        time INTEGER NOT NULL
      ) STRICT
      """,
      "CREATE INDEX samples_of_run ON samples (run, kind)",
    ],
    [
      """
      CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        text TEXT NOT NULL,
        time INTEGER NOT NULL,
        UNIQUE (run, kind, key)
      ) STRICT
      """,
      "CREATE INDEX documents_of_kind ON documents (kind, run)",
    ],
  ]

  /// Brings a database to the present schema.
  /// - Throws: `Problem` when a newer planetbed wrote it.
  static func bringUp(_ database: SQLiteDatabase, path: String) throws(Problem) {
    // Two runs may open a new journal at once: the version is read inside the transaction.
    try database.transaction { () throws(Problem) in
      let version = Int(try database.rows("PRAGMA user_version").first?.first?.integer ?? 0)
      guard version <= steps.count else {
        throw Problem(
          "the run journal \(path) was written by a newer planetbed",
          detail: "Its schema is \(version), this planetbed knows up to \(steps.count). "
            + "Use the newer planetbed, or move the file aside.", exitStatus: .failure)
      }
      for step in steps[version...] {
        for statement in step { try database.rows(statement) }
      }
      try database.rows("PRAGMA user_version = \(steps.count)")
    }
  }
}
