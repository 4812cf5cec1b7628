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
