/// A hash that is the same in every process, on every machine and in every version of planetbed:
/// what tunnels get their addresses and ports from. (Swift's own is seeded anew by each process.)
///
/// FNV-1a over the words' bytes, 64 bits, with a finishing step that spreads every bit over all
/// others, since the result is reduced to a few of them.
struct StableHash {
  /// The hash so far.
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of words in their order; `["ab", "c"]` and `["a", "bc"]` differ.
  static func of(_ words: String...) -> UInt64 {
    var hash = StableHash()
    for word in words { hash.add(word) }
    return hash.finished
  }

  private mutating func add(_ word: String) {
    for byte in word.utf8 { add(byte) }
    // A byte that UTF-8 never holds keeps the words apart.
    add(0xff)
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  private var finished: UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}

/// Gives out numbers below a limit, each once: to each name the first free one of a sequence that
/// follows from the name alone.
///
/// Names that come later never move earlier ones. Only where two names want the same number does
/// the order of asking matter.
struct SlotAllocator {
  /// How many numbers there are.
  let count: Int
  /// The numbers that are taken.
  private var taken: Set<Int> = []

  /// Gives out `0 ..< count`.
  init(count: Int) { self.count = max(0, count) }

  /// The number for a name, which `wanting` hashes; nil when all are taken.
  mutating func slot(for hash: UInt64) -> Int? {
    guard taken.count < count else { return nil }
    // Double hashing with an odd step; the last resort of single steps ends within `count` anyhow.
    let first = Int(hash % UInt64(count))
    let step = Int((hash >> 32) % UInt64(count)) | 1
    for attempt in 0..<16 {
      let slot = (first + attempt * step) % count
      if taken.insert(slot).inserted { return slot }
    }
    for attempt in 0..<count {
      let slot = (first + attempt) % count
      if taken.insert(slot).inserted { return slot }
    }
    return nil
  }
}
