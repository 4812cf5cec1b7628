/// A time as container runtimes tell it.
enum RuntimeTime {
  /// Milliseconds since 1970 of `2026-11-22T02:04:29.123456789Z` (RFC 3339, as crictl has it), with another
  /// offset than `Z` too, or of nanoseconds since 1970, as CRI itself has it; nil for anything else, and
  /// for what stands for "never".
  static func milliseconds(_ text: some StringProtocol) -> Double? {
    guard text.utf8.count <= 40 else { return nil }
    if text.utf8.allSatisfy({ (48...57).contains($0) }) {
      guard let nanoseconds = Int64(text), nanoseconds > 0 else { return nil }
      return Double(nanoseconds / 1_000_000) + Double(nanoseconds % 1_000_000) / 1e6
    }
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == dash, bytes[7] == dash,
      bytes[10] == UInt8(ascii: "T"), bytes[13] == colon, bytes[16] == colon,
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
      let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    var rest = bytes[19...]
    var fraction = 0.0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (48...57).contains($0) }
      guard (1...9).contains(digits.count), let value = number(digits) else { return nil }
      fraction = (0..<digits.count).reduce(Double(value)) { sum, _ in sum / 10 }
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let zone = zoneMinutes(rest) else { return nil }
    let seconds =
      ((days(year, month, day) * 24 + hour) * 60 + minute - zone) * 60 + second
    return seconds > 0 ? Double(seconds) * 1000 + fraction * 1000 : nil
  }

  private static let dash = UInt8(ascii: "-")
  private static let colon = UInt8(ascii: ":")

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func zoneMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
    if bytes.count == 1, bytes.first == UInt8(ascii: "Z") { return 0 }
    let zone = Array(bytes)
    guard zone.count == 6, zone[3] == colon, zone[0] == dash || zone[0] == UInt8(ascii: "+"),
      let hours = number(zone[1..<3]), let minutes = number(zone[4..<6]), hours < 24, minutes < 60
    else { return nil }
    return (zone[0] == dash ? -1 : 1) * (hours * 60 + minutes)
  }

  /// Days from 1970-01-01 in the Gregorian calendar; years that begin in March have their leap day last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let monthOfYear = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }
}
