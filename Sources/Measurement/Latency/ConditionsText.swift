import Inventories

/// What a path is asked to be like, in a line for people.
package enum ConditionsText {
  /// `100 ms ± 10 ms, loss 0.1 %, 100 Mbit/s`; empty when nothing is asked.
  package static func text(of conditions: PathConditions) -> String {
    var parts: [String] = []
    switch conditions.delay {
    case .total(let roundTrip): parts.append(Self.milliseconds(roundTrip))
    case .added(let roundTrip): parts.append("natural + \(Self.milliseconds(roundTrip))")
    case .oneWay(let from, let to):
      parts.append("\(Self.milliseconds(from)) there, \(Self.milliseconds(to)) back")
    case nil: break
    }
    if let jitter = conditions.jitter, jitter.roundTripMilliseconds > 0 {
      var text = "± \(Self.milliseconds(jitter.roundTripMilliseconds))"
      if jitter.distribution != .normal { text += " \(jitter.distribution.rawValue)" }
      if jitter.correlation > 0 { text += " correlated \(percent(jitter.correlation))" }
      if parts.isEmpty { parts.append(text) } else { parts[parts.count - 1] += " \(text)" }
    }
    for (name, share) in [
      ("loss", conditions.loss), ("duplicate", conditions.duplicate),
      ("reorder", conditions.reorder), ("corrupt", conditions.corrupt),
    ] where share > 0 { parts.append("\(name) \(percent(share))") }
    if let rate = conditions.rateBitsPerSecond { parts.append(Self.rate(rate)) }
    return parts.joined(separator: ", ")
  }

  /// A time that someone chose: `100 ms`, `0.5 ms`, `60.25 ms`.
  package static func milliseconds(_ milliseconds: Double) -> String {
    "\(decimal(milliseconds, places: 2)) ms"
  }

  /// A share of 0 to 1: `0.1 %`.
  package static func percent(_ share: Double) -> String {
    "\(decimal(share * 100, places: 3)) %"
  }

  /// `100 Mbit/s`.
  package static func rate(_ bitsPerSecond: Double) -> String {
    for (unit, name) in [(1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")]
    where bitsPerSecond >= unit {
      return "\(decimal(bitsPerSecond / unit, places: 3)) \(name)"
    }
    return "\(decimal(bitsPerSecond, places: 0)) bit/s"
  }

  /// A number to so many places, without zeros at its end.
  package static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "–" }
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let (whole, rest) = Int((abs(value) * Double(scale)).rounded())
      .quotientAndRemainder(dividingBy: scale)
    let sign = value < 0 && (whole, rest) != (0, 0) ? "−" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    var digits = String(rest)
    digits = String(repeating: "0", count: places - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }
}

extension ConditionsText {
  /// What is in force in the two ways of a path: as one path where both are alike, else each way.
  package static func text(there: OneWayConditions?, back: OneWayConditions?) -> String {
    let (out, home) = (there ?? OneWayConditions(), back ?? OneWayConditions())
    if out == home { return both(out) }
    return "→ \(one(out)); ← \(one(home))"
  }

  /// Both ways together.
  private static func both(_ way: OneWayConditions) -> String {
    var path = conditions(of: way)
    switch way.delay {
    case .total(let milliseconds): path.delay = .total(roundTrip: 2 * milliseconds)
    case .added(let milliseconds): path.delay = .added(roundTrip: 2 * milliseconds)
    case nil: break
    }
    path.jitter?.roundTripMilliseconds *= 2.0.squareRoot()
    return orNothing(path)
  }

  /// What is in force in one way of a path.
  package static func one(_ way: OneWayConditions) -> String {
    var path = conditions(of: way)
    switch way.delay {
    case .total(let milliseconds): path.delay = .total(roundTrip: milliseconds)
    case .added(let milliseconds): path.delay = .added(roundTrip: milliseconds)
    case nil: break
    }
    return orNothing(path)
  }

  private static func conditions(of way: OneWayConditions) -> PathConditions {
    PathConditions(
      jitter: way.jitterMilliseconds > 0
        ? Jitter(
          roundTripMilliseconds: way.jitterMilliseconds, distribution: way.distribution,
          correlation: way.correlation) : nil,
      loss: way.loss, duplicate: way.duplicate, reorder: way.reorder, corrupt: way.corrupt,
      rateBitsPerSecond: way.rateBitsPerSecond)
  }

  private static func orNothing(_ path: PathConditions) -> String {
    let text = text(of: path)
    return text.isEmpty ? "nothing" : text
  }
}
