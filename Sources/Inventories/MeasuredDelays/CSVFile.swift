import Diagnostics
import Digests
import TOMLReading

/// A CSV file that an inventory or a profile names: read line by line, since it may be larger than memory.
struct CSVFile {
  /// The key that names it.
  let key: String
  /// Its path as the file that names it has it, and where.
  let path: Located<String>
  /// The path to open.
  let full: String
  /// The most bytes that are read.
  let limit: Int
  /// What kind of file names it.
  let owner: String

  /// The longest line that is read, in bytes.
  static let longestLine = 65_536
  /// How many wrong lines are told of one file.
  static let mostFaults = 20

  /// Which columns there are.
  struct Columns {
    /// The columns that must be there.
    var required: [String]
    /// Those that may be; nil for any others.
    var optional: [String]?
  }

  /// A file that a key of the inventory, or of another kind of file, names; its path begins at `folder`.
  init(
    _ key: String, _ path: Located<String>, in folder: String, limit: Int,
    of owner: String = "inventory"
  ) {
    self.key = key
    self.path = path
    self.owner = owner
    full =
      path.value.hasPrefix("/") || folder.isEmpty ? path.value : "\(folder)/\(path.value)"
    self.limit = limit
  }

  /// Hands over every line but the first, which names the columns: `places` are the columns' numbers in
  /// the order of `columns`, nil where there is none.
  ///
  /// Notes what is wrong. The file's SHA-256 in hexadecimal when nothing is, nil otherwise.
  func read(
    _ columns: Columns, _ findings: TOMLFindings,
    _ body: (CSVLine, _ places: [Int?]) throws(CSVFault) -> Void
  ) -> String? {
    var digest = SHA256.Running()
    var lines = LineSplitter()
    var line = CSVLine()
    var places: [Int?]?
    var width = 0
    var faults = 0
    /// Whether to go on.
    func handle(_ bytes: ArraySlice<UInt8>, _ number: Int) -> Bool {
      line.take(bytes, number: number)
      if line.isBlank { return true }
      do throws(CSVFault) {
        if bytes.count > Self.longestLine {
          throw CSVFault(.init(offset: 0, summary: "the line is too long for a table's"))
        }
        if let fault = line.split() { throw CSVFault(fault) }
        if let places {
          guard line.count == width else {
            throw CSVFault(
              .init(
                offset: 0,
                summary: "the line has \(line.count) fields, and the first one \(width)"))
          }
          try body(line, places)
        } else {
          width = line.count
          places = try Self.places(of: columns, in: line)
        }
        return true
      } catch {
        faults += 1
        findings.note(diagnostic(error.fault, in: line))
        // Without its columns nothing in the file means anything.
        return places != nil && faults < Self.mostFaults
      }
    }
    do throws(Problem) {
      var goesOn = true
      try SourceFile.pieces(of: full, limit: limit) { piece in
        digest.add(piece)
        goesOn = lines.take(piece, handle)
        return goesOn
      }
      if goesOn { lines.end(handle) }
    } catch {
      let problem = error.diagnostics.first
      findings.error(
        "\(key): \((problem?.summary ?? "cannot read \(full)").replacingFirst(full, by: path.value))",
        detail: "Paths begin at the \(owner)'s folder.", at: path.position)
      return nil
    }
    if places == nil, faults == 0 {
      findings.error("\(key): \(path.value) has no line", at: path.position)
      return nil
    }
    return faults == 0 ? digest.hexadecimal : nil
  }

  private func diagnostic(_ fault: CSVLine.Fault, in line: CSVLine) -> Diagnostic {
    let before = line.bytes.prefix(fault.offset)
    return Diagnostic(
      .error, fault.summary, detail: fault.detail,
      at: SourcePosition(
        file: full, line: line.number, column: String(decoding: before, as: UTF8.self).count + 1),
      sourceLine: line.bytes.count <= 1000 ? String(decoding: line.bytes, as: UTF8.self) : nil)
  }

  private static func places(
    of columns: Columns, in header: CSVLine
  ) throws(CSVFault) -> [Int?] {
    let names = (0..<header.count).map { header.text($0).lowercased() }
    for required in columns.required where !names.contains(required) {
      throw CSVFault(
        .init(
          offset: 0, summary: "there is no column \(required)",
          detail: "The first line names the columns: \(columns.required.joined(separator: ","))"
            + (columns.optional.map { ", and perhaps \($0.joined(separator: " and "))" } ?? "")
            + "."
            + (names.contains("mdev") ? " WonderNetwork's pings need servers beside matrix." : "")))
    }
    let known = columns.required + (columns.optional ?? [])
    for (place, name) in names.enumerated() {
      if columns.optional != nil, !known.contains(name) {
        throw CSVFault(
          .init(
            offset: header.offset(of: place), summary: "unknown column \(header.shown(place))",
            detail: Suggestion.closest(to: name, among: known).map { "Did you mean \($0)?" }
              ?? "The columns are \(known.joined(separator: ", "))."))
      }
      if known.contains(name), names.firstIndex(of: name) != place {
        throw CSVFault(
          .init(
            offset: header.offset(of: place), summary: "a second column \(header.shown(place))"))
      }
    }
    return known.map { names.firstIndex(of: $0) }
  }
}

/// Makes lines of a file that comes piece by piece.
private struct LineSplitter {
  private var rest: [UInt8] = []
  private var number = 0

  /// Hands over the lines that end in this piece, without their ends, until `body` answers false;
  /// whether it never did.
  mutating func take(
    _ piece: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) -> Bool
  ) -> Bool {
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let goesOn: Bool
      if rest.isEmpty {
        goesOn = hand(piece[start..<end], body)
      } else {
        rest += piece[start..<end]
        goesOn = hand(rest[...], body)
        rest.removeAll(keepingCapacity: true)
      }
      start = end + 1
      if !goesOn { return false }
    }
    // One byte more than a line may have is enough to say that it is too long.
    rest += piece[start...].prefix(max(0, CSVFile.longestLine + 1 - rest.count))
    return true
  }

  /// Hands over the last line, when nothing ends it.
  mutating func end(_ body: (ArraySlice<UInt8>, Int) -> Bool) {
    if !rest.isEmpty { _ = hand(rest[...], body) }
  }

  private mutating func hand(
    _ line: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>, Int) -> Bool
  ) -> Bool {
    var line = line
    number += 1
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    // A byte-order mark is no character of the text.
    if number == 1, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
    return body(line, number)
  }
}
