import Inventories

/// Quantities in words, for those who watch a run.
enum QuantityText {
  /// A time within a run: `0 s`, `250 ms`, `1.5 s`, `300 s`, `10 min`, `2 h`.
  static func time(_ milliseconds: Int) -> String {
    if milliseconds % 3_600_000 == 0, milliseconds > 0 { return "\(milliseconds / 3_600_000) h" }
    // Those of most experiments are told in one unit, so that they can be compared.
    if milliseconds % 60_000 == 0, milliseconds >= 600_000 { return "\(milliseconds / 60_000) min" }
    if milliseconds > 0, milliseconds < 1000 { return "\(milliseconds) ms" }
    return number(Double(milliseconds) / 1000) + " s"
  }

  /// A number to three places, without a sign of what is not there: `1.5`, `60`.
  static func number(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
    if rest == 0 { return String(whole) }
    let digits = String(rest)
    var places = String(repeating: "0", count: 3 - digits.count) + digits
    while places.hasSuffix("0") { places.removeLast() }
    return "\(whole).\(places)"
  }
}
