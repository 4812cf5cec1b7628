/// SHA-256 (FIPS 180-4): names a file by what it holds, and tells whether a file on a machine has the
/// wanted content without sending either. Not for secrets: its time depends on the length alone, but
/// nobody has looked at what the compiler makes of it.
package enum SHA256 {
  /// The digest in lower-case hexadecimal, 64 characters, as sha256sum writes it.
  package static func hexadecimal(of bytes: some Collection<UInt8>) -> String {
    var running = Running()
    running.add(Array(bytes)[...])
    return running.hexadecimal
  }

  /// The digest of bytes that come piece by piece: of a file that is too large to be held.
  package struct Running {
    // Section 5.3.3.
    private var hash: [UInt32] = [
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
      0x5be0_cd19,
    ]
    private var schedule = [UInt32](repeating: 0, count: 64)
    /// What is left of less than a block.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// Nothing yet.
    package init() {}

    /// Goes on with these bytes.
    package mutating func add(_ bytes: ArraySlice<UInt8>) {
      byteCount &+= UInt64(bytes.count)
      var start = bytes.startIndex
      if !rest.isEmpty {
        let missing = min(64 - rest.count, bytes.count)
        rest += bytes[start..<(start + missing)]
        start += missing
        guard rest.count == 64 else { return }
        SHA256.compress(rest[...], into: &hash, schedule: &schedule)
        rest.removeAll(keepingCapacity: true)
      }
      while bytes.endIndex - start >= 64 {
        SHA256.compress(bytes[start..<(start + 64)], into: &hash, schedule: &schedule)
        start += 64
      }
      rest += bytes[start...]
    }

    /// The digest of all bytes so far, in lower-case hexadecimal.
    package var hexadecimal: String {
      var ended = self
      ended.end()
      let digits = Array("0123456789abcdef")
      return String(
        ended.hash.flatMap { word in
          (0..<8).reversed().map { digits[Int(word >> UInt32(4 * $0) & 15)] }
        })
    }

    /// Section 5.1.1: a one bit, zeros, and the length in bits, to a multiple of 64 bytes.
    private mutating func end() {
      let bitCount = byteCount &* 8
      var tail: [UInt8] = [0x80]
      while (rest.count + tail.count) % 64 != 56 { tail.append(0) }
      for shift in stride(from: 56, through: 0, by: -8) {
        tail.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
      }
      add(tail[...])
    }
  }

  /// Section 6.2.2: one block of 64 bytes.
  fileprivate static func compress(
    _ block: ArraySlice<UInt8>, into hash: inout [UInt32], schedule w: inout [UInt32]
  ) {
    for index in 0..<16 {
      let at = block.startIndex + 4 * index
      w[index] =
        UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16 | UInt32(block[at + 2]) << 8
        | UInt32(block[at + 3])
    }
    for index in 16..<64 {
      let s0 = rotate(w[index - 15], 7) ^ rotate(w[index - 15], 18) ^ (w[index - 15] >> 3)
      let s1 = rotate(w[index - 2], 17) ^ rotate(w[index - 2], 19) ^ (w[index - 2] >> 10)
      w[index] = w[index - 16] &+ s0 &+ w[index - 7] &+ s1
    }
    var (a, b, c, d) = (hash[0], hash[1], hash[2], hash[3])
    var (e, f, g, h) = (hash[4], hash[5], hash[6], hash[7])
    for index in 0..<64 {
      let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let choice = (e & f) ^ (~e & g)
      let first = h &+ s1 &+ choice &+ constants[index] &+ w[index]
      let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let second = s0 &+ majority
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { hash[index] &+= word }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  /// Section 4.2.2.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
