import Diagnostics
import Roles

/// What every machine must be that gets a role.
struct MachineChecks {
  /// The machine's name.
  let host: String
  /// What its probe reported.
  let system: SystemFacts

  /// Kubernetes backdates its certificates by five minutes; a minute is early enough to be told.
  static let suspiciousClockOffset: Double = 60 * 1000

  /// All that stands in the way, or looks wrong.
  var all: [Diagnostic] { [systemd, operatingSystem, clock].compactMap(\.self) }

  private var systemd: Diagnostic? {
    guard !system.hasSystemd else { return nil }
    return Diagnostic(
      .error, "\(host) is not run by systemd",
      detail: "Roles start their services as systemd units.", host: host)
  }

  private var operatingSystem: Diagnostic? {
    guard !["debian", "ubuntu"].contains(system.osID) else { return nil }
    let name = system.osName.isEmpty ? "an unknown operating system" : system.osName
    return Diagnostic(
      .warning, "\(host) runs \(name)",
      detail:
        "Roles are made for Debian 12, Ubuntu 23.04 and later, and install packages with apt.",
      host: host)
  }

  private var clock: Diagnostic? {
    guard let offset = system.clockOffsetMilliseconds, abs(offset) > Self.suspiciousClockOffset,
      abs(offset) <= RouterChecks.greatestClockOffset
    else { return nil }
    return Diagnostic(
      .warning, "the clock of \(host) is \(Self.words(forOffset: offset))",
      detail: "Logs will not match, and certificates of Kubernetes may not be valid yet. "
        + "Set the clock (timedatectl set-ntp true).",
      host: host)
  }

  /// `2 minutes ahead of this computer's`.
  static func words(forOffset milliseconds: Double) -> String {
    let seconds = Int(min(abs(milliseconds) / 1000, 1e12).rounded())
    let (count, unit) =
      switch seconds {
      case 172_800...: (seconds / 86_400, "days")
      case 7_200...: (seconds / 3_600, "hours")
      case 120...: (seconds / 60, "minutes")
      default: (seconds, "seconds")
      }
    return "\(count) \(unit) \(milliseconds < 0 ? "behind" : "ahead of") this computer's"
  }
}

/// A version as numbers between dots, for comparison: `2.6.14`, `23.04`; what is no number ends it.
struct Version: Comparable {
  /// The numbers.
  private let numbers: [Int]

  /// The version in a text.
  init(_ text: String) {
    var numbers: [Int] = []
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      let digits = part.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits) else { break }
      numbers.append(number)
      if digits.count < part.count { break }
    }
    while numbers.last == 0 { numbers.removeLast() }
    self.numbers = numbers
  }

  static func < (left: Version, right: Version) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }
}
