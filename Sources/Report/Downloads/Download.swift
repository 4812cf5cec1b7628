import Foundation
import Measurement

/// A file that the page carries in itself and that its reader may keep.
struct Download: Sendable {
  /// The file's name.
  var name: String
  /// What is in it.
  var explanation: String
  /// Its media type.
  var type: String
  /// Its text.
  var text: String

  /// The link to it. The file is in the address itself (RFC 2397), so that no program need run.
  var link: Markup {
    let content = Data(text.utf8).base64EncodedString()
    return Markup(
      "a", ["download": name, "href": "data:\(type);charset=utf-8;base64,\(content)"], text: name)
  }

  /// Everything that the report tells, and its tables one by one.
  static func all(_ contents: ReportContents) throws -> [Download] {
    var all = [
      Download(
        name: "report.json", explanation: "everything that this report tells",
        type: "application/json", text: try json(contents))
    ]
    func add(_ name: String, _ explanation: String, _ table: CommaSeparated) {
      guard !table.rows.isEmpty else { return }
      all.append(
        Download(name: name, explanation: explanation, type: "text/csv", text: table.text))
    }
    add("hosts.csv", "the hosts of every site", hosts(contents))
    add("tunnels.csv", "the tunnels and their round-trip times", tunnels(contents))
    if let reachability = contents.reachability {
      add("reachability.csv", "every ordered pair of hosts", pairs(reachability))
    }
    add("delays.csv", "asked and measured delays", delays(contents))
    if let starts = contents.starts {
      add("start-runs.csv", "container starts, a line for each run", StartTable.runs(starts))
      add("start-containers.csv", "the stages of every container", StartTable.containers(starts))
    }
    return all
  }

  /// The report's values as JSON; members are sorted by name, so that the same report is the same file.
  static func json(_ contents: ReportContents) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(contents), as: UTF8.self)
  }

  private static func hosts(_ contents: ReportContents) -> CommaSeparated {
    CommaSeparated(
      columns: [
        "site", "city", "latitude", "longitude", "prefix", "router", "host", "address", "role",
      ],
      rows: contents.sites.flatMap { site in
        site.hosts.map { host in
          [
            .text(site.name), .text(site.city), .number(site.location?.latitude),
            .number(site.location?.longitude), .text(site.prefix), .text(site.router),
            .text(host.name), .text(host.address), .text(host.role),
          ]
        }
      })
  }

  private static func tunnels(_ contents: ReportContents) -> CommaSeparated {
    CommaSeparated(
      columns: ["from", "to", "up", "rtt_ms"],
      rows: contents.tunnels.map {
        [.text($0.from), .text($0.to), .truth($0.isUp), .number($0.rttMilliseconds)]
      })
  }

  private static func pairs(_ reachability: ReportContents.Reachability) -> CommaSeparated {
    let hosts = reachability.hosts
    return CommaSeparated(
      columns: ["from", "to", "reached", "rtt_ms"],
      rows: hosts.indices.flatMap { from in
        hosts.indices.filter { $0 != from }.map { to in
          let time = reachability.time(from, to)
          return [.text(hosts[from]), .text(hosts[to]), .truth(time != nil), .number(time)]
        }
      })
  }

  private static func delays(_ contents: ReportContents) -> CommaSeparated {
    CommaSeparated(
      columns: [
        "from", "to", "asked_ms", "tolerance_ms", "baseline_ms", "measured_ms", "sd_ms", "samples",
        "drops", "verdict", "reason",
      ],
      rows: contents.delays.map {
        [
          .text($0.from), .text($0.to), .number($0.askedMilliseconds),
          .number($0.toleranceMilliseconds), .number($0.baselineMilliseconds),
          .number($0.measuredMilliseconds), .number($0.standardDeviation), .count($0.samples),
          .count($0.drops), .text($0.verdict.rawValue), .text($0.reason),
        ]
      })
  }
}
