import Diagnostics
import Execution

extension ResetProgress {
  /// The event's line for people, with its line end; nil when there is none. With a verbosity of 1
  /// and more, each thing that is taken back is told.
  package func line(_ layout: TextLayout, verbosity: Int) -> String? {
    switch self {
    case .connected(let host, let seconds):
      return "\(host): connected (\(Counted.seconds(seconds)))\n"
    case .undone(let host, let item):
      return verbosity > 0 ? "\(host): taken back: \(VisibleText.line(item))\n" : nil
    case .kept(let host, let item): return "\(host): kept: \(VisibleText.line(item))\n"
    case .failed(let host, let item):
      return "\(host): \(layout.style("failed: \(VisibleText.line(item))", .error))\n"
    case .finished(let host, let undone, let seconds):
      return "\(host): done, taken back: \(undone) (\(Counted.seconds(seconds)))\n"
    case .hostFailed(let host, let problem):
      let summary = VisibleText.line(problem.diagnostics.first?.summary ?? "")
      return "\(host): \(layout.style("failed: \(summary)", .error))\n"
    case .interrupted:
      return "interrupted: the current steps are being finished; once more gives up at once\n"
    }
  }

  /// The event as a line of `--output jsonl`; `elapsed` in seconds since the run began.
  package func json(elapsed: Double) -> JSONValue {
    var members: [JSONValue.Member]
    switch self {
    case .connected(let host, let seconds):
      members = [
        .init("event", "connected"), .init("host", .string(host)),
        .init("seconds", .measured(seconds)),
      ]
    case .undone(let host, let item): members = Self.members("undone", host, item)
    case .kept(let host, let item): members = Self.members("kept", host, item)
    case .failed(let host, let item): members = Self.members("failed", host, item)
    case .finished(let host, let undone, let seconds):
      members = [
        .init("event", "finished"), .init("host", .string(host)),
        .init("undone", .integer(undone)), .init("seconds", .measured(seconds)),
      ]
    case .hostFailed(let host, let problem):
      members = [
        .init("event", "hostFailed"), .init("host", .string(host)),
        .init("diagnostics", .array(problem.diagnostics.map(\.json))),
      ]
    case .interrupted: members = [.init("event", "interrupted")]
    }
    members.insert(.init("elapsed", .measured(elapsed)), at: 1)
    return .object(members)
  }

  private static func members(_ event: String, _ host: String, _ item: String)
    -> [JSONValue.Member]
  {
    [.init("event", .string(event)), .init("host", .string(host)), .init("item", .string(item))]
  }
}
