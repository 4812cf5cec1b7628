import Diagnostics
import Foundation
import Testing

@testable import Execution

@Suite struct JournalTests {
  let scratch = ScratchFolder()
  var folder: StateFolder { StateFolder(path: scratch.path + "/state") }

  private func run(_ name: String) -> RunRecord {
    RunRecord(
      name: name, verb: "apply", started: 1000, inventory: "lab.toml", digest: "abc",
      operatorName: "anna@laptop", version: "0.1.0")
  }

  @Test func keepsRunsEventsAndSamples() async throws {
    let journal = try Journal(in: folder)
    try await journal.begin(run("first"))
    try await journal.begin(run("second"))
    let event = EventRecord(
      time: 1500, kind: "task", host: "väst01", stage: "site-vpn", task: "it's a; name",
      status: "changed", seconds: 0.25)
    let failure = EventRecord(
      time: 1600, kind: "failed", host: "vyos02", detail: "no route\nat all")
    try await journal.add([event, failure], to: "first")
    let sample = SampleRecord(
      kind: "rtt", source: "keio", target: "kyutech", value: 100.5, unit: "ms", time: 1700)
    try await journal.add([sample], to: "first")
    try await journal.end("first", outcome: .failure, changed: 3, ok: 20, failed: 1, time: 2000)

    // A second reader, as another process would be, sees it at once.
    let reader = try Journal(in: folder)
    var ended = run("first")
    ended.ended = 2000
    ended.outcome = .failure
    (ended.changed, ended.ok, ended.failed) = (3, 20, 1)
    #expect(try await reader.runs() == [run("second"), ended])
    #expect(try await reader.runs(limit: 1) == [run("second")])
    #expect(try await reader.events(of: "first") == [event, failure])
    #expect(try await reader.events(of: "second") == [])
    #expect(try await reader.samples(of: "first", kind: "rtt") == [sample])
    #expect(try await reader.samples(of: "first", kind: "loss") == [])
  }

