/// A time of day in UTC as people read it.
enum PointInTime {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// `21 November 2026, 15:24 UTC`; `milliseconds` since 1970. The day is found as in Hinnant's
  /// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, which counts years from March.
  static func text(_ milliseconds: Int64) -> String {
    let seconds = min(max(milliseconds, 0), 253_402_300_799_000) / 1000
    let days = seconds / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let isNextYear = month >= 10
    let name = months[Int(isNextYear ? month - 10 : month + 2)]
    let minute = seconds % 3600 / 60
    return "\(day) \(name) \(year + era * 400 + (isNextYear ? 1 : 0)), "
      + "\(twoDigits(seconds % 86_400 / 3600)):\(twoDigits(minute)) UTC"
  }

  private static func twoDigits(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
