import Diagnostics
import TOMLReading

/// The quantities of a path, `rtt`, `loss` and so on, as one writes them in a `[[latency]]` and wherever
/// else a path is asked to be like something: the same keys, the same notation, the same checks.
package enum PathQuantities {
  private typealias Keys = InventorySchema.LatencyKeys

  /// Their keys.
  package static let schema = TOMLTableSchema(
    "the quantities", "What a path is like.",
    keys: [
      Keys.rtt, Keys.addedRTT, oneWay, withoutMatrix(Keys.jitter), Keys.distribution,
      Keys.correlation, withoutMatrix(Keys.loss), Keys.duplicate, Keys.reorder, Keys.corrupt,
      Keys.rate,
    ])

  /// Those keys between two values of which there are others: all but the words.
  package static let moving = Set(schema.keys.map(\.name)).subtracting([Keys.distribution.name])

  /// What the path is like, seen from its first site, by a table of these keys; nil when something is
  /// wrong with it, which is noted.
  package static func read(
    _ table: Located<TOMLTable>, _ findings: TOMLFindings
  ) -> PathConditions? {
    let draft = LatencyDraft(TOMLTableReader(table, by: schema, findings: findings))
    draft.checkDelays(findings)
    draft.checkJitter(findings)
    return findings.hasErrors ? nil : draft.conditions
  }

  private static let oneWay = TOMLKey(
    Keys.oneWay.name, Keys.oneWay.form, Keys.oneWay.presence,
    "The delay of each way, all of it, where the two differ: `{ from = \"80ms\", to = \"20ms\" }`, what "
      + "leaves the first site of `between`, and what comes to it.")

  /// A key that no matrix may give.
  private static func withoutMatrix<Value>(_ key: TOMLKey<Value>) -> TOMLKey<Value> {
    TOMLKey(key.name, key.form, .optional("none"), key.meaning)
  }
}
