import Diagnostics
import Inventories
import TOMLReading

/// The quantities of an event, `rtt` and so on: read as those of a `[[latency]]` are, once for each of the
/// values that they go through.
struct EventQuantities {
  private let document: TOMLDocument
  private let position: SourcePosition
  /// The entries that are quantities.
  private let entries: [TOMLTable.Entry]

  /// The quantities of an event's table.
  init(_ table: Located<TOMLTable>, in document: TOMLDocument) {
    self.document = document
    position = table.position
    entries = table.value.entries.filter { PathQuantities.schema.knows($0.key) }
  }

  /// The first quantity that the file gives.
  var firstKey: Located<String>? {
    entries.first.map { Located($0.key, at: $0.keyPosition) }
  }

  /// Whether the two ways of the path may differ.
  var isAsymmetric: Bool { oneWayPosition != nil }

  /// Where `one_way` stands.
  var oneWayPosition: SourcePosition? { entries.first { $0.key == "one_way" }?.keyPosition }

  /// How quantities move.
  enum Motion {
    /// They do not.
    case none
    /// Between their values.
    case values
    /// As a trace says.
    case trace(TraceFile)
    /// It is not known; why has been noted.
    case unknown
  }

  /// What the path is like: one value when nothing moves, else those that it goes through; none when the
  /// event has no quantities. nil when something is wrong, which is noted.
  func values(_ findings: TOMLFindings, motion: Motion) -> [PathConditions]? {
    var entries = entries
    if case .trace(let trace) = motion {
      guard let added = withTrace(trace, findings) else { return nil }
      entries = added
    }
    guard let count = count(of: entries, findings) else { return nil }
    switch motion {
    case .none where entries.isEmpty: return []
    case .none, .trace:
      guard let moving = entries.first(where: { Self.width($0) ?? 1 > 1 }) else { break }
      findings.error(
        "\(moving.key) has several values, and the event no shape for them",
        detail: "Give shape = \"ramp\", \"sine\" or \"step\".", at: moving.value.position)
      return nil
    case .values where count == 1:
      findings.error(
        "a shape without a quantity that moves",
        detail: "Give two values of one: rtt = [\"10ms\", \"200ms\"].", at: position)
      return nil
    case .values, .unknown: break
    }
    var values: [PathConditions] = []
    for number in 0..<count {
      let table = TOMLTable(entries.map { Self.entry($0, number) })
      let found = TOMLFindings(in: document)
      let conditions = PathQuantities.read(Located(table, at: position), found)
      // What does not move is wrong in each of them: told once.
      for diagnostic in found.diagnostics where !findings.diagnostics.contains(diagnostic) {
        findings.note(diagnostic)
      }
      if let conditions, !found.hasErrors { values.append(conditions) }
    }
    return values.count == count ? values : nil
  }

  /// How many values the quantities go through; nil when they do not agree.
  private func count(of entries: [TOMLTable.Entry], _ findings: TOMLFindings) -> Int? {
    var first: (key: String, count: Int)?
    for entry in entries {
      guard let width = Self.width(entry) else {
        findings.error(
          "from and to of \(entry.key) have not as many values",
          detail: "The quantities of an event move together.", at: entry.value.position)
        return nil
      }
      guard width != 1 else { continue }
      if width == 0 || width > ProfileLimits.values {
        findings.error(
          "\(entry.key) has \(width == 0 ? "too few" : "too many") values",
          detail: "Give 2 to \(ProfileLimits.values).", at: entry.value.position)
        return nil
      }
      if let first, first.count != width {
        findings.error(
          "\(entry.key) has \(width) values, and \(first.key) \(first.count)",
          detail: "The quantities of an event move together.", at: entry.value.position)
        return nil
      }
      if first == nil { first = (entry.key, width) }
    }
    return first?.count ?? 1
  }

  /// How many values an entry has: 1 for what does not move, 0 for an array that is too short to; nil
  /// for two ways that do not agree.
  private static func width(_ entry: TOMLTable.Entry) -> Int? {
    if entry.key == "one_way", let ways = entry.value.table {
      let widths = ways.entries.map { width($0.value) }.filter { $0 != 1 }
      return widths.allSatisfy { $0 == widths.first } ? widths.first ?? 1 : nil
    }
    return PathQuantities.moving.contains(entry.key) ? width(entry.value) : 1
  }

  private static func width(_ value: TOMLValue) -> Int {
    guard let array = value.array else { return 1 }
    return array.count < 2 ? 0 : array.count
  }

  /// An entry with one of its values.
  private static func entry(_ entry: TOMLTable.Entry, _ number: Int) -> TOMLTable.Entry {
    var entry = entry
    if entry.key == "one_way", let ways = entry.value.table {
      entry.value.content = .table(
        TOMLTable(
          ways.entries.map { way in
            var way = way
            way.value = element(way.value, number)
            return way
          }))
    } else if PathQuantities.moving.contains(entry.key) {
      entry.value = element(entry.value, number)
    }
    return entry
  }

  private static func element(_ value: TOMLValue, _ number: Int) -> TOMLValue {
    guard let array = value.array, number < array.count else { return value }
    return array[number]
  }

  /// The entries, and the largest values of the trace, so that these are judged with them; nil when both
  /// give a quantity.
  private func withTrace(
    _ trace: TraceFile, _ findings: TOMLFindings
  ) -> [TOMLTable.Entry]? {
    let roundTrip = trace.lines.map(\.roundTripMilliseconds).max() ?? 0
    let jitter = trace.lines.compactMap(\.jitterMilliseconds).max()
    let loss = trace.lines.compactMap(\.loss).max()
    let told = [
      ("rtt", "rtt_ms", "\(QuantityText.number(roundTrip))ms"),
      ("jitter", "jitter_ms", jitter.map { "\(QuantityText.number($0))ms" }),
      ("loss", "loss", loss.map { "\(QuantityText.number($0 * 100))%" }),
    ]
    var all = entries
    var isTwice = false
    for (key, column, text) in told {
      guard let text else { continue }
      let keys = key == "rtt" ? ["rtt", "added_rtt", "one_way"] : [key]
      for twice in entries where keys.contains(twice.key) {
        findings.error(
          "\(twice.key) is the trace's to say",
          detail: key == "rtt"
            ? "Leave it out: the trace has the round-trip times."
            : "Leave it out here, or the column \(column) out of the trace.",
          at: twice.keyPosition)
        isTwice = true
      }
      all.append(
        TOMLTable.Entry(
          key: key, keyPosition: position, value: TOMLValue(.string(text), at: position)))
    }
    return isTwice ? nil : all
  }
}
