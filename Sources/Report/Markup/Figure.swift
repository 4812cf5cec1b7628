/// Numbers as people read them.
enum Figure {
  /// What stands where there is nothing to tell.
  static let none = "–"

  /// A number with so many decimals; a true minus sign before those below zero.
  static func text(_ value: Double?, _ decimals: Int) -> String {
    guard let value, value.isFinite, abs(value) < 1e12 else { return none }
    let digits = plain(abs(value), decimals)
    return (value < 0 && digits.contains { $0 != "0" && $0 != "." } ? "−" : "") + digits
  }

  /// A time in milliseconds: two decimals below ten, one below a hundred, else none.
  static func milliseconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return none }
    return text(value, abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0) + " ms"
  }

  /// A time in seconds: two decimals below ten, one below a hundred, else none.
  static func seconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return none }
    return text(value, abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0) + " s"
  }

  /// A difference, with its sign.
  static func signed(_ value: Double?, _ decimals: Int) -> String {
    guard let value, value.isFinite else { return none }
    let digits = text(value, decimals)
    return value > 0 && digits.contains { $0 != "0" && $0 != "." } ? "+" + digits : digits
  }

  /// A round number without the decimals that it does not need: 100, 0.5.
  static func short(_ value: Double) -> String {
    for decimals in 0..<3
    where abs(value * power(decimals) - (value * power(decimals)).rounded()) < 1e-6 {
      return text(value, decimals)
    }
    return text(value, 3)
  }

  /// A coordinate of a drawing: a tenth of a unit is less than can be seen.
  static func place(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let rest = abs(tenths) % 10
    return "\(sign)\(abs(tenths) / 10)" + (rest == 0 ? "" : ".\(rest)")
  }

  /// A size in bytes, in binary units.
  static func bytes(_ count: Int64?) -> String {
    guard let count, count >= 0 else { return none }
    let mebibytes = Double(count) / 1_048_576
    return mebibytes < 1024
      ? "\(text(mebibytes, mebibytes < 10 ? 1 : 0)) MiB" : "\(text(mebibytes / 1024, 1)) GiB"
  }

  /// `1 host`, `2 hosts`.
  static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func power(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * 10 }
  }

  private static func plain(_ value: Double, _ decimals: Int) -> String {
    let scale = power(decimals)
    let scaled = Int((value * scale).rounded())
    guard decimals > 0 else { return String(scaled) }
    let fraction = String(scaled % Int(scale))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(scaled / Int(scale)).\(zeros)\(fraction)"
  }
}
