import Diagnostics
import Planning
import Testing

/// What `--limit` may say.
@Suite struct ScopeTests {
  @Test func isRead() throws {
    #expect(
      try RunScope.parse(["site=keio", "host=a,b", "stage=site-vpn", "host=c"])
        == RunScope(sites: ["keio"], hosts: ["a", "b", "c"], stages: ["site-vpn"]))
    #expect(try RunScope.parse([]) == RunScope())
  }

  @Test(arguments: ["", "keio", "site=", "=a", "sites=a", "host=a,,b", "host"])
  func isRefused(_ word: String) throws {
    let problem = try PlannerTests.problem { _ = try RunScope.parse([word, "site=a"]) }
    #expect(problem.exitStatus == .usage)
    #expect(problem.diagnostics.map(\.summary) == ["--limit \(word) names nothing"])
    #expect(problem.diagnostics[0].detail.contains("site=NAME"))
  }

  @Test func namesMustBeThere() throws {
    let scope = RunScope(sites: ["c"], hosts: ["rc"], stages: ["vpm", "hosts"])
    let problem = try PlannerTests.problem { _ = try World.planner(scope: scope) }
    #expect(problem.exitStatus == .usage)
    #expect(
      problem.diagnostics.map(\.summary) == [
        "--limit site=c: there is no such site", "--limit host=rc: there is no such host",
        "--limit stage=vpm: there is no such stage",
      ])
    #expect(problem.diagnostics[2].detail == "Did you mean vpn? There are: vpn, hosts.")
  }
}
