import Diagnostics
import Foundation
import Inventories
import ShellPrograms
import Stages
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Measurement

/// What two routers told and their pings wrote, in Cases/Delays/NAME.txt, and what that comes to, in
/// NAME.expected.
///
/// A case begins with rules for the inventory. `=== SITE` begins what its router said: `== before` the
/// report of its program before the pings, `== ping`, and `== after`, which is as before when it is left
/// out. `{own}` stands for what the inventory asks of its lane, `~ MEAN DEVIATION COUNT LOST` for as many
/// answers that are spread like a bell curve.
@Suite struct DelayCaseTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Cases")
  static let cases: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "Delays").path)
    return (files ?? []).filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }()

  /// What a router says.
  struct Router: Sendable {
    var before: String?
    var ping = ""
    var after: String?
  }

  @Test func thereAreCases() { #expect(Self.cases.count > 20) }

  @Test(arguments: cases) func judges(_ name: String) async throws {
    let file = Self.folder.appending(path: "Delays/\(name)")
    let text = try String(contentsOfFile: file.path + ".txt", encoding: .utf8)
    let sections = ("\n" + text).components(separatedBy: "\n=== ")
    let inventory = try Self.inventory(rules: sections[0])
    var routers: [String: Router] = [:]
    for section in sections.dropFirst() {
      let (site, router) = try Self.router(section, inventory)
      routers["r" + site] = router
    }
    let measurement = LatencyMeasurement(connector: Routers(routers), now: { 1_000_000_000_000 })
    let delays = try #require(await measurement.measure(inventory))
    let difference = try Snapshot.difference(
      of: Self.shown(delays), from: file.path + ".expected")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func measuresNothingThatIsNotAsked() async throws {
    let inventory = try Self.inventory(rules: "")
    let report = "uptime 1\nmodule present\nlane b dev\nqdisc b absent 0 0\n"
    let quiet = Routers(["ra": Router(before: report), "rb": Router(before: nil)])
    let measurement = LatencyMeasurement(connector: quiet, now: { 0 })
    #expect(await measurement.measure(inventory, always: false) == nil)
    #expect(quiet.runs.withLock { $0 } == 2)
    // An experiment is measured though no rule asks for anything.
    let held = report + "held b 0 total 50000 0 0 normal 1000\nnow b total 50000 0 0 normal 1000\n"
    let busy = Routers(["ra": Router(before: held), "rb": Router(before: nil)])
    #expect(
      await LatencyMeasurement(connector: busy, now: { 0 }).measure(inventory, always: false) != nil
    )
    #expect(
      await measurement.measure(inventory, between: ["a"]) == nil)
  }

  private static func inventory(rules: String) throws -> Inventory {
    let base = try String(
      contentsOfFile: folder.appending(path: "two-sites.toml").path, encoding: .utf8)
    let file = NSTemporaryDirectory() + "planetbed-delays-\(UUID().uuidString).toml"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data((base + rules + "\n").utf8).write(to: URL(filePath: file))
    return try InventoryReader.read(file: file).inventory
  }

  private static func router(
    _ section: String, _ inventory: Inventory
  ) throws -> (site: String, Router) {
    let parts = section.components(separatedBy: "\n== ")
    let site = String(parts[0].prefix { $0 != "\n" })
    let own =
      inventory.askedPath(from: site, to: site == "a" ? "b" : "a")?.conditions.leavingFirst.laneText
    var router = Router()
    for part in parts.dropFirst() {
      let name = part.prefix { $0 != "\n" }
      let lines = String(part.dropFirst(name.count + 1)).replacing("{own}", with: own ?? "nothing")
      switch name {
      case "before": router.before = lines
      case "after": router.after = lines
      default: router.ping = try answers(lines)
      }
    }
    return (site, router)
  }

  /// What ping writes, with the answers that `~` stands for.
  private static func answers(_ text: String) throws -> String {
    text.split(separator: "\n").map { line in
      guard line.hasPrefix("~") else { return String(line) }
      let numbers = line.dropFirst().split(separator: " ").compactMap { Double($0) }
      let (mean, deviation, count, lost) = (
        numbers[0], numbers[1], Int(numbers[2]), Int(numbers[3])
      )
      let times = (0..<count).map { place in
        let quantile = Quantile.normal((Double(place) + 0.5) / Double(count))
        return
          "64 bytes from 10.0.0.1: icmp_seq=\(place + 1) ttl=64 time=\(mean + deviation * quantile) ms"
      }
      return (times + ["\(count + lost) packets transmitted, \(count) received, 0% packet loss"])
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func shown(_ delays: MeasuredDelays) -> String {
    var lines: [String] = []
    for path in delays.paths {
      let statistics = path.statistics
      let parts = [
        path.expectation.asked.map { "asked \(DelayText.number($0))" },
        path.expectation.isAsked
          ? path.expectation.mean.map { "expected \(DelayText.number($0))" } : nil,
        path.natural.map { "natural \(DelayText.number($0))" },
        statistics?.mean.map { "measured \(DelayText.number($0))" },
        statistics.map { "answers \($0.received)/\($0.sent)" },
      ]
      let verdict =
        switch path.verdict {
        case .asAsked: "as asked"
        case .off: "off"
        case .notAsked: "nothing is asked"
        case .notJudged(let why): "not judged: \(why)"
        }
      lines.append("\(path.from) → \(path.to): \(verdict)")
      lines.append("  " + parts.compactMap { $0 }.joined(separator: ", "))
      if path.source != .inventory { lines.append("  \(path.source)") }
      lines += path.reasons.map { "  ✗ \($0)" } + path.notes.map { "  – \($0)" }
    }
    lines += delays.problems.map { "\($0.host ?? "-"): \($0.summary)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Routers that say what a case has of them; one without a report has no program for delays.
  private final class Routers: Connector {
    let routers: [String: Router]
    let runs = Mutex(0)

    init(_ routers: [String: Router]) { self.routers = routers }

    func connect(to machine: String) async throws -> any Connection {
      guard let router = routers[machine] else {
        throw Problem("\(machine) cannot be reached", host: machine, exitStatus: .failure)
      }
      return Line(self, router)
    }

    func close() async {}
  }

  private final class Line: Connection {
    let connectDuration = Duration.zero
    let routers: Routers
    let router: Router
    let asked = Mutex(0)

    init(_ routers: Routers, _ router: Router) {
      self.routers = routers
      self.router = router
    }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      throw Problem("the test expected no conversation", exitStatus: .failure)
    }

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult {
      routers.runs.withLock { $0 += 1 }
      var text = "target 0\n\(router.ping)\n"
      if program.text.contains("frame absent") {
        let count = asked.withLock { asked in
          asked += 1
          return asked
        }
        let report = count > 1 ? router.after ?? router.before : router.before
        let words = report == nil ? "absent" : "ended 0"
        text = "planetbed 1 \(String(repeating: "a", count: 32))\n"
        text += String(repeating: "a", count: 32)
        text += " \(report?.utf8.count ?? 0) \(words)\n\(report ?? "")\n"
      } else if router.ping == "absent" {
        text = "absent\n"
      } else if router.ping == "failed" {
        return ProgramResult(ending: .exited(1), output: [], errors: Array("no room".utf8))
      }
      return ProgramResult(ending: .exited(0), output: Array(text.utf8), errors: [])
    }

    func close() async {}
  }
}
