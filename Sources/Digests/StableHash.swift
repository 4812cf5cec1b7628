/// FNV-1a over 64 bits: the same in every process, on every computer and in every version of
/// planetbed, which `Hasher` is not. It makes short names and places; nobody is kept out by it.
package struct StableHash: Sendable {
  /// The hash of the words so far.
  package private(set) var value: UInt64

  /// The hash of words in their order; `["ab", "c"]` and `["a", "bc"]` differ. Two that start from
  /// different seeds go different ways.
  package init(_ words: [String], seed: UInt64 = 0) {
    value = 0xcbf2_9ce4_8422_2325 ^ seed
    for word in words {
      for byte in word.utf8 { add(byte) }
      // A byte that UTF-8 never holds keeps the words apart.
      add(0xff)
    }
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  /// The value with every bit spread over all others: for those who take a few of them.
  package var spread: UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// Sixteen hexadecimal digits.
  package var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Thirty-two hexadecimal digits of words, as a machine-id has.
  package static func wideHexadecimal(_ words: [String]) -> String {
    ([0, 0x9e37_79b9_7f4a_7c15] as [UInt64])
      .map { StableHash(words, seed: $0).hexadecimal }.joined()
  }
}
