import Diagnostics
import Foundation
import Planning
import Roles
import Testing

/// A plan in a file, and whether it still holds.
@Suite struct SavedPlanTests {
  /// A folder of its own that goes when the test does.
  final class Folder {
    let path: String
    init() throws {
      let url = FileManager.default.temporaryDirectory.appending(path: "plan-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  static func plan(told: [String] = ["ra", "rb"]) throws -> Plan {
    try World.planner().plan(answers: World.answers(told: told))
  }

  static func mismatch(_ saved: Plan, _ now: Plan) throws -> String {
    let problem = try PlannerTests.problem { try SavedPlan(saved).matches(now) }
    #expect(problem.exitStatus == .failure)
    #expect(problem.diagnostics[0].summary == "the saved plan is no longer what would be done")
    #expect(problem.diagnostics[0].detail.hasSuffix("Plan again, and look at the new one."))
    return problem.diagnostics[0].detail
  }

  @Test func comesBackAsItWas() throws {
    let folder = try Folder()
    let file = "\(folder.path)/plan.json"
    let plan = try Self.plan(told: ["ra"])
    try Data(SavedPlan(plan).encoded()).write(to: URL(filePath: file))
    let saved = try SavedPlan.read(from: file)
    #expect(saved == SavedPlan(plan))
    try saved.matches(plan)
  }

  @Test func tellsWhatDiffers() throws {
    let plan = try Self.plan()
    var other = plan
    other.inventoryDigest = "d2"
    #expect(try Self.mismatch(plan, other).contains("the inventory was edited since"))
    other = plan
    other.testbed = "large"
    #expect(try Self.mismatch(plan, other).contains("it is of the testbed small"))
    other = plan
    other.scope = RunScope(hosts: ["ra"])
    #expect(try Self.mismatch(plan, other).contains("it was made with another --limit"))
    other = plan
    other.hosts.swapAt(0, 1)
    #expect(try Self.mismatch(plan, other).contains("the order of the steps is another"))
    other = plan
    other.hosts.remove(at: 2)
    #expect(try Self.mismatch(plan, other).contains("rb did not answer now"))
    #expect(try Self.mismatch(other, plan).contains("rb had not answered then"))
    other = plan
    other.hosts[1].steps = []
    #expect(try Self.mismatch(plan, other).contains("ha: greeting: greeting: is no longer there"))
    #expect(try Self.mismatch(other, plan).contains("ha: greeting: greeting: was not there then"))
    other = plan
    other.hosts[1].steps[0].differences[0].verdict = .satisfied
    other.hosts[1].steps[0].differences[0].diff = nil
    let detail = try Self.mismatch(other, plan)
    #expect(detail.contains("ha: greeting: greeting: nothing to do then,"))
    let unknown = try Self.mismatch(try Self.plan(told: ["ra"]), plan)
    #expect(unknown.contains("ra: tunnel: tunnel to rb: known after apply then,"))
  }

  @Test func aLongListIsCut() throws {
    let plan = try Self.plan()
    var many = plan
    many.hosts += (0..<20).map { HostPlan(host: "h\($0)", site: "a", steps: []) }
    #expect(try Self.mismatch(plan, many).contains("and 10 more"))
  }

  @Test func badFilesAreRefused() throws {
    let folder = try Folder()
    func refusal(_ path: String) throws -> Diagnostic {
      let problem = try PlannerTests.problem { _ = try SavedPlan.read(from: path) }
      #expect(problem.exitStatus == .usage)
      return problem.diagnostics[0]
    }
    func file(_ text: String) throws -> String {
      let path = "\(folder.path)/bad.json"
      try Data(text.utf8).write(to: URL(filePath: path))
      return path
    }
    #expect(try refusal("\(folder.path)/none").detail == "No such file or directory")
    #expect(try refusal(folder.path).detail == "It is not a regular file.")
    #expect(try refusal(file("")).summary.hasSuffix("bad.json is no saved plan"))
    #expect(try refusal(file("{}")).summary.hasSuffix("bad.json is no saved plan"))
    let other = try refusal(file(#"{"schema": "planetbed.saved-plan/0"}"#))
    #expect(other.summary.hasSuffix("was saved by another version of planetbed"))
    #expect(other.detail.contains("this version reads planetbed.saved-plan/1"))
    let damaged = try refusal(file(#"{"schema": "planetbed.saved-plan/1"}"#))
    #expect(damaged.summary.hasSuffix("bad.json is a damaged plan"))
    let large = try file("")
    #expect(truncate(large, 300 << 20) == 0)
    #expect(try refusal(large).detail == "It is larger than 256 MB, which no plan is.")
  }
}
