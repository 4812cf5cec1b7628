/// Who reaches whom: the seed's table 4.7.
package struct ReachabilityMatrix: Sendable, Hashable {
  /// What is known of the way from one host to another.
  package enum Cell: Sendable, Hashable {
    /// The two are one and the same.
    case itself
    /// An answer came; the round-trip time in milliseconds.
    case reached(milliseconds: Double)
    /// No answer came.
    case unreached
    /// No answer came, and none was to come: the path between the two sites is cut, as it is asked to be.
    case cut
    /// The host that should have asked could not be asked to.
    case unknown
  }

  /// The hosts, in the order of the inventory.
  package let hosts: [String]
  /// A row for each host that asks, in it a cell for each host that is asked.
  package let rows: [[Cell]]

  /// Who reaches whom; `cell` is asked for every two different hosts.
  package init(hosts: [String], cell: (_ from: String, _ to: String) -> Cell) {
    self.hosts = hosts
    rows = hosts.map { from in hosts.map { $0 == from ? .itself : cell(from, $0) } }
  }

  /// Every ordered pair without an answer.
  package var gaps: [(from: String, to: String)] {
    zip(hosts, rows).flatMap { from, row in
      zip(hosts, row).compactMap { to, cell in
        switch cell {
        case .unreached, .unknown: (from, to)
        case .itself, .reached, .cut: nil
        }
      }
    }
  }

  /// Whether every host reaches every other.
  package var isComplete: Bool { gaps.isEmpty }

  /// The number of ordered pairs of different hosts.
  package var pairCount: Int { hosts.count * max(0, hosts.count - 1) }
}

extension ReachabilityMatrix {
  /// With more hosts than this, a table is no longer read; the gaps are listed instead.
  private static let mostDrawn = 60
  /// As many gaps are listed by name.
  private static let mostListed = 20

  /// The table, and below it what it amounts to.
  package func text(_ layout: TextLayout) -> String {
    if hosts.isEmpty { return "" }
    let gaps = self.gaps
    var text = ""
    if hosts.count <= Self.mostDrawn {
      text += table(layout)
      let more = (hasCut ? "  / cut, as asked" : "") + (hasUnknown ? "  ? not asked" : "")
      text += layout.style("  ○ reached  × not reached\(more)", .faint)
      text += "\n\n"
    } else {
      for gap in gaps.prefix(Self.mostListed) { text += "  \(gap.from) → \(gap.to): no answer\n" }
      if gaps.count > Self.mostListed {
        text += "  and \(gaps.count - Self.mostListed) more without an answer\n"
      }
    }
    text +=
      gaps.isEmpty
      ? layout.style(
        hasCut
          ? "Every host reaches every other, but for paths that are cut"
          : "Every host reaches every other",
        .good)
        + " (\(Counted.text(pairCount, "pair")))\n"
      : layout.style(
        "\(gaps.count) of \(Counted.text(pairCount, "pair")) without an answer", .error)
        + "\n"
    return text
  }

  private var hasUnknown: Bool { rows.contains { $0.contains(.unknown) } }
  private var hasCut: Bool { rows.contains { $0.contains(.cut) } }

  /// Names above the columns where they fit, numbers where they do not, and as many tables below
  /// each other as it takes.
  private func table(_ layout: TextLayout) -> String {
    let named = hosts.map { TextWidth.of($0) }
    let names = named.max() ?? 0
    if 2 + names + named.reduce(0, { $0 + 2 + $1 }) <= layout.columns {
      return block(hosts, labels: hosts, headings: hosts, columns: hosts.indices, layout)
    }
    let digits = String(hosts.count).count
    let numbers = hosts.indices.map { String($0 + 1) }
    let room = max(8, layout.columns / 2 - digits)
    let shown = hosts.map { TextWidth.shortened($0, to: min(names, room)) }
    let labels = zip(numbers, shown).map { "\(TextWidth.aligned($0, to: digits)) \($1)" }
    let widest = labels.map { TextWidth.of($0) }.max() ?? 0
    let fitting = max(1, (layout.columns - 2 - widest - 1) / (digits + 1))
    return stride(from: 0, to: hosts.count, by: fitting).map { first in
      let columns = first..<min(first + fitting, hosts.count)
      return block(hosts, labels: labels, headings: numbers, columns: columns, layout, gap: 1)
    }.joined(separator: "\n")
  }

  private func block(
    _ hosts: [String], labels: [String], headings: [String], columns: Range<Int>,
    _ layout: TextLayout, gap: Int = 2
  ) -> String {
    let widest = labels.map { TextWidth.of($0) }.max() ?? 0
    let digits = headings.map { TextWidth.of($0) }.max() ?? 0
    let separator = String(repeating: " ", count: gap)
    let widths = columns.map { gap == 1 ? digits : TextWidth.of(headings[$0]) }
    let heads = zip(columns, widths).map { TextWidth.aligned(headings[$0], to: $1) }
    var text =
      "  " + String(repeating: " ", count: widest) + separator + heads.joined(separator: separator)
      + "\n"
    for (label, row) in zip(labels, rows) {
      let cells = zip(columns, widths).map { drawn(row[$0], width: $1, layout) }
      var line = "  \(TextWidth.padded(label, to: widest))\(separator)"
      line += cells.joined(separator: separator)
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    return text
  }

  /// A sign in the middle of its column.
  private func drawn(_ cell: Cell, width: Int, _ layout: TextLayout) -> String {
    let (sign, tone): (String, Tone) =
      switch cell {
      case .itself: (" ", .faint)
      case .reached: ("○", .good)
      case .unreached: ("×", .error)
      case .cut: ("/", .faint)
      case .unknown: ("?", .warning)
      }
    let before = width / 2
    let blank = String(repeating: " ", count: before)
    return blank + (sign == " " ? sign : layout.style(sign, tone))
      + String(repeating: " ", count: max(0, width - before - 1))
  }
}

extension ReachabilityMatrix {
  /// `{hosts[], matrix[][], complete}`: round-trip times in milliseconds, 0 from a host to itself, `null` without an answer.
  package var json: JSONValue {
    [
      "hosts": .array(hosts.map { .string($0) }),
      "matrix": .array(rows.map { .array($0.map(Self.json)) }),
      "complete": .boolean(isComplete),
    ]
  }

  private static func json(_ cell: Cell) -> JSONValue {
    switch cell {
    case .itself: .integer(0)
    case .reached(let milliseconds): .measured(milliseconds)
    case .unreached, .cut, .unknown: .null
    }
  }
}
