/// Base64 (RFC 4648, section 4): how bytes of any kind travel inside a program and back.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// The bytes as lines of 76 letters, each ended; empty for no bytes.
  package static func lines(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + bytes.count / 57 + 8)
    var index = 0
    var column = 0
    while index < bytes.count {
      let first = bytes[index]
      let second = index + 1 < bytes.count ? bytes[index + 1] : 0
      let third = index + 2 < bytes.count ? bytes[index + 2] : 0
      text.append(alphabet[Int(first >> 2)])
      text.append(alphabet[Int((first & 3) << 4 | second >> 4)])
      text.append(
        index + 1 < bytes.count
          ? alphabet[Int((second & 15) << 2 | third >> 6)] : UInt8(ascii: "="))
      text.append(index + 2 < bytes.count ? alphabet[Int(third & 63)] : UInt8(ascii: "="))
      index += 3
      column += 4
      if column == 76 || index >= bytes.count {
        text.append(UInt8(ascii: "\n"))
        column = 0
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// What the letters stand for, line ends between them left out of account; nil when they are
  /// not base64.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var gathered: UInt32 = 0
    var count = 0
    var padding = 0
    for letter in text {
      switch letter {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
      case UInt8(ascii: "="):
        padding += 1
        gathered <<= 6
      default:
        let value = values[Int(letter)]
        guard value != 0xff, padding == 0 else { return nil }
        gathered = gathered << 6 | UInt32(value)
      }
      count += 1
      guard count == 4 else { continue }
      guard padding <= 2 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: gathered >> 16))
      if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: gathered >> 8)) }
      if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: gathered)) }
      (gathered, count) = (0, 0)
    }
    return count == 0 ? bytes : nil
  }
}
