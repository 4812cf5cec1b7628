import Inventories

extension OneWayConditions {
  /// Reads `laneText` as a router tells it; nil for what cannot have been written by it.
  package init?(laneText: some StringProtocol) {
    let words = laneText.prefix(500).split(separator: " ")
    guard words.count >= 6, let delay = Self.milliseconds(words[1]),
      let jitter = Self.milliseconds(words[2]), let correlation = Self.share(words[3]),
      let distribution = Jitter.Distribution(rawValue: String(words[4])), Int(words[5]) != nil
    else { return nil }
    self.init(
      jitterMilliseconds: jitter, distribution: distribution, correlation: correlation)
    switch words[0] {
    case "total": self.delay = .total(milliseconds: delay)
    case "added": self.delay = delay > 0 || jitter > 0 ? .added(milliseconds: delay) : nil
    default: return nil
    }
    var rest = words[6...]
    while let word = rest.popFirst() {
      guard let value = rest.popFirst() else { return nil }
      if let share = Self.shares[String(word)] {
        guard let read = Self.percentage(value) else { return nil }
        self[keyPath: share] = read
        continue
      }
      switch word {
      case "rate":
        guard value.hasSuffix("bit"), let rate = Double(value.dropLast(3)), rate > 0, rate < 1e15
        else { return nil }
        rateBitsPerSecond = rate
      default: return nil
      }
    }
  }

  /// The shares by tc's words for them.
  private static var shares: [String: WritableKeyPath<OneWayConditions, Double>] {
    ["loss": \.loss, "duplicate": \.duplicate, "reorder": \.reorder, "corrupt": \.corrupt]
  }

  /// Microseconds, up to an hour.
  private static func milliseconds(_ word: some StringProtocol) -> Double? {
    guard let value = Int(word), (0...3_600_000_000).contains(value) else { return nil }
    return Double(value) / 1000
  }

  private static func share(_ word: some StringProtocol) -> Double? {
    guard let value = Double(word), (0...100).contains(value) else { return nil }
    return value / 100
  }

  private static func percentage(_ word: some StringProtocol) -> Double? {
    word.hasSuffix("%") ? share(word.dropLast()) : nil
  }
}
