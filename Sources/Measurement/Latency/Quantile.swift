import Foundation

/// Quantiles of the distributions by which measurements are judged.
///
/// The incomplete gamma function is summed as its series and as its continued fraction (Abramowitz and
/// Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31); the incomplete beta function as its
/// continued fraction (26.5.8). Quantiles are found by halving, since speed does not matter here.
package enum Quantile {
  /// The value that a standard normal variable stays below with this probability.
  package static func normal(_ probability: Double) -> Double {
    bisect(from: -40, to: 40) { 0.5 * erfc(-$0 / 2.0.squareRoot()) - probability }
  }

  /// The value that a chi-square variable stays below with this probability.
  package static func chiSquare(_ probability: Double, degrees: Double) -> Double {
    let most = degrees + 40 * (2 * degrees).squareRoot() + 200
    return bisect(from: 0, to: most) { gamma(degrees / 2, $0 / 2) - probability }
  }

  /// The value that a beta variable stays below with this probability.
  package static func beta(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    bisect(from: 0, to: 1) { beta(upTo: $0, a, b) - probability }
  }

  /// Where a rising function passes zero.
  private static func bisect(
    from low: Double, to high: Double, _ function: (Double) -> Double
  ) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if function(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularized lower incomplete gamma function P(a, x).
  static func gamma(_ a: Double, _ x: Double) -> Double {
    guard x > 0 else { return 0 }
    let factor = exp(a * log(x) - x - lgamma(a))
    if x < a + 1 {
      var term = 1 / a
      var sum = term
      for step in 1...10_000 {
        term *= x / (a + Double(step))
        sum += term
        if term < sum * 1e-16 { break }
      }
      return factor * sum
    }
    let rest = continuedFraction { (step: Int) -> (numerator: Double, denominator: Double) in
      let i = Double(step)
      let denominator: Double = x + 2 * i - 1 - a
      if step == 1 { return (1, denominator) }
      return ((i - 1) * (a + 1 - i), denominator)
    }
    return 1 - factor * rest
  }

  /// The regularized incomplete beta function I(x; a, b).
  static func beta(upTo x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // It converges quickly on this side of the mean only.
    if x > (a + 1) / (a + b + 2) { return 1 - beta(upTo: 1 - x, b, a) }
    let logarithm: Double = a * log(x) + b * log(1 - x)
    let normalization: Double = lgamma(a + b) - lgamma(a) - lgamma(b)
    let factor = exp(logarithm + normalization) / a
    return factor
      * continuedFraction { (step: Int) -> (numerator: Double, denominator: Double) in
        if step == 1 { return (1, 1) }
        let m = Double((step - 1) / 2)
        let place = a + 2 * m
        if step.isMultiple(of: 2) {
          let numerator: Double = -(a + m) * (a + b + m) * x
          return (numerator / (place * (place + 1)), 1)
        }
        let numerator: Double = m * (b - m) * x
        return (numerator / ((place - 1) * place), 1)
      }
  }

  /// a₁ / (b₁ + a₂ / (b₂ + …)), by the method of Lentz as Thompson and Barnett changed it (1986).
  private static func continuedFraction(
    _ terms: (_ step: Int) -> (numerator: Double, denominator: Double)
  ) -> Double {
    let tiny = 1e-300
    var (value, above, below) = (tiny, tiny, 0.0)
    for step in 1...10_000 {
      let (numerator, denominator) = terms(step)
      below = denominator + numerator * below
      above = denominator + numerator / above
      if below == 0 { below = tiny }
      if above == 0 { above = tiny }
      below = 1 / below
      let change = above * below
      value *= change
      if abs(change - 1) < 1e-15 { break }
    }
    return value
  }
}
