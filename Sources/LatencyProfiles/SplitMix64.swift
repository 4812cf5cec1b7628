/// Random numbers that are the same on every computer: Steele, Lea and Flood's SplitMix64 ("Fast
/// splittable pseudorandom number generators", OOPSLA 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The numbers that follow from a seed.
  package init(seed: UInt64) { state = seed }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// A length that is up to a share longer or shorter, every one as likely; 1 at least.
  mutating func length(around length: Int, spread: Double) -> Int {
    guard spread > 0 else { return length }
    // The upper 53 bits are a Double's; Swift's own `random(in:)` may change how it uses them.
    let unit = Double(next() >> 11) / 9_007_199_254_740_992
    return max(1, Int((Double(length) * (1 + spread * (2 * unit - 1))).rounded()))
  }
}
