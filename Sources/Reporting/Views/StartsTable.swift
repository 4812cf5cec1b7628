import Measurement

/// Container start times as the seed's table 5.1 has them: a row for each delay, a column for each number
/// of containers; below each mean the median and the spread, beside it what was measured in 2019.
struct StartsTable {
  private let experiment: StartExperiment
  private let numbers: [Int]
  private let delays: [Double?]

  /// The table of an experiment; starts of no containers, which measure the instrument, are not in it.
  init(_ experiment: StartExperiment) {
    self.experiment = experiment
    let cells = experiment.cells.filter { $0.containers > 0 }
    numbers = cells.reduce(into: []) { if !$0.contains($1.containers) { $0.append($1.containers) } }
    delays = cells.reduce(into: []) {
      if !$0.contains($1.rttMilliseconds) { $0.append($1.rttMilliseconds) }
    }
  }

  /// Whether the seed measured any of the cells.
  var hasSeedFigures: Bool { experiment.cells.contains { Self.seed($0) != nil } }

  /// The table; what is least needed gives way where it is too wide.
  func text(_ layout: TextLayout) -> String { text(numbers[...], layout) }

  private func text(_ numbers: ArraySlice<Int>, _ layout: TextLayout) -> String {
    if numbers.isEmpty { return "" }
    for (isBeside, showsMeasured) in [(true, true), (false, true), (false, false)] {
      let (table, tones) = table(
        numbers, seedBeside: isBeside, showsMeasured: showsMeasured, layout)
      if table.width <= layout.columns || (numbers.count == 1 && !showsMeasured) {
        return table.text(layout, tones: tones)
      }
    }
    // Too many numbers for one table: two, below each other.
    let middle = numbers.startIndex + numbers.count / 2
    return text(numbers[..<middle], layout) + "\n" + text(numbers[middle...], layout)
  }

  private func table(
    _ numbers: ArraySlice<Int>, seedBeside: Bool, showsMeasured: Bool, _ layout: TextLayout
  ) -> (TextTable, [Int: Tone]) {
    let seedNumbers = numbers.filter { number in
      experiment.cells.contains { $0.containers == number && Self.seed($0) != nil }
    }
    let beside = seedBeside ? seedNumbers : []
    var heading = ["round trip"] + (showsMeasured ? ["measured"] : [])
    heading += numbers.map { "\($0) at once" }
    heading += beside.enumerated().map { place, number in
      place == 0 ? "2019: \(number)" : String(number)
    }
    var table = TextTable(
      heading, [.left] + [TextTable.Side](repeating: .right, count: heading.count - 1))
    var tones: [Int: Tone] = [:]
    var row = 0
    func add(
      _ label: String, measured: String = "", seed: [String]? = nil, tone: Tone? = nil,
      _ cells: [String]
    ) {
      let last = seed ?? [String](repeating: "", count: beside.count)
      table.add([label] + (showsMeasured ? [measured] : []) + cells + last)
      if let tone { tones[row] = tone }
      row += 1
    }
    for delay in delays {
      let cells = numbers.map { cell(delay, $0) }
      let summaries = cells.map { $0?.summary }
      add(
        Self.label(delay), measured: measured(delay),
        seed: beside.map { Self.text(cell(delay, $0).flatMap(Self.seed), places: 1) },
        tone: isWell(delay) ? nil : .error, summaries.map { Self.text($0?.mean) })
      if summaries.contains(where: { ($0?.count ?? 0) > 1 }) {
        add("  median", tone: .faint, summaries.map { Self.text($0?.median) })
        add(
          "  ± sd", tone: .faint,
          summaries.map { $0.map { $0.count > 1 ? Self.text($0.standardDeviation) : "" } ?? "" })
      }
      if cells.contains(where: { ($0?.missing(of: experiment) ?? 0) > 0 }) {
        add(
          "  finished", tone: .error,
          cells.map { cell in
            guard let cell, cell.missing(of: experiment) > 0 else { return "" }
            return "\(cell.finished.count) of \(experiment.manifest.runs)"
          })
      }
      if !seedBeside, cells.contains(where: { $0.flatMap(Self.seed) != nil }) {
        add("  in 2019", cells.map { Self.text($0.flatMap(Self.seed), places: 1) })
      }
    }
    return (table, tones)
  }

  private func cell(_ delay: Double?, _ number: Int) -> StartCell? {
    experiment.cells.first { $0.rttMilliseconds == delay && $0.containers == number }
  }

  private func cells(_ delay: Double?) -> [StartCell] {
    experiment.cells.filter { $0.rttMilliseconds == delay && $0.containers > 0 }
  }

  private func isWell(_ delay: Double?) -> Bool {
    !cells(delay).contains { $0.isAsAsked == false || $0.missing(of: experiment) > 0 }
  }

  private func measured(_ delay: Double?) -> String {
    let means = cells(delay).compactMap(\.measuredRTTMilliseconds)
    return SampleSummary(means).map { Counted.exactMilliseconds($0.mean) } ?? "–"
  }

  /// The mean that the seed's table has for the cell, in seconds.
  static func seed(_ cell: StartCell) -> Double? {
    SeedFigures.mean(rttMilliseconds: cell.rttMilliseconds, containers: cell.containers)
  }

  /// A delay by which people call it.
  static func label(_ delay: Double?) -> String {
    delay.map { "\(ConditionsText.decimal($0, places: 3)) ms" } ?? "own"
  }

  /// A delay in a sentence.
  static func delayName(_ delay: Double?) -> String {
    delay == nil ? "the testbed's own delays" : "a round trip of \(label(delay))"
  }

  private static func text(_ seconds: Double?, places: Int = 2) -> String {
    seconds.map { Counted.fixed($0, places: places) } ?? "–"
  }
}

extension StartCell {
  /// The runs whose containers all became ready.
  var finished: [StartRun] { runs.filter(\.isComplete) }

  /// What the finished runs come to, in seconds; nil when there is none.
  var summary: SampleSummary? { SampleSummary(finished.map(\.seconds)) }

  /// The runs that were asked for and are not finished.
  func missing(of experiment: StartExperiment) -> Int {
    max(0, experiment.manifest.runs - finished.count)
  }

  /// The runs that were cut off by the deadline.
  var cutOff: Int { runs.count - finished.count }
}
