/// A version of a Debian package, compared as Debian Policy, section 5.6.12 says.
struct DebianVersion: Comparable {
  private let epoch: Int
  private let upstream: [UInt8]
  private let revision: [UInt8]

  /// The version in a text; of a pattern, what stands before its `*`.
  init(_ text: String) {
    var rest = text.hasSuffix("*") ? text.dropLast() : text[...]
    if let colon = rest.firstIndex(of: ":") {
      epoch = Int(rest[..<colon]) ?? 0
      rest = rest[rest.index(after: colon)...]
    } else {
      epoch = 0
    }
    if let hyphen = rest.lastIndex(of: "-") {
      upstream = Array(rest[..<hyphen].utf8)
      revision = Array(rest[rest.index(after: hyphen)...].utf8)
    } else {
      upstream = Array(rest.utf8)
      revision = []
    }
  }

  /// Whether a version is the one asked for, `*` at whose end stands for any rest.
  static func matches(_ version: String, _ wanted: String) -> Bool {
    wanted.hasSuffix("*") ? version.hasPrefix(wanted.dropLast()) : version == wanted
  }

  static func == (left: DebianVersion, right: DebianVersion) -> Bool {
    !(left < right) && !(right < left)
  }

  static func < (left: DebianVersion, right: DebianVersion) -> Bool {
    if left.epoch != right.epoch { return left.epoch < right.epoch }
    let upstream = order(left.upstream[...], right.upstream[...])
    return upstream != 0 ? upstream < 0 : order(left.revision[...], right.revision[...]) < 0
  }

  /// Texts and numbers by turns; negative when the left one comes first.
  private static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
    var left = left
    var right = right
    while !left.isEmpty || !right.isEmpty {
      while left.first.map({ !isDigit($0) }) == true || right.first.map({ !isDigit($0) }) == true {
        let (a, b) = (weight(left.first), weight(right.first))
        if a != b { return a - b }
        left = left.dropFirst()
        right = right.dropFirst()
      }
      let (a, b) = (number(&left), number(&right))
      if a.count != b.count { return a.count - b.count }
      if a != b { return a.lexicographicallyPrecedes(b) ? -1 : 1 }
    }
    return 0
  }

  /// The digits in front, without zeros in front of them.
  private static func number(_ text: inout ArraySlice<UInt8>) -> [UInt8] {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return Array(digits.drop { $0 == UInt8(ascii: "0") })
  }

  /// `~` comes before an end, which comes before letters, which come before all else.
  private static func weight(_ byte: UInt8?) -> Int {
    switch byte {
    case UInt8(ascii: "~")?: -1
    case nil: 0
    case let byte? where isDigit(byte): 0
    case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20): Int(byte)
    case let byte?: Int(byte) + 256
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
