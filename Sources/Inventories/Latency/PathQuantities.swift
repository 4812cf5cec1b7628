import Diagnostics
import TOMLReading

/// The quantities of a path, `rtt`, `loss` and so on, as one writes them in a `[[latency]]` and wherever
/// else paths are asked to be like something: the same keys, the same notation, the same checks.
package enum PathQuantities {
  private typealias Keys = InventorySchema.LatencyKeys

  /// Their keys.
  package static let schema = TOMLTableSchema(
    "the quantities", "What a path is like.",
    keys: [Keys.rtt, Keys.jitter, Keys.loss, Keys.rate])

  /// Those between two values of which there are others: all but the words.
  package static let moving: Set<String> = [
    Keys.rtt.name, Keys.jitter.name, Keys.loss.name, Keys.rate.name,
  ]

  /// The conditions that a table of these keys asks for, seen from the first site of its path; nil when
  /// something is wrong with it, which is noted.
  package static func read(
    _ table: Located<TOMLTable>, _ findings: TOMLFindings
  ) -> PathConditions? {
    let draft = LatencyDraft(TOMLTableReader(table, by: schema, findings: findings))
    guard !findings.hasErrors else { return nil }
    return PathConditions(
      delay: draft.rtt.map { .total(roundTrip: $0.value) },
      jitter: draft.jitter.map { Jitter(roundTripMilliseconds: $0.value) }, loss: draft.loss ?? 0,
      rateBitsPerSecond: draft.rate)
  }
}
