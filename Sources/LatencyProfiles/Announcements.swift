import Inventories

extension LatencyProfile {
  /// What a person who watches the run is told, by time: each event's beginning, and its end.
  package var announcements: [Timetable.Announcement] {
    var told: [(order: Int, announcement: Timetable.Announcement)] = []
    for event in events {
      // What ends at a moment is told before what begins then.
      told.append(
        (
          1,
          Timetable.Announcement(
            milliseconds: event.begin, text: "\(event.ends.text): \(event.action.text)")
        ))
      // What begins at the same paths at once says enough.
      guard event.end < periodMilliseconds,
        !events.contains(where: { $0.begin == event.end && $0.ends.text == event.ends.text })
      else { continue }
      told.append(
        (
          0,
          Timetable.Announcement(milliseconds: event.end, text: "\(event.ends.text): \(Self.over)")
        ))
    }
    // By the file's order last: Swift's sort does not promise to keep what is equal in order.
    return told.enumerated().sorted {
      ($0.element.announcement.milliseconds, $0.element.order, $0.offset)
        < ($1.element.announcement.milliseconds, $1.element.order, $1.offset)
    }.map(\.element.announcement)
  }

  private static let over = "over"
}

extension ProfileEvent.Action {
  /// In words: `rtt 5 ms`.
  fileprivate var text: String {
    switch self {
    case .clear: "as before the run"
    case .partition: "cut"
    case .flap(let flap, let whileUp):
      "up \(QuantityText.time(flap.up))\(whileUp.map { " (\($0.text))" } ?? ""), "
        + "cut \(QuantityText.time(flap.down)), in turn"
    case .steady(let conditions): conditions.text
    case .ramp(let from, let to, let period):
      "\(from.text) → \(to.text), in \(QuantityText.time(period))"
    case .sine(let from, let to, let period):
      "\(from.text) ↔ \(to.text), every \(QuantityText.time(period))"
    case .step(let values, let period, _):
      "\(Self.text(of: values)), in turn within \(QuantityText.time(period))"
    case .trace(_, _, let file): "as in \(file)"
    }
  }

  /// The first of several values.
  private static func text(of values: [PathConditions]) -> String {
    let shown = values.prefix(4).map(\.text).joined(separator: "; ")
    return values.count > 4 ? "\(shown); and \(values.count - 4) more" : shown
  }
}

extension PathConditions {
  /// In words: `rtt 60 ms ± 10 ms, loss 1 %`.
  fileprivate var text: String {
    func milliseconds(_ value: Double) -> String { QuantityText.number(value) + " ms" }
    var parts: [String] = []
    switch delay {
    case .total(let roundTrip): parts.append("rtt \(milliseconds(roundTrip))")
    case .added(0): parts.append("no added delay")
    case .added(let roundTrip): parts.append("rtt + \(milliseconds(roundTrip))")
    case .oneWay(let from, let to):
      parts.append("\(milliseconds(from)) out, \(milliseconds(to)) back")
    case nil: break
    }
    if let jitter {
      let words = "± \(milliseconds(jitter.roundTripMilliseconds))"
      parts = [parts.isEmpty ? words : "\(parts[0]) \(words)"]
    }
    for (word, share) in [
      ("loss", loss), ("duplicate", duplicate), ("reorder", reorder), ("corrupt", corrupt),
    ] where share > 0 { parts.append("\(word) \(QuantityText.number(share * 100)) %") }
    if let rateBitsPerSecond {
      parts.append("\(QuantityText.number(rateBitsPerSecond / 1e6)) Mbit/s")
    }
    return parts.joined(separator: ", ")
  }
}
