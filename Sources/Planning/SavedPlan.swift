import Diagnostics
import FoundationEssentials
import Glibc
import Roles
import Stages

/// A plan in a file (`plan --out`): what the user has looked at, so that `apply --plan` can make
/// sure that it does just that. It holds what would change, not how: the run makes its programs
/// from the inventory and the roles again, and there is no secret in the file.
package struct SavedPlan: Codable, Sendable, Hashable {
  /// What tells the file from others.
  private let schema: String
  /// The testbed's name.
  package let testbed: String
  /// The digest of the inventory that it was made from.
  package let inventoryDigest: String
  /// What it was limited to.
  package let scope: RunScope
  /// What the user allows it to do.
  package let policy: RunPolicy
  /// The machines, in order.
  private let hosts: [SavedHost]

  private static let schema = "planetbed.saved-plan/1"

  private struct SavedHost: Codable, Sendable, Hashable {
    var host: String
    var steps: [SavedStep]

    var tasks: [TaskID: TaskDifference] {
      Dictionary(steps.flatMap(\.differences).map { ($0.task, $0) }) { first, _ in first }
    }
  }

  private struct SavedStep: Codable, Sendable, Hashable {
    var application: RoleApplication.ID
    var differences: [TaskDifference]
  }

  /// A plan as it is saved.
  package init(_ plan: Plan) {
    schema = Self.schema
    testbed = plan.testbed
    inventoryDigest = plan.inventoryDigest
    scope = plan.scope
    policy = plan.policy
    hosts = plan.hosts.map { host in
      SavedHost(
        host: host.host,
        steps: host.steps.map {
          SavedStep(application: $0.application.id, differences: $0.differences)
        })
    }
  }

  /// Throws (failure) when a plan that was made now is not what was saved, and says what differs.
  package func matches(_ plan: Plan) throws(Problem) {
    let now = SavedPlan(plan)
    guard now != self else { return }
    var changes: [String] = []
    if testbed != now.testbed { changes.append("it is of the testbed \(testbed)") }
    if inventoryDigest != now.inventoryDigest { changes.append("the inventory was edited since") }
    if scope != now.scope { changes.append("it was made with another --limit") }
    if policy != now.policy { changes.append("it was made with another --prune or --batch") }
    if changes.isEmpty { changes = Self.differences(from: hosts, to: now.hosts) }
    let shown = changes.prefix(10)
    let more = changes.count > shown.count ? ["and \(changes.count - shown.count) more"] : []
    throw Problem(
      "the saved plan is no longer what would be done",
      detail: (shown + more).joined(separator: "\n") + "\nPlan again, and look at the new one.",
      exitStatus: .failure)
  }

  /// What differs between the machines of two plans, a line each.
  private static func differences(from then: [SavedHost], to now: [SavedHost]) -> [String] {
    let before = Dictionary(then.map { ($0.host, $0) }) { first, _ in first }
    let after = Dictionary(now.map { ($0.host, $0) }) { first, _ in first }
    var lines: [String] = []
    for host in then where after[host.host] == nil {
      lines.append("\(host.host) did not answer now")
    }
    for host in now {
      guard let old = before[host.host] else {
        lines.append("\(host.host) had not answered then")
        continue
      }
      let tasksThen = old.tasks
      let tasksNow = host.tasks
      for (task, difference) in tasksNow.sorted(by: { $0.key < $1.key })
      where tasksThen[task] != difference {
        let title = "\(host.host): \(task.application.role): \(difference.name)"
        lines.append(
          tasksThen[task].map { "\(title): \($0.words) then, \(difference.words) now" }
            ?? "\(title): was not there then")
      }
      for (task, difference) in tasksThen.sorted(by: { $0.key < $1.key })
      where tasksNow[task] == nil {
        lines.append(
          "\(host.host): \(task.application.role): \(difference.name): is no longer there")
      }
    }
    return lines.isEmpty ? ["the order of the steps is another"] : lines
  }
}

extension TaskDifference {
  /// The verdict, and what would change, in a few words.
  fileprivate var words: String {
    switch verdict {
    case .satisfied: "nothing to do"
    case .change: changes.isEmpty ? "a change" : changes.joined(separator: ", ")
    case .knownAfterApply: "known after apply"
    }
  }
}

extension SavedPlan {
  /// The most bytes that a saved plan may have: full diffs of some thousand machines.
  static let greatestSize = 256 << 20

  /// The plan as its file has it.
  package func encoded() throws(Problem) -> [UInt8] {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return [UInt8](try encoder.encode(self))
    } catch {
      throw Problem("the plan cannot be written down", detail: "\(error)", exitStatus: .failure)
    }
  }

  /// Reads a saved plan. Throws (usage) when there is none, or it is of another version.
  package static func read(from path: String) throws(Problem) -> SavedPlan {
    let bytes = try readAll(path)
    struct Header: Decodable { var schema: String }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(Header.self, from: Data(bytes)) else {
      throw Problem(
        "\(path) is no saved plan", detail: "Make one with planetbed plan --out \(path).",
        exitStatus: .usage)
    }
    guard header.schema == schema else {
      throw Problem(
        "\(path) was saved by another version of planetbed",
        detail: "It is \(header.schema); this version reads \(schema). Plan again.",
        exitStatus: .usage)
    }
    do {
      return try decoder.decode(SavedPlan.self, from: Data(bytes))
    } catch {
      throw Problem(
        "\(path) is a damaged plan", detail: "Plan again: planetbed plan --out \(path).",
        exitStatus: .usage)
    }
  }

  private static func readAll(_ path: String) throws(Problem) -> [UInt8] {
    func unreadable(_ reason: String) -> Problem {
      Problem("the plan \(path) cannot be read", detail: reason, exitStatus: .usage)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw unreadable(String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("It is not a regular file.") }
    guard status.st_size <= greatestSize else {
      throw unreadable("It is larger than \(greatestSize >> 20) MB, which no plan is.")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= greatestSize {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(String(cString: strerror(errno))) }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
