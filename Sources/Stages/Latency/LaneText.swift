import Inventories

extension OneWayConditions {
  /// The words by which the program on the routers knows the conditions of a lane (its file `own`, and
  /// what is sent to it): kind of delay, delay and jitter in microseconds, correlation in percent,
  /// distribution, the queue's limit in packets, and what follows in tc's own words.
  ///
  ///     total 50000 7071 25 normal 1500 loss 0.1% rate 100000000bit
  ///
  /// The natural delay is subtracted on the router, which knows it.
  package var laneText: String {
    let (kind, milliseconds) =
      switch delay {
      case .total(let milliseconds): ("total", milliseconds)
      case .added(let milliseconds): ("added", milliseconds)
      case nil: ("added", 0.0)
      }
    // A planet has half a million of them: one text, and no list of words.
    var text = kind
    for word in [
      Self.microseconds(milliseconds), Self.microseconds(jitterMilliseconds),
      Self.decimal(correlation * 100), distribution.rawValue, String(queueLimit),
    ] {
      text += " "
      text += word
    }
    if loss > 0 { text += " loss \(Self.decimal(loss * 100))%" }
    if duplicate > 0 { text += " duplicate \(Self.decimal(duplicate * 100))%" }
    if reorder > 0 { text += " reorder \(Self.decimal(reorder * 100))%" }
    if corrupt > 0 { text += " corrupt \(Self.decimal(corrupt * 100))%" }
    if let rateBitsPerSecond { text += " rate \(Int(rateBitsPerSecond.rounded()))bit" }
    return text
  }

  /// How many packets may wait in the lane: half as many again as fill the delay at the lane's rate,
  /// in packets of 1500 bytes; netem's own limit of 1000 drops what is above silently
  /// (iproute2#56). Without a rate a gigabit a second is reckoned with.
  package var queueLimit: Int {
    let rate = rateBitsPerSecond ?? 1e9
    let delayed: Double =
      switch delay {
      case .total(let milliseconds), .added(let milliseconds): milliseconds
      case nil: 0
      }
    // Four standard deviations of jitter, and a rate's own buffer of 100 ms.
    let waiting = delayed + 4 * jitterMilliseconds + (rateBitsPerSecond == nil ? 0 : 100)
    let packets = rate * waiting / 1000 / (1500 * 8) * 1.5
    return min(max(rateBitsPerSecond == nil ? 1000 : 50, Int(packets.rounded(.up))), 10_000_000)
  }

  private static func microseconds(_ milliseconds: Double) -> String {
    String(Int((milliseconds * 1000).rounded()))
  }

  /// A number without an exponent, to six places at most.
  private static func decimal(_ value: Double) -> String {
    let millionths = Int((value * 1_000_000).rounded())
    let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
    if rest == 0 { return String(whole) }
    let digits = String(rest)
    var places = String(repeating: "0", count: 6 - digits.count) + digits
    while places.hasSuffix("0") { places.removeLast() }
    return "\(whole).\(places)"
  }
}
