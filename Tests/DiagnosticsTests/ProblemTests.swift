import Diagnostics
import Testing

@Suite struct ProblemTests {
  @Test func tellsWhatAndWhy() {
    let problem = Problem("no route", detail: "the router is down", exitStatus: .failure)
    #expect(problem.description == "no route: the router is down")
    #expect(problem.exitStatus.rawValue == 1)
  }
}
