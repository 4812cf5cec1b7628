/// Base64 (RFC 4648, section 4): how bytes of any kind travel inside a program and back, and how SSH
/// writes keys.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// The bytes as letters, with `=` up to a multiple of four unless that is not wanted.
  package static func encode(_ bytes: some Collection<UInt8>, padded: Bool = true) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    append(Array(bytes)[...], padded: padded, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes as lines of 76 letters, each ended; empty for no bytes.
  package static func lines(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 56) / 57 * 77)
    for start in stride(from: 0, to: bytes.count, by: 57) {
      append(bytes[start..<min(start + 57, bytes.count)], padded: true, to: &text)
      text.append(UInt8(ascii: "\n"))
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(_ bytes: ArraySlice<UInt8>, padded: Bool, to text: inout [UInt8]) {
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 3) {
      let left = min(3, bytes.endIndex - start)
      var bits = UInt32(bytes[start]) << 16
      if left > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
      if left > 2 { bits |= UInt32(bytes[start + 2]) }
      for place in 0...left { text.append(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
      if padded { for _ in left..<3 { text.append(UInt8(ascii: "=")) } }
    }
  }

  /// What the letters stand for, line ends between them left out of account; nil when they are
  /// not base64. The padding may be left out, as some write keys; a wrong one is refused.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var gathered: UInt32 = 0
    var count = 0
    var padding = 0
    for letter in text {
      switch letter {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
      case UInt8(ascii: "="): padding += 1
      default:
        let value = values[Int(letter)]
        guard value != 0xff, padding == 0 else { return nil }
        gathered = gathered << 6 | UInt32(value)
        count += 1
        guard count % 4 == 0 else { continue }
        bytes.append(UInt8(truncatingIfNeeded: gathered >> 16))
        bytes.append(UInt8(truncatingIfNeeded: gathered >> 8))
        bytes.append(UInt8(truncatingIfNeeded: gathered))
        gathered = 0
      }
    }
    switch (count % 4, padding) {
    case (0, 0): return bytes
    case (2, 2), (2, 0): return bytes + [UInt8(truncatingIfNeeded: gathered >> 4)]
    case (3, 1), (3, 0):
      return bytes + [
        UInt8(truncatingIfNeeded: gathered >> 10), UInt8(truncatingIfNeeded: gathered >> 2),
      ]
    default: return nil
    }
  }
}
