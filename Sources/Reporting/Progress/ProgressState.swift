import Diagnostics
import Execution
import Roles

/// How far a run is: what its events have told so far.
package struct ProgressState: Sendable, Hashable {
  /// What a machine is at.
  package enum Phase: Sendable, Hashable {
    /// The login is not done.
    case connecting
    /// The login is done, and the probe runs.
    case probing
    /// It has told how it is; so many tasks are to change something.
    case probed
    /// It is at a task of a stage.
    case working(stage: String, task: String)
    /// It is through.
    case done
    /// It failed; the summary of why.
    case failed(String)
    /// It was left alone because of another.
    case skipped(because: String)
  }

  /// A machine in a run.
  package struct Machine: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// What it is at.
    package var phase = Phase.connecting
    /// Tasks that have changed something.
    package var changed = 0
    /// Tasks that are still to be done.
    var open = 0
  }

  /// A stage in a run.
  package struct Stage: Sendable, Hashable {
    /// Its name on the command line.
    package var name: String
    /// What people call it.
    package var title: String
    /// Tasks that are to change something.
    package var expected = 0
    /// Of these, the ones that have ended.
    package var finished = 0
  }

  /// What is being done: "Looking at the machines".
  package private(set) var title: String
  /// The machines, in the order of the inventory.
  package private(set) var machines: [Machine]
  /// The stages that have something to do, in their order.
  package private(set) var stages: [Stage] = []
  /// Whether the user asked to stop.
  package private(set) var isInterrupted = false

  private var places: [String: Int]
  private var open: Set<TaskID> = []

  /// A run that begins.
  package init(title: String, machines names: [String]) {
    self.title = title
    machines = names.map { Machine(name: $0) }
    places = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The plan is known and is being applied: the tasks that are to change something, by stage.
  package mutating func expect(
    title: String, stages: [(name: String, title: String)], tasks: [TaskID]
  ) {
    self.title = title
    open = Set(tasks)
    self.stages = stages.map { stage in
      Stage(
        name: stage.name, title: stage.title,
        expected: open.filter { $0.application.stage == stage.name }.count)
    }.filter { $0.expected > 0 }
    for place in machines.indices {
      let name = machines[place].name
      machines[place].open = open.filter { $0.application.host == name }.count
      if case .probed = machines[place].phase, machines[place].open == 0 {
        machines[place].phase = .done
      }
    }
  }

  /// Machines to which nothing more is going to happen.
  package var settled: Int {
    machines.filter {
      switch $0.phase {
      case .done, .failed, .skipped: true
      case .probed: stages.isEmpty
      case .connecting, .probing, .working: false
      }
    }.count
  }

  /// Takes in what has happened.
  package mutating func take(_ event: RunEvent) {
    switch event {
    case .connected(let host, _): set(host) { $0.phase = .probing }
    case .probed(let host, _): set(host) { $0.phase = .probed }
    case .stageStarted, .taskOutput, .stageFinished: break
    case .taskStarted(let host, let task, let name):
      set(host) { $0.phase = .working(stage: task.application.stage, task: name) }
    case .taskFinished(let host, let task, _, let status, _):
      finish(task, on: host, status)
    case .hostFailed(let host, let problem):
      set(host) { $0.phase = .failed(problem.diagnostics.first?.summary ?? "") }
    case .hostSkipped(let host, let because): set(host) { $0.phase = .skipped(because: because) }
    case .interrupted: isInterrupted = true
    }
  }

  private mutating func finish(_ task: TaskID, on host: String, _ status: TaskStatus) {
    if status == .changed { set(host) { $0.changed += 1 } }
    guard open.remove(task) != nil else { return }
    if let stage = stages.firstIndex(where: { $0.name == task.application.stage }) {
      stages[stage].finished += 1
    }
    set(host) { machine in
      machine.open -= 1
      if machine.open == 0, status != .failed { machine.phase = .done }
    }
  }

  private mutating func set(_ host: String, _ change: (inout Machine) -> Void) {
    if let place = places[host] { change(&machines[place]) }
  }
}
