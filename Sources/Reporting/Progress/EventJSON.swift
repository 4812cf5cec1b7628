import Diagnostics
import Execution
import Roles

extension RunEvent {
  /// The event as a line of `--output jsonl`: `event` names it, `elapsed` is in seconds since the
  /// run began (docs/json.md).
  package func json(elapsed: Double) -> JSONValue {
    .object(
      [
        JSONValue.Member("event", .string(kind)),
        JSONValue.Member("elapsed", .measured(elapsed)),
      ] + members)
  }

  private var kind: String {
    switch self {
    case .connected: "connected"
    case .probed: "probed"
    case .stageStarted: "stageStarted"
    case .taskStarted: "taskStarted"
    case .taskOutput: "taskOutput"
    case .taskFinished: "taskFinished"
    case .stageFinished: "stageFinished"
    case .hostFailed: "hostFailed"
    case .hostSkipped: "hostSkipped"
    case .interrupted: "interrupted"
    }
  }

  private var members: [JSONValue.Member] {
    switch self {
    case .connected(let host, let seconds), .probed(let host, let seconds):
      return [.init("host", .string(host)), .init("seconds", .measured(seconds))]
    case .stageStarted(let host, let stage):
      return [.init("host", .string(host)), .init("stage", .string(stage))]
    case .taskStarted(let host, let task, let name):
      return members(host, task) + [.init("task", .string(name))]
    case .taskOutput(let host, let task, let line):
      return members(host, task) + [.init("line", .string(line))]
    case .taskFinished(let host, let task, let name, let status, let seconds):
      return members(host, task) + [
        .init("task", .string(name)), .init("status", .string(status.rawValue)),
        .init("seconds", .measured(seconds)),
      ]
    case .stageFinished(let host, let stage, let changed, let seconds):
      return [
        .init("host", .string(host)), .init("stage", .string(stage)),
        .init("changed", .integer(changed)), .init("seconds", .measured(seconds)),
      ]
    case .hostFailed(let host, let problem):
      return [
        .init("host", .string(host)),
        .init("diagnostics", .array(problem.diagnostics.map(\.json))),
      ]
    case .hostSkipped(let host, let because):
      return [.init("host", .string(host)), .init("because", .string(because))]
    case .interrupted: return []
    }
  }

  private func members(_ host: String, _ task: TaskID) -> [JSONValue.Member] {
    [
      .init("host", .string(host)), .init("stage", .string(task.application.stage)),
      .init("role", .string(task.application.role)),
      .init("instance", .string(task.application.instance)), .init("index", .integer(task.index)),
    ]
  }
}
