import Diagnostics
import Foundation
import TOMLReading
import Testing

@testable import Roles

/// A case of Cases/KIND/NAME.toml: a role, what the machine is before, what the plan must say, and what
/// must be so afterwards. Paths in sh texts are relative to the scratch root.
struct RoleCase: Sendable, CustomTestStringConvertible {
  var name: String
  /// The role's tasks, as in role.toml.
  var role = ""
  /// Templates by file name.
  var templates: [String: String] = [:]
  /// sh text that makes the machine what it is before.
  var setup = ""
  /// What the plan says would change, each line of each task.
  var changes: [String] = []
  /// The diffs of all tasks, `ROOT` for the scratch root.
  var diff = ""
  /// How the tasks end.
  var statuses: [String] = []
  /// What the failure says.
  var failure = ""
  /// sh text that must succeed after the change.
  var check = "true"
  /// sh text that must succeed after the reset.
  var resetCheck = "true"
  /// Whether a reset leaves the machine as it was in every byte.
  var resets = true

  var testDescription: String { name }

  static let all: [RoleCase] = {
    let folder =
      String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)) + "/Cases"
    let files = (try? Folder.files(below: folder)) ?? []
    return files.compactMap { path in
      guard let document = try? TOMLDocument.read(file: "\(folder)/\(path)") else { return nil }
      var found = RoleCase(name: path)
      for entry in document.root.entries { found.take(entry) }
      return found
    }
  }()

  private mutating func take(_ entry: TOMLTable.Entry) {
    let text = entry.value.string ?? ""
    let texts = (entry.value.array ?? []).compactMap(\.string)
    switch entry.key {
    case "role": role = text
    case "setup": setup = text
    case "changes": changes = texts
    case "diff": diff = text
    case "statuses": statuses = texts
    case "failure": failure = text
    case "check": check = text
    case "reset_check": resetCheck = text
    case "resets": resets = entry.value.boolean ?? true
    case "templates":
      for template in entry.value.table?.entries ?? [] {
        templates[template.key] = template.value.string ?? ""
      }
    default: name += " has the unknown key \(entry.key)"
    }
  }
}

@Suite struct CaseTests {
  @Test func thereAreCases() {
    #expect(RoleCase.all.count >= 20)
    #expect(RoleCase.all.allSatisfy { !$0.name.contains("has the unknown key") })
  }

  @Test(arguments: RoleCase.all, Shell.allCases)
  func planChangeAndReset(_ theCase: RoleCase, _ shell: Shell) throws {
    let scratch = try Scratch(shell)
    try scratch.sh(theCase.setup)
    let before = try scratch.listing()
    let tasks = try scratch.tasks(theCase.role, templates: theCase.templates)

    func shown(_ text: String) -> String { text.replacingEach(scratch.root, by: "ROOT") }
    let differences = try TaskDifference.all(of: tasks, in: scratch.probe(tasks))
    #expect(differences.flatMap(\.changes).map(shown) == theCase.changes)
    #expect(shown(differences.compactMap(\.diff).joined()) == theCase.diff)
    #expect(try scratch.listing() == before)

    let events = try scratch.change(tasks)
    let reports = events.reports
    #expect(reports.map(\.status.rawValue) == theCase.statuses, "\(events.lines)")
    let failure = reports.last?.failure?.diagnostics.first
    #expect(shown(failure.map { "\($0.summary)\n\($0.detail)" } ?? "") == theCase.failure)
    let calls = FileManager.default.contents(atPath: "\(scratch.root)/calls") ?? Data()
    #expect(try scratch.holds(theCase.check), "\(String(decoding: calls, as: UTF8.self))")
    if theCase.failure.isEmpty {
      let now = try TaskDifference.all(of: tasks, in: scratch.probe(tasks))
      #expect(now.allSatisfy { $0.verdict == .satisfied }, "\(now)")
      let again = try scratch.change(tasks).reports
      #expect(again.allSatisfy { $0.status == .ok }, "\(again)")
      // What the plan calls a change is what the change program changes.
      let planned = differences.map { $0.verdict == .change }
      #expect(planned == reports.map { $0.status == .changed })
    }

    let undone = try scratch.reset()
    #expect(!undone.contains { if case .failed = $0 { true } else { false } }, "\(undone)")
    #expect(try scratch.holds(theCase.resetCheck), "\(undone)")
    if theCase.resets { #expect(try scratch.listing() == before, "\(undone)") }
    #expect(try scratch.reset().isEmpty)
    #expect(access("\(scratch.root)/var/lib/planetbed", F_OK) != 0)
  }
}
