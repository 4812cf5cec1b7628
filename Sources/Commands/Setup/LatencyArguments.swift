import Diagnostics
import Execution
import Inventories
import Reporting
import TOMLReading

/// What the verbs of `planetbed latency` share of their command lines.
enum LatencyArguments {
  static let from = ParameterDeclaration(
    "from", "A site, or 'all' for each.")
  static let to = ParameterDeclaration(
    "to", "The site at the other end, or 'all' for every other.")

  static let rtt = OptionDeclaration(
    "rtt", value: .init("time"), "The whole round trip, the path's natural one included: 300ms.")
  static let addedRTT = OptionDeclaration(
    "added-rtt", value: .init("time"), "What is added to the natural round trip.")
  static let oneWay = OptionDeclaration(
    "one-way", value: .init("time,time"),
    "The whole of each way: what leaves the first site, and what comes to it: 80ms,20ms.")
  static let jitter = OptionDeclaration(
    "jitter", value: .init("time"), "How far round trips vary: their standard deviation.")
  static let distribution = OptionDeclaration(
    "distribution", value: .init("name"),
    "How the jitter is spread: \(Jitter.Distribution.allCases.map(\.rawValue).joined(separator: ", ")); normal unless said otherwise."
  )
  static let correlation = OptionDeclaration(
    "correlation", value: .init("share"),
    "How much a packet's delay depends on the one before: 25%.")
  static let loss = OptionDeclaration(
    "loss", value: .init("share"), "Packets that are lost, each way: 0.1%; 100% cuts the path.")
  static let duplicate = OptionDeclaration(
    "duplicate", value: .init("share"), "Packets that arrive twice, each way.")
  static let reorder = OptionDeclaration(
    "reorder", value: .init("share"), "Packets that overtake others, each way; needs a delay.")
  static let corrupt = OptionDeclaration(
    "corrupt", value: .init("share"), "Packets in which a bit is wrong, each way.")
  static let rate = OptionDeclaration(
    "rate", value: .init("rate"), "What the path carries, each way: 100mbit.")

  /// The quantities of a path.
  static let quantities = [
    rtt, addedRTT, oneWay, jitter, distribution, correlation, loss, duplicate, reorder, corrupt,
    rate,
  ]

  /// The longest lease in milliseconds: 30 days.
  private static let longestHold = 30 * 24 * 3_600_000.0

  /// `--hold`: for how long routers keep it; nil for ever.
  static func hold(_ invocation: Invocation, _ option: OptionDeclaration, allowsNone: Bool)
    throws(Problem) -> Double?
  {
    let text = invocation.arguments.value(option) ?? ""
    if text == "none", allowsNone { return nil }
    guard let milliseconds = Notation.milliseconds(text),
      (1000...longestHold).contains(milliseconds)
    else {
      throw Problem(
        "'\(VisibleText.line(text, limit: 60))' is no value for option '--hold'",
        detail: text == "none"
          ? "A run always ends by itself: give a time, such as 12h."
          : "It is a time from 1s to 720h, such as 30min or 1h"
            + (allowsNone ? ", or none." : "."),
        exitStatus: .usage)
    }
    return milliseconds / 1000
  }

  /// What the options ask of a path, by the rules of a `[[latency]]`, seen from its first site.
  static func conditions(_ arguments: ParsedArguments) throws(Problem) -> PathConditions {
    var lines: [String] = []
    for option in quantities {
      guard let value = arguments.value(option) else { continue }
      let key = option.name.replacing("-", with: "_")
      if option.name == oneWay.name {
        let ways = value.split(separator: ",", omittingEmptySubsequences: false)
        guard ways.count == 2 else {
          throw Problem(
            "'\(VisibleText.line(value, limit: 60))' is no value for option '--one-way'",
            detail:
              "It is two times, such as 80ms,20ms: what leaves the first site, and what comes to "
              + "it.", exitStatus: .usage)
        }
        lines.append(
          "\(key) = { from = \(tomlLiteral(String(ways[0]))), to = \(tomlLiteral(String(ways[1]))) }"
        )
      } else {
        lines.append("\(key) = \(tomlLiteral(value))")
      }
    }
    guard !lines.isEmpty else {
      throw Problem(
        "it is not said what the path shall be like",
        detail: "Give --rtt, --added-rtt, --one-way, --loss, --rate or another of the options of: "
          + "planetbed latency set --help", exitStatus: .usage)
    }
    let document = try TOMLDocument.read(
      lines.joined(separator: "\n") + "\n", file: "the command line")
    let findings = TOMLFindings(in: document)
    let beginning = SourcePosition(file: document.file, line: 1, column: 1)
    let conditions = PathQuantities.read(Located(document.root, at: beginning), findings)
    guard let conditions, !findings.hasErrors else {
      // A place in a file that nobody wrote tells nothing.
      throw Problem(
        findings.sorted.map { found in
          Diagnostic(found.severity, found.summary, detail: found.detail)
        }, exitStatus: .usage)
    }
    return conditions
  }

  /// The paths between sites, of which either may be `all`, each once.
  static func paths(
    from: String, to: String, in inventory: Inventory
  ) throws(Problem) -> [(from: String, to: String)] {
    let names = inventory.sites.map(\.name)
    let mistakes = [from, to].filter { $0 != all && !names.contains($0) }.map { name in
      let suggestion = Suggestion.closest(to: name, among: names + [all])
      return Diagnostic(
        .error, "there is no site \(VisibleText.line(name, limit: 60))",
        detail: suggestion.map { "Did you mean \($0)?" } ?? "The sites are: \(listed(names)).")
    }
    if !mistakes.isEmpty { throw Problem(mistakes, exitStatus: .usage) }
    if names.count < 2 {
      throw Problem("the testbed has one site, so that there is no path", exitStatus: .usage)
    }
    switch (from, to) {
    case (all, all):
      return names.indices.flatMap { first in
        names[(first + 1)...].map { (names[first], $0) }
      }
    case (all, _): return names.filter { $0 != to }.map { ($0, to) }
    case (_, all): return names.filter { $0 != from }.map { (from, $0) }
    case (from, from):
      throw Problem(
        "\(from) is both ends of the path",
        detail: "The path within a site is its LAN, which "
          + "planetbed leaves alone.", exitStatus: .usage)
    default: return [(from, to)]
    }
  }

  /// The word for each site.
  static let all = "all"

  private static func listed(_ names: [String]) -> String {
    names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
  }
}
