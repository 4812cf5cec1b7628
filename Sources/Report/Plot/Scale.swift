/// Where a value stands on an axis.
struct Scale: Sendable, Hashable {
  /// The values at the axis' two ends.
  let domain: ClosedRange<Double>
  /// The places of the two ends in the drawing; the second may be the smaller, as on an upright axis.
  let start, end: Double

  /// An axis from `start` to `end` for values of `domain`; a domain without an extent is widened.
  init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
    self.domain =
      domain.upperBound > domain.lowerBound ? domain : domain.lowerBound...domain.lowerBound + 1
    self.start = start
    self.end = end
  }

  /// The place of a value.
  func callAsFunction(_ value: Double) -> Double {
    let share = (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
    return start + share * (end - start)
  }

  /// The place of a value, or the nearer end's when it lies beyond.
  func clamped(_ value: Double) -> Double {
    self(min(max(value, domain.lowerBound), domain.upperBound))
  }
}

/// Round values for an axis: steps of 1, 2 or 5 times a power of ten, as in Heckbert, "Nice Numbers
/// for Graph Labels", Graphics Gems (1990).
struct Ticks: Sendable, Hashable {
  /// The values, ascending, the first not above and the last not below what was asked for.
  let values: [Double]
  /// The decimals that tell them apart.
  let decimals: Int

  /// About `count` round values from `lowest` to `highest`.
  init(_ lowest: Double, _ highest: Double, count: Int) {
    // What is no number, or none that was ever measured, does not make an axis endless.
    let lowest = lowest.isFinite ? min(max(lowest, -1e12), 1e12) : 0
    let highest = highest.isFinite ? min(max(highest, -1e12), 1e12) : lowest
    let extent = highest > lowest ? highest - lowest : 1
    let rough = extent / Double(max(1, count))
    var power = 1.0
    var decimals = 0
    // Values are times or counts: from nanoseconds to years is enough.
    while power > rough, decimals < 9 {
      power /= 10
      decimals += 1
    }
    while power * 10 <= rough, power < 1e12 { power *= 10 }
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? power * 10
    let first = (lowest / step).rounded(.down)
    let last = max(first + 1, (max(highest, lowest) / step).rounded(.up))
    values = stride(from: first, through: last, by: 1).map { $0 * step }
    self.decimals = step >= 1 ? 0 : step == power * 10 ? max(0, decimals - 1) : decimals
  }

  /// The values as they stand beside the axis.
  var labels: [String] { values.map { Figure.text($0, decimals) } }

  /// From the first value to the last.
  var domain: ClosedRange<Double> { (values.first ?? 0)...(values.last ?? 1) }
}
