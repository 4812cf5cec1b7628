/// FNV-1a over 64 bits: the same on every computer and in every version, which `Hasher` is not. It
/// makes short names and the image's key; nobody is kept out by it.
struct StableHash {
  private var state: UInt64

  /// A hash of nothing yet; two that start from different seeds go different ways.
  init(seed: UInt64 = 0) { state = 0xcbf2_9ce4_8422_2325 ^ seed }

  /// Takes in a text and its end, so that `ab`, `c` differs from `a`, `bc`.
  mutating func combine(_ text: String) {
    for byte in Array(text.utf8) + [0xff] { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// Sixteen hexadecimal digits.
  var hex: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Thirty-two hexadecimal digits of the texts, as a machine-id has.
  static func wideHex(_ texts: [String]) -> String {
    ([0, 0x9e37_79b9_7f4a_7c15] as [UInt64]).map { seed in
      var hash = StableHash(seed: seed)
      for text in texts { hash.combine(text) }
      return hash.hex
    }.joined()
  }

  /// Sixteen hexadecimal digits of the texts.
  static func hex(_ texts: [String]) -> String {
    var hash = StableHash()
    for text in texts { hash.combine(text) }
    return hash.hex
  }
}
