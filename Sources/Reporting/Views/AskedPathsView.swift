import Diagnostics
import Inventories
import Measurement

/// `planetbed latency show --asked`: what the inventory asks of each path, and why.
///
/// There may be hundreds of thousands of paths, so that they are looked up and written one after
/// another, and the whole is nowhere kept.
package struct AskedPathsView: Sendable {
  private let inventory: Inventory
  private let only: [String]

  /// With more paths than this, a table is no longer read; they are summed up instead.
  static let mostDrawn = 100
  /// As many bytes are gathered before they are written.
  private static let chunk = 1 << 16

  /// What an inventory asks; of the path between two sites alone when `only` names them.
  package init(inventory: Inventory, only: [String] = []) {
    self.inventory = inventory
    self.only = only
  }

  /// Every two sites, the one that comes first in the file first.
  private func forEachPath(_ body: (_ from: String, _ to: String) -> Void) {
    if only.count == 2 { return body(only[0], only[1]) }
    let names = inventory.sites.map(\.name)
    for (place, from) in names.enumerated() {
      for to in names[(place + 1)...] { body(from, to) }
    }
  }

  private var pathCount: Int {
    only.count == 2 ? 1 : inventory.sites.count * max(0, inventory.sites.count - 1) / 2
  }

  /// What people read.
  package func text(_ layout: TextLayout) -> String {
    let count = pathCount
    if count == 0 { return "There is one site, and so no path.\n" }
    return count <= Self.mostDrawn ? table(layout) : summary(layout)
  }

  private func table(_ layout: TextLayout) -> String {
    var table = TextTable(["path", "asked", "because of"], [.left, .left, .left])
    var tones: [Int: Tone] = [:]
    var row = 0
    forEachPath { from, to in
      let asked = inventory.askedPath(from: from, to: to)
      if asked == nil { tones[row] = .faint }
      table.add([
        "\(from) – \(to)", asked.map { ConditionsText.text(of: $0.conditions) } ?? "nothing",
        asked.map { Self.text(of: $0.source) } ?? "",
      ])
      row += 1
    }
    return table.text(layout, tones: tones)
  }

  /// Why a path is asked to be so.
  package static func text(of source: AskedPath.Source) -> String {
    switch source {
    case .rule(let position): "\(VisibleText.line(position.file)):\(position.line)"
    case .allPairs(let position):
      "\(VisibleText.line(position.file)):\(position.line), for all pairs"
    case .matrix(let file, let line): "\(VisibleText.line(file)):\(line)"
    case .geographic(let kilometres): "\(Int(kilometres.rounded())) km"
    }
  }

  /// How many paths are asked to be so for one reason.
  private struct Tally {
    var count = 0
    var least = Double.infinity
    var most = 0.0

    mutating func add(_ roundTrip: Double?) {
      count += 1
      guard let roundTrip else { return }
      least = min(least, roundTrip)
      most = max(most, roundTrip)
    }

    var range: String {
      guard least <= most else { return "" }
      return "rtt \(ConditionsText.milliseconds(least)) to \(ConditionsText.milliseconds(most))"
    }
  }

  private func summary(_ layout: TextLayout) -> String {
    let kinds = [
      "a rule of its own", "a matrix", "the distance", "a rule for all pairs", "nothing",
    ]
    var tallies = [Tally](repeating: Tally(), count: kinds.count)
    forEachPath { from, to in
      let asked = inventory.askedPath(from: from, to: to)
      let kind =
        switch asked?.source {
        case .rule: 0
        case .matrix: 1
        case .geographic: 2
        case .allPairs: 3
        case nil: 4
        }
      tallies[kind].add(asked?.conditions.delay?.roundTripMilliseconds)
    }
    var table = TextTable(["asked by", "paths", ""], [.left, .right, .left])
    for (kind, tally) in zip(kinds, tallies) where tally.count > 0 {
      table.add([kind, String(tally.count), tally.range])
    }
    return
      "\(Counted.text(pathCount, "path")) between \(Counted.text(inventory.sites.count, "site"))\n"
      + table.text(layout) + "Name two sites to see theirs, or give --output jsonl to see all.\n"
  }

  /// What programs read: one object whose `paths` have a line each, or with `lines` a line for each path
  /// and one for the result; `write` is called many times.
  package func write(lines: Bool, _ write: (String) -> Void) {
    let head = "\"schema\":\"planetbed.latency-asked/1\""
    var text = lines ? "" : "{\(head),\"paths\":["
    var isFirst = true
    forEachPath { from, to in
      if !lines { text += isFirst ? "\n" : ",\n" }
      isFirst = false
      let element = Self.json(from, to, inventory.askedPath(from: from, to: to))
      text +=
        lines
        ? JSONValue.object([.init("event", "path")] + element).compact + "\n"
        : JSONValue.object(element).compact
      if text.utf8.count > Self.chunk {
        write(text)
        text = ""
      }
    }
    write(text + (lines ? "{\(head),\"paths\":\(pathCount)}\n" : "\n]}\n"))
  }

  /// `{from, to, delay, rttMs, …, because}`
  private static func json(_ from: String, _ to: String, _ asked: AskedPath?) -> [JSONValue.Member]
  {
    [
      .init("from", .string(from)), .init("to", .string(to)),
      .init("asked", asked.map { .object($0.conditions.jsonMembers) } ?? .null),
      .init("because", .optional(asked.map { text(of: $0.source) })),
    ]
  }
}

extension PathConditions {
  /// `{delay, rttMs, thereMs, backMs, jitterMs, distribution, correlation, loss, duplicate, reorder,
  /// corrupt, rate}`
  var jsonMembers: [JSONValue.Member] {
    var kind: String?
    var ways: (there: Double, back: Double)?
    switch delay {
    case .total: kind = "total"
    case .added: kind = "added"
    case .oneWay(let from, let to): (kind, ways) = ("oneWay", (from, to))
    case nil: break
    }
    return [
      .init("delay", .optional(kind)), .init("rttMs", .measured(delay?.roundTripMilliseconds)),
      .init("thereMs", .measured(ways?.there)), .init("backMs", .measured(ways?.back)),
      .init("jitterMs", .measured(jitter?.roundTripMilliseconds)),
      .init("distribution", .optional(jitter?.distribution.rawValue)),
      .init("correlation", .share(jitter?.correlation)), .init("loss", .share(loss)),
      .init("duplicate", .share(duplicate)), .init("reorder", .share(reorder)),
      .init("corrupt", .share(corrupt)),
      .init("rate", rateBitsPerSecond.map { .number($0) } ?? .null),
    ]
  }
}

extension JSONValue {
  /// A share of 0 to 1, to six decimals.
  package static func share(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite, abs(value) < 1e9 else { return .null }
    return .number((value * 1e6).rounded() / 1e6)
  }
}
