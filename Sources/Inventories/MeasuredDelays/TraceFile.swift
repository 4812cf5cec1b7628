import TOMLReading

/// A trace: what a path was like when, as measured somewhere or made by a program.
///
///     seconds,rtt_ms,jitter_ms,loss
///     0,52.1,1.5,0%
///     0.5,180,40,2%
package struct TraceFile: Sendable {
  /// A line.
  package struct Line: Sendable, Hashable {
    /// When, in milliseconds from the beginning.
    package var milliseconds: Int
    /// The round trip in milliseconds.
    package var roundTripMilliseconds: Double
    /// The jitter in milliseconds; nil when there is none told.
    package var jitterMilliseconds: Double?
    /// The share of lost packets; nil when there is none told.
    package var loss: Double?
  }

  /// Its lines, by time; never empty.
  package let lines: [Line]
  /// SHA-256 of its bytes in hexadecimal.
  package let digest: String

  /// The most lines that are read.
  package static let longest = 100_000
  /// The latest time, in milliseconds: 30 days.
  package static let latest = 30 * 24 * 3_600_000
  /// The largest file that is read, in bytes.
  private static let sizeLimit = 10_000_000

  private static let columns = CSVFile.Columns(
    required: ["seconds", "rtt_ms"], optional: ["jitter_ms", "loss"])

  /// Reads the trace that a key of a profile names; its path begins at `folder`. nil when something is
  /// wrong with it, which is noted.
  package static func read(
    _ key: String, _ path: Located<String>, in folder: String, _ findings: TOMLFindings
  ) -> TraceFile? {
    let file = CSVFile(key, path, in: folder, limit: sizeLimit, of: "profile")
    var lines: [Line] = []
    let digest = file.read(columns, findings) { line, places throws(CSVFault) in
      guard let time = places[0], let rtt = places[1] else { return }
      guard lines.count < longest else {
        throw CSVFault(.init(offset: 0, summary: "a trace has at most \(longest) lines"))
      }
      lines.append(
        Line(
          milliseconds: try milliseconds(line, time, after: lines.last?.milliseconds),
          roundTripMilliseconds: try roundTrip(line, rtt),
          jitterMilliseconds: try places[2].flatMap { place throws(CSVFault) in
            try line.milliseconds(place)
          },
          loss: try places[3].flatMap { place throws(CSVFault) in
            try MatrixFile.share(line, place)
          }))
    }
    guard let digest else { return nil }
    guard !lines.isEmpty else {
      findings.error(
        "\(key): \(path.value) has no line but the one that names the columns", at: path.position)
      return nil
    }
    return TraceFile(lines: lines, digest: digest)
  }

  private static func milliseconds(
    _ line: CSVLine, _ place: Int, after last: Int?
  ) throws(CSVFault) -> Int {
    guard let seconds = CSVLine.decimal(line[place]) else {
      throw CSVFault(
        .init(
          offset: line.offset(of: place),
          summary: "not a number of seconds: \(line.shown(place))",
          detail: "Write it without a unit, such as 2.5."))
    }
    guard seconds * 1000 <= Double(latest) else {
      throw CSVFault(
        .init(
          offset: line.offset(of: place),
          summary: "\(line.shown(place)) is later than a profile can last",
          detail: "At most \(latest / 1000) s."))
    }
    let milliseconds = Int((seconds * 1000).rounded())
    if let last, milliseconds <= last {
      throw CSVFault(
        .init(
          offset: line.offset(of: place), summary: "the time is not after that of the line before",
          detail: "A trace goes by time, and has one line for a millisecond."))
    }
    return milliseconds
  }

  private static func roundTrip(_ line: CSVLine, _ place: Int) throws(CSVFault) -> Double {
    guard let milliseconds = try line.milliseconds(place) else {
      throw CSVFault(.init(offset: line.offset(of: place), summary: "there is no round-trip time"))
    }
    return milliseconds
  }
}
