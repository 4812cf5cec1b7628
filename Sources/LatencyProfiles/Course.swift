import Glibc
import Inventories

/// What an event asks of a path, from a moment on.
enum PathState: Sendable, Hashable {
  /// Nothing: what would hold without it holds.
  case transparent
  /// That the path is as before the run.
  case natural
  /// That it is like this.
  case conditions(PathConditions)

  /// A path that nothing passes.
  static let cut = PathState.conditions(PathConditions(loss: 1))
}

/// A change of what an event asks, so many milliseconds after its beginning.
struct PathChange: Sendable {
  var milliseconds: Int
  var state: PathState
}

extension ProfileEvent {
  /// What the event asks when, until its end; nil when that is more changes than `limit`.
  func changes(every: Int, limit: Int, random: inout SplitMix64) -> [PathChange]? {
    let span = end - begin
    switch action {
    case .clear: return [PathChange(milliseconds: 0, state: .natural)]
    case .partition: return [PathChange(milliseconds: 0, state: .cut)]
    case .steady(let conditions):
      return [PathChange(milliseconds: 0, state: .conditions(conditions))]
    case .flap(let flap, let whileUp):
      let up = whileUp.map { PathState.conditions($0) } ?? .transparent
      return Self.inTurn(
        [(flap.up, up), (flap.down, .cut)], spread: flap.spread, span: span, limit: limit,
        random: &random)
    case .step(let values, let period, let spread):
      let parts = values.indices.map { index in
        // By differences, so that the parts make up the period to the millisecond.
        (
          period * (index + 1) / values.count - period * index / values.count,
          PathState.conditions(values[index])
        )
      }
      return Self.inTurn(parts, spread: spread, span: span, limit: limit, random: &random)
    case .ramp(let from, let to, let period):
      guard span / every < limit else { return nil }
      return stride(from: 0, to: span, by: every).map { time in
        let share = Double(time % period) / Double(period)
        return PathChange(milliseconds: time, state: .conditions(from.mixed(with: to, share)))
      }
    case .sine(let from, let to, let period):
      guard span / every < limit else { return nil }
      return stride(from: 0, to: span, by: every).map { time in
        let angle = 2 * Double.pi * Double(time % period) / Double(period)
        return PathChange(
          milliseconds: time, state: .conditions(from.mixed(with: to, (1 - cos(angle)) / 2)))
      }
    case .trace(let lines, let period, _):
      guard span / period < limit / max(1, lines.count) else { return nil }
      return stride(from: 0, to: span, by: period).flatMap { start in
        lines.prefix { $0.milliseconds < min(period, span - start) }.map {
          PathChange(milliseconds: start + $0.milliseconds, state: .conditions($0.conditions))
        }
      }
    }
  }

  /// Parts one after the other, again and again, until the span's end.
  private static func inTurn(
    _ parts: [(length: Int, state: PathState)], spread: Double, span: Int, limit: Int,
    random: inout SplitMix64
  ) -> [PathChange]? {
    var changes: [PathChange] = []
    var time = 0
    var part = 0
    while time < span {
      guard changes.count < limit else { return nil }
      changes.append(PathChange(milliseconds: time, state: parts[part].state))
      // A part of no length would be nothing; the reader allows none.
      time += max(1, random.length(around: parts[part].length, spread: spread))
      part = (part + 1) % parts.count
    }
    return changes
  }
}

extension PathConditions {
  /// A path between this one and another of the same kind, by a share from 0 (this) to 1 (the other).
  func mixed(with other: PathConditions, _ share: Double) -> PathConditions {
    func mixed(_ from: Double, _ to: Double, _ unit: Double) -> Double {
      // What tc is told is no finer, and so a value is the same on every computer.
      ((from + (to - from) * share) / unit).rounded() * unit
    }
    var result = self
    switch (delay, other.delay) {
    case (.total(let from), .total(let to)):
      result.delay = .total(roundTrip: mixed(from, to, 0.001))
    case (.added(let from), .added(let to)):
      result.delay = .added(roundTrip: mixed(from, to, 0.001))
    case (.oneWay(let from, let back), .oneWay(let otherFrom, let otherBack)):
      result.delay = .oneWay(
        from: mixed(from, otherFrom, 0.001), to: mixed(back, otherBack, 0.001))
    default: break
    }
    // No jitter is one of 0, which has no distribution of its own.
    if var between = other.jitter ?? jitter {
      between.roundTripMilliseconds = mixed(
        jitter?.roundTripMilliseconds ?? 0, other.jitter?.roundTripMilliseconds ?? 0, 0.001)
      between.correlation = mixed(
        (jitter ?? between).correlation, (other.jitter ?? between).correlation, 1e-8)
      result.jitter = between.roundTripMilliseconds > 0 ? between : nil
    }
    result.loss = mixed(loss, other.loss, 1e-8)
    result.duplicate = mixed(duplicate, other.duplicate, 1e-8)
    result.reorder = mixed(reorder, other.reorder, 1e-8)
    result.corrupt = mixed(corrupt, other.corrupt, 1e-8)
    if let from = rateBitsPerSecond, let to = other.rateBitsPerSecond {
      result.rateBitsPerSecond = max(1, mixed(from, to, 1))
    }
    return result
  }
}
