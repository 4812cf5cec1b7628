/// Looks for a dotted key with too many parts before toml++ sees it: toml++ 3.3 keeps no limit there
/// and overflows its stack (`a.a.a.…` 200,000 times does it).
enum KeyDepth {
  /// The most parts that a dotted key may have.
  static let limit = 16

  /// Where the first key with too many parts is, as a byte offset. It follows strings and comments as
  /// TOML does; up to the first syntax error, where toml++ stops, it cannot be led astray.
  static func firstTooDeep(in bytes: [UInt8]) -> Int? {
    var dots = 0
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "#"):
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        index = endOfString(in: bytes, from: index)
        continue
      case UInt8(ascii: "."):
        dots += 1
        if dots >= limit { return index }
      case UInt8(ascii: "\n"), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "["),
        UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
        dots = 0
      default: break
      }
      index += 1
    }
    return nil
  }

  /// The offset behind the string that begins at `start`.
  private static func endOfString(in bytes: [UInt8], from start: Int) -> Int {
    let quote = bytes[start]
    let escapes = quote == UInt8(ascii: "\"")
    func isTriple(_ index: Int) -> Bool {
      index + 2 < bytes.count && bytes[index] == quote && bytes[index + 1] == quote
        && bytes[index + 2] == quote
    }
    let multiLine = isTriple(start)
    var index = start + (multiLine ? 3 : 1)
    while index < bytes.count {
      if escapes, bytes[index] == UInt8(ascii: "\\") {
        index += 2
      } else if multiLine, isTriple(index) {
        index += 3
        // Up to two quotes may stand before the closing three.
        for _ in 0..<2 where index < bytes.count && bytes[index] == quote { index += 1 }
        return index
      } else if !multiLine, bytes[index] == quote {
        return index + 1
      } else if !multiLine, bytes[index] == UInt8(ascii: "\n") {
        return index
      } else {
        index += 1
      }
    }
    return bytes.count
  }
}
