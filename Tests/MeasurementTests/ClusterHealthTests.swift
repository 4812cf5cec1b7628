import Diagnostics
import Foundation
import Inventories
import Measurement
import ShellPrograms
import TestSupport
import Testing

/// What the masters of Cases/testbed.toml told, in Cases/Health/NAME.txt, and what that comes to, in
/// NAME.expected.
@Suite struct ClusterHealthTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
  static let cases: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "Health").path)
    return (files ?? []).filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }()

  static func inventory() throws -> Inventory {
    try InventoryReader.read(file: folder.appending(path: "testbed.toml").path).inventory
  }

  @Test func thereAreCases() { #expect(Self.cases.count > 8) }

  @Test(arguments: cases) func judges(_ name: String) throws {
    let file = Self.folder.appending(path: "Health/\(name)")
    let text = try String(contentsOfFile: file.path + ".txt", encoding: .utf8)
    let health = try #require(ClusterHealth(Self.inventory(), Self.answers(text)))
    let difference = try Snapshot.difference(
      of: Self.shown(health), from: file.path + ".expected")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func aTestbedWithoutACluster() throws {
    var inventory = try Self.inventory()
    inventory.kubernetes.installs = false
    #expect(ClusterHealth(inventory, [:]) == nil)
  }

  /// `=== MASTER`, `== WORDS OF A FRAME`, and its lines; `unreachable` is no answer.
  private static func answers(_ text: String) -> ClusterMeasurement.Answers {
    var answers: ClusterMeasurement.Answers = [:]
    for section in ("\n" + text).components(separatedBy: "\n=== ").dropFirst() {
      let parts = section.components(separatedBy: "\n== ")
      let head = parts[0].split(separator: "\n").map(String.init)
      if head.count > 1 {
        answers[head[0]] = .failure(
          Problem("\(head[0]) is \(head[1])", host: head[0], exitStatus: .failure))
        continue
      }
      let frames = parts.dropFirst().map { part in
        let lines = part.split(separator: "\n", maxSplits: 1)
        return Frame(
          words: lines[0].split(separator: " ").map(String.init),
          payload: lines.count > 1 ? Array(lines[1].utf8) : [])
      }
      answers[head[0]] = .success(ClusterReading(frames))
    }
    return answers
  }

  private static func shown(_ health: ClusterHealth) -> String {
    func word(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "?" }
    var lines = [
      "\(health.presence.rawValue), endpoint \(word(health.isEndpointReady)), "
        + (health.isWell ? "well" : "not well")
    ]
    for node in health.nodes {
      let reading = node.reading
      lines.append(
        "node \(node.name) \(node.site ?? "-") \(node.role?.rawValue ?? "-") "
          + "ready \(word(reading?.isReady)) cordoned \(word(reading?.isCordoned)) "
          + "site address \(word(node.isAtSiteAddress))")
    }
    for master in health.masters {
      let parts = ClusterHealth.components.map { word(master.isReady($0)) }
      lines.append(
        "master \(master.name) API \(word(master.answersAPI)) \(parts.joined(separator: " "))")
    }
    for member in health.members {
      lines.append(
        "etcd \(member.reading.name) \(member.reading.id) healthy \(word(member.isHealthy))")
    }
    for certificate in health.certificates {
      let reading = certificate.reading
      lines.append(
        "certificate \(certificate.host) \(reading.name) \(reading.expires) \(reading.days)")
    }
    for diagnostic in health.diagnostics {
      let detail = diagnostic.detail.replacing(folder.path + "/", with: "")
        .replacing("\n", with: "\n    ")
      lines.append(
        "\(diagnostic.severity.rawValue) \(diagnostic.host ?? "-"): \(diagnostic.summary)"
          + (detail.isEmpty ? "" : "\n    \(detail)"))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
