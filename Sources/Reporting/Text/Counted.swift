import Measurement

/// Numbers in sentences.
package enum Counted {
  /// `1 host`, `2 hosts`, `0 hosts`.
  package static func text(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A time in seconds: `0.4 s`, `12 s`, `3 min 20 s`.
  package static func seconds(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    let tenths = Int((seconds * 10).rounded())
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  /// A time in seconds, to a hundredth whatever it is: `0.41 s`, `125.40 s`.
  package static func exactSeconds(_ seconds: Double) -> String { "\(fixed(seconds, places: 2)) s" }

  /// A time in milliseconds, to a tenth whatever it is: `0.4 ms`, `300.2 ms`.
  static func exactMilliseconds(_ milliseconds: Double) -> String {
    "\(fixed(milliseconds, places: 1)) ms"
  }

  /// A number that is not negative, with one or two decimals: `125.4`, `2.15`.
  static func fixed(_ number: Double, places: Int) -> String {
    guard number >= 0, number < 1e9 else { return "–" }
    let unit = places == 1 ? 10 : 100
    let parts = Int((number * Double(unit)).rounded())
    let fraction = String(parts % unit)
    return "\(parts / unit)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  /// A time that someone chose, in seconds: `90 s`, `5 min`, `1 h`, `1 h 30 min`, `2.5 s`.
  package static func span(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    let whole = Int(seconds)
    if Double(whole) != seconds || whole <= 120 && whole % 60 != 0 || whole < 60 {
      return "\(ConditionsText.decimal(seconds, places: 3)) s"
    }
    let parts = [(whole / 3600, "h"), (whole % 3600 / 60, "min"), (whole % 60, "s")]
    return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }

  /// A time that is only guessed: `45 s`, `9 min`.
  package static func roundly(seconds: Int) -> String {
    seconds < 90 ? "\(seconds) s" : "\((seconds + 30) / 60) min"
  }

  /// A time in milliseconds: `0.41 ms`, `12.3 ms`, `300 ms`.
  package static func milliseconds(_ milliseconds: Double) -> String {
    guard milliseconds.isFinite, milliseconds >= 0, milliseconds < 1e9 else { return "–" }
    let hundredths = Int((milliseconds * 100).rounded())
    if hundredths < 1000 {
      let fraction = hundredths % 100
      return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }
    let tenths = Int((milliseconds * 10).rounded())
    return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) ms" : "\(Int(milliseconds.rounded())) ms"
  }
}
