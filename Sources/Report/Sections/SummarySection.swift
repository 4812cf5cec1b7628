import Measurement

/// What came out, in a paragraph of plain words.
struct SummarySection: Sendable {
  private let contents: ReportContents

  /// The summary of a report.
  init(_ contents: ReportContents) { self.contents = contents }

  /// The section.
  var section: Section {
    Section(
      id: "summary", heading: "Summary",
      content: [Section.paragraph(sentences.joined(separator: " "), "lead"), keyFigures])
  }

  /// The paragraph's sentences.
  var sentences: [String] {
    [testbed, tunnels, reachability, delays].compactMap { $0 } + starts
  }

  private var hostCount: Int { contents.sites.reduce(0) { $0 + $1.hosts.count } }

  private var testbed: String {
    "The testbed \(contents.testbed) has \(Figure.count(hostCount, "host")) at "
      + "\(Figure.count(contents.sites.count, "site"))."
  }

  private var tunnels: String? {
    guard !contents.tunnels.isEmpty else { return nil }
    let all = contents.tunnels.count
    let down = contents.tunnels.filter { $0.isUp == false }.count
    let times = contents.tunnels.compactMap(\.rttMilliseconds)
    let joined = all == 1 ? "One tunnel joins them" : "\(all) tunnels join them"
    let state = down == 0 ? "" : "; \(down) of them \(down == 1 ? "is" : "are") down"
    guard let least = times.min(), let most = times.max() else { return joined + state + "." }
    let range =
      Figure.milliseconds(least) == Figure.milliseconds(most)
      ? Figure.milliseconds(least)
      : "\(Figure.milliseconds(least)) to \(Figure.milliseconds(most))"
    return "\(joined), with round-trip times of \(range)\(state)."
  }

  private var gaps: Int? { contents.reachability.map { ReachabilitySection.gaps(of: $0).count } }

  private var pairs: Int {
    let count = contents.reachability?.hosts.count ?? 0
    return count * max(0, count - 1)
  }

  private var reachability: String? {
    guard let gaps else { return nil }
    return gaps == 0
      ? "Every host reaches every other (\(Figure.count(pairs, "ordered pair")))."
      : "\(gaps) of \(Figure.count(pairs, "ordered pair")) of hosts had no answer."
  }

  private var judged: [ReportContents.Delay] {
    contents.delays.filter { $0.verdict != .unjudged }
  }

  private var delays: String? {
    guard !judged.isEmpty else { return nil }
    let off = judged.filter { $0.verdict == .off }.count
    let worst = judged.compactMap { delay in delay.difference.map { (delay, $0) } }
      .max { abs($0.1) < abs($1.1) }
    let beginning =
      off == 0
      ? "All \(judged.count) judged delays are as asked"
      : "\(off) of \(judged.count) judged delays \(off == 1 ? "is" : "are") off what was asked"
    guard let (delay, difference) = worst else { return beginning + "." }
    return "\(beginning); the farthest is \(delay.from) to \(delay.to), "
      + "\(Figure.milliseconds(abs(difference))) \(difference < 0 ? "below" : "above")."
  }

  private var starts: [String] {
    guard let starts = contents.starts else { return [] }
    var sentences: [String] = []
    for number in Set(starts.cells.map(\.containers)).filter({ $0 > 0 }).sorted().suffix(1) {
      let means = starts.cells.filter { $0.containers == number }.compactMap { cell in
        SampleSummary(cell.runs.filter(\.isComplete).map(\.seconds)).map { (cell, $0) }
      }
      guard !means.isEmpty else { continue }
      let parts = means.map { cell, summary in
        "\(Figure.seconds(summary.mean)) "
          + (cell.rttMilliseconds.map { "at \(Figure.short($0)) ms" }
            ?? "at the testbed's own delay")
      }
      sentences.append(
        "Starting \(Figure.count(number, "container")) at once took \(Figure.list(parts)), on average."
      )
    }
    let unfinished = starts.cells.flatMap(\.runs).filter { !$0.isComplete }.count
    if unfinished > 0 {
      sentences.append("\(Figure.count(unfinished, "run")) did not finish by the deadline.")
    }
    return sentences
  }

  /// The main figures, large.
  private var keyFigures: Markup {
    var figures: [(String, String, String)] = [
      ("Sites", String(contents.sites.count), Figure.count(hostCount, "host"))
    ]
    if !contents.tunnels.isEmpty {
      let down = contents.tunnels.filter { $0.isUp == false }.count
      figures.append(
        ("Tunnels", String(contents.tunnels.count), down == 0 ? "none down" : "\(down) down"))
    }
    if let gaps {
      figures.append(
        ("Pairs reached", "\(pairs - gaps)", gaps == 0 ? "all of \(pairs)" : "of \(pairs)"))
    }
    if !judged.isEmpty {
      let within = judged.filter { $0.verdict == .within }.count
      figures.append(("Delays as asked", "\(within)", "of \(judged.count)"))
    }
    if let starts = contents.starts {
      let runs = starts.cells.flatMap(\.runs)
      figures.append(
        ("Start runs", "\(runs.count)", Figure.count(starts.cells.count, "cell")))
    }
    return Markup(
      "dl", ["class": "key-figures"],
      figures.map { name, number, note in
        Markup(
          "div", [:],
          [
            Markup("dt", text: name), Markup("dd", ["class": "number"], text: number),
            Markup("dd", ["class": "note"], text: note),
          ])
      })
  }
}
