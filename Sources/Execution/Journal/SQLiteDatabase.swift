import CSQLite
import Diagnostics
import Glibc

/// A value in a row.
enum SQLiteValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  var text: String? { if case .text(let value) = self { value } else { nil } }
  var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  var real: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    case .null, .text: nil
    }
  }
}

/// An open SQLite database: the one importer of the C library.
final class SQLiteDatabase {
  private let handle: OpaquePointer
  private let path: String

  /// Opens the file, makes it (readable by its owner only) when it is not there, and sets it to
  /// write-ahead logging, so that a reader never waits for a run.
  init(path: String) throws(Problem) {
    // SQLite would make it with the umask's permissions; its -wal and -shm files follow these.
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Problem(
        "cannot open the run journal \(path): \(String(cString: strerror(errno)))",
        detail: Self.remedy, exitStatus: .failure)
    }
    close(descriptor)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw Self.problem(code, String(cString: sqlite3_errstr(code)), path)
    }
    handle = opened
    self.path = path
    sqlite3_busy_timeout(handle, 10_000)
    try rows("PRAGMA journal_mode = WAL")
    try rows("PRAGMA synchronous = NORMAL")
    try rows("PRAGMA foreign_keys = ON")
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs one statement, with values for its `?`, and gives its rows.
  @discardableResult
  func rows(_ sql: String, _ values: [SQLiteValue] = []) throws(Problem) -> [[SQLiteValue]] {
    var prepared: OpaquePointer?
    try check(sqlite3_prepare_v2(handle, sql, -1, &prepared, nil))
    guard let statement = prepared else { return [] }
    defer { sqlite3_finalize(statement) }
    for (index, value) in values.enumerated() {
      try check(Self.bind(value, at: Int32(index + 1), of: statement))
    }
    var rows: [[SQLiteValue]] = []
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return rows }
      guard code == SQLITE_ROW else {
        try check(code)
        return rows
      }
      rows.append(
        (0..<sqlite3_column_count(statement)).map { Self.column($0, of: statement) })
    }
  }

  /// Runs `body` as one transaction: all of it happens, or nothing.
  func transaction(_ body: () throws(Problem) -> Void) throws(Problem) {
    try rows("BEGIN IMMEDIATE")
    do {
      try body()
      try rows("COMMIT")
    } catch {
      // After a full disk SQLite may have rolled back by itself; the first failure is the one to tell.
      _ = try? rows("ROLLBACK")
      throw error
    }
  }

  private static func bind(
    _ value: SQLiteValue, at index: Int32, of statement: OpaquePointer
  ) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(statement, index)
    case .integer(let number): return sqlite3_bind_int64(statement, index, number)
    case .real(let number): return sqlite3_bind_double(statement, index, number)
    case .text(let text):
      // SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the bytes.
      let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      let bytes = text.utf8CString
      return bytes.withUnsafeBufferPointer {
        sqlite3_bind_text(statement, index, $0.baseAddress, Int32(bytes.count - 1), transient)
      }
    }
  }

  private static func column(_ index: Int32, of statement: OpaquePointer) -> SQLiteValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
    case SQLITE_TEXT:
      let count = Int(sqlite3_column_bytes(statement, index))
      guard let bytes = sqlite3_column_text(statement, index) else { return .text("") }
      return .text(
        String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
    default: return .null
    }
  }

  private func check(_ code: Int32) throws(Problem) {
    guard code != SQLITE_OK else { return }
    throw Self.problem(code, String(cString: sqlite3_errmsg(handle)), path)
  }

  private static let remedy =
    "Mend its permissions, or set XDG_STATE_HOME to a folder that you may write to."

  private static func problem(_ code: Int32, _ message: String, _ path: String) -> Problem {
    let (what, remedy) =
      switch code & 0xff {
      case SQLITE_FULL:
        ("the disk is full", "Free some room on the disk of \(path).")
      case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
        ("it cannot be written", remedy)
      case SQLITE_BUSY, SQLITE_LOCKED:
        ("another process holds it", "End the process that has \(path) open.")
      case SQLITE_CORRUPT, SQLITE_NOTADB:
        ("it is damaged", "Move \(path) aside; the next run begins a new journal.")
      default:
        ("SQLite failed (\(code))", "Look at the disk of \(path).")
      }
    return Problem(
      "the run journal \(path) cannot be used: \(what)", detail: "\(remedy) (\(message))",
      exitStatus: .failure)
  }
}
