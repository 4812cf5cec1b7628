import Diagnostics

extension Journal {
  /// Enters documents of a run, all of them or none; one of the same kind and key takes the place of
  /// the one before.
  package func put(_ documents: [DocumentRecord], to run: String) throws(Problem) {
    let database = database
    try database.transaction { () throws(Problem) in
      for document in documents {
        try database.rows(
          """
          INSERT INTO documents (run, kind, key, text, time)
          SELECT id, ?, ?, ?, ? FROM runs WHERE name = ?
          ON CONFLICT (run, kind, key) DO UPDATE SET text = excluded.text, time = excluded.time
          """,
          [
            .text(document.kind), .text(document.key), .text(document.text),
            .integer(document.time), .text(run),
          ])
      }
    }
  }

  /// The documents of a run, of one kind, in the order in which they were first entered.
  package func documents(of run: String, kind: String) throws(Problem) -> [DocumentRecord] {
    let rows = try database.rows(
      """
      SELECT kind, key, text, documents.time
      FROM documents JOIN runs ON runs.id = documents.run
      WHERE runs.name = ? AND kind = ? ORDER BY documents.id
      """, [.text(run), .text(kind)])
    return rows.map { row in
      DocumentRecord(
        kind: row[0].text ?? "", key: row[1].text ?? "", text: row[2].text ?? "",
        time: row[3].integer ?? 0)
    }
  }

  /// The names of the runs that have a document of a kind, the newest first.
  package func runs(withDocuments kind: String, limit: Int = 1000) throws(Problem) -> [String] {
    let rows = try database.rows(
      """
      SELECT name FROM runs WHERE id IN (SELECT run FROM documents WHERE kind = ?)
      ORDER BY id DESC LIMIT ?
      """, [.text(kind), .integer(Int64(limit))])
    return rows.compactMap { $0[0].text }
  }
}
