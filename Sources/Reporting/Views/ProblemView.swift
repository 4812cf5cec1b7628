import Diagnostics

/// What programs read when a verb could not do its work; people read the diagnostics alone.
package struct ProblemView: ResultView {
  package let verb: String
  private let problem: Problem

  /// A verb that could not do its work.
  package init(verb: String, problem: Problem) {
    self.verb = verb
    self.problem = problem
  }

  package func text(_ layout: TextLayout) -> String { "" }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("diagnostics", .array(problem.diagnostics.map(\.json))),
      JSONValue.Member("exitStatus", .integer(Int(problem.exitStatus.rawValue))),
    ]
  }
}