  @Test func keepsDocumentsOfARunByKindAndKey() async throws {
    let journal = try Journal(in: folder)
    for name in ["first", "second", "third"] { try await journal.begin(run(name)) }
    let one = DocumentRecord(kind: "start-run", key: "0/1", text: "{}", time: 10)
    let two = DocumentRecord(kind: "start-run", key: "0/2", text: #"{"pod":"ü'; --"}"#, time: 20)
    let other = DocumentRecord(kind: "plan", text: "", time: 30)
    try await journal.put([one, other], to: "first")
    try await journal.put([two], to: "first")
    try await journal.put([two], to: "third")
    #expect(try await journal.documents(of: "first", kind: "start-run") == [one, two])
    // A later one of the same kind and key takes its place, where it was.
    var corrected = one
    (corrected.text, corrected.time) = (#"{"a":1}"#, 40)
    try await journal.put([corrected], to: "first")
    #expect(try await journal.documents(of: "first", kind: "start-run") == [corrected, two])
    #expect(try await journal.documents(of: "first", kind: "plan") == [other])
    #expect(try await journal.documents(of: "second", kind: "start-run") == [])
    #expect(try await journal.runs(withDocuments: "start-run") == ["third", "first"])
    #expect(try await journal.runs(withDocuments: "start-run", limit: 1) == ["third"])
    #expect(try await journal.runs(withDocuments: "none") == [])
  }

  @Test func bringsUpAJournalOfAnOlderSchema() async throws {
    try folder.prepare()
    let old = try SQLiteDatabase(path: folder.path + "/journal.sqlite")
    for statement in JournalSchema.steps[0] { try old.rows(statement) }
    try old.rows("PRAGMA user_version = 1")
    try old.rows(
      """
      INSERT INTO runs (name, verb, started, inventory, digest, operator, version)
      VALUES ('first', 'apply', 1000, 'lab.toml', 'abc', 'anna@laptop', '0.1.0')
      """)
    let journal = try Journal(in: folder)
    #expect(try await journal.runs() == [run("first")])
    let document = DocumentRecord(kind: "start-request", text: "{}", time: 10)
    try await journal.put([document], to: "first")
    #expect(try await journal.documents(of: "first", kind: "start-request") == [document])
  }

  @Test func isReadableByItsOwnerOnly() async throws {
    let journal = try Journal(in: folder)
    try await journal.begin(run("first"))
    func mode(_ name: String) throws -> Int {
      let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + name)
      return try #require(attributes[.posixPermissions] as? Int)
    }
    #expect(try mode("/state") == 0o700)
    for name in scratch.names(in: "state") {
      #expect(try mode("/state/" + name) == 0o600, "\(name)")
    }
    #expect(scratch.names(in: "state").contains("journal.sqlite-wal"))
  }

  @Test func refusesANewerSchema() async throws {
    _ = try Journal(in: folder)
    try SQLiteDatabase(path: folder.path + "/journal.sqlite").rows("PRAGMA user_version = 99")
    let problem = try #require(throws: Problem.self) { try Journal(in: folder) }
    #expect(problem.description.contains("was written by a newer planetbed"))
    #expect(problem.description.contains("Its schema is 99, this planetbed knows up to 2"))
  }

  @Test func tellsOfADamagedFile() throws {
    try scratch.write(String(repeating: "no database ", count: 500), to: "state/journal.sqlite")
    let problem = try #require(throws: Problem.self) { try Journal(in: folder) }
    #expect(problem.description.contains("it is damaged"))
    #expect(problem.description.contains("Move \(folder.path)/journal.sqlite aside"))
  }

  @Test func tellsOfAFullDisk() throws {
    let database = try SQLiteDatabase(path: scratch.path + "/full.sqlite")
    try database.rows("CREATE TABLE t (x TEXT)")
    try database.rows("PRAGMA max_page_count = 4")
    let problem = try #require(throws: Problem.self) {
      try database.transaction { () throws(Problem) in
        try database.rows(
          "INSERT INTO t VALUES (?)", [.text(String(repeating: "x", count: 99_999))])
      }
    }
    #expect(problem.description.contains("the disk is full"))
    // The database is as it was, and of use once there is room.
    #expect(try database.rows("SELECT count(*) FROM t") == [[.integer(0)]])
  }

  @Test func tellsOfADatabaseThatIsHeld() throws {
    let holder = try SQLiteDatabase(path: scratch.path + "/held.sqlite")
    let other = try SQLiteDatabase(path: scratch.path + "/held.sqlite")
    try other.rows("PRAGMA busy_timeout = 0")
    try holder.rows("BEGIN EXCLUSIVE")
    let problem = try #require(throws: Problem.self) { try other.rows("BEGIN IMMEDIATE") }
    #expect(problem.description.contains("another process holds it"))
  }

  @Test func tellsOfWrongStatementsAndPlaces() throws {
    let database = try SQLiteDatabase(path: scratch.path + "/some.sqlite")
    let wrong = try #require(throws: Problem.self) { try database.rows("SELEKT 1") }
    #expect(wrong.description.contains("SQLite failed (1)"))
    try database.rows("PRAGMA query_only = ON")
    let readOnly = try #require(throws: Problem.self) { try database.rows("CREATE TABLE t (x)") }
    #expect(readOnly.description.contains("it cannot be written"))
    let nowhere = try #require(throws: Problem.self) {
      try SQLiteDatabase(path: scratch.path + "/none/x.sqlite")
    }
    #expect(nowhere.description.contains("No such file or directory"))
  }

  @Test func keepsEveryKindOfValue() throws {
    let database = try SQLiteDatabase(path: scratch.path + "/values.sqlite")
    let row: [SQLiteValue] = [.null, .integer(.min), .real(0.1), .text(""), .text("a\0b ü 東京")]
    #expect(try database.rows("SELECT ?, ?, ?, ?, ?", row) == [row])
  }
}
