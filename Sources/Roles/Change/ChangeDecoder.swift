import Diagnostics
import ShellPrograms

/// Reads what a change program writes, while it runs.
package struct ChangeDecoder: Sendable {
  /// The longest line that is passed on, characters.
  private static let lineLimit = 2_000

  private let tasks: [RoleTask]
  private let host: String
  private var frames = FrameDecoder(payloadLimit: 16 << 20)
  private var lastLines: [String] = []
  private var fact: TaskReport.RegisteredFact?
  /// The next task to end.
  private var next = 0
  private var isDone = false
  private var hasFailed = false
  private var isHalted = false

  /// A reader of the program that `ChangeCompiler` made for these tasks.
  package init(tasks: [RoleTask], host: String) {
    self.tasks = tasks
    self.host = host
  }

  /// What these bytes of its standard output tell.
  /// - Throws: `Problem` naming the host, when the program cannot have written them.
  package mutating func consume(_ bytes: [UInt8]) throws(Problem) -> [ChangeEvent] {
    var events: [ChangeEvent] = []
    do throws(FrameError) {
      for frame in try frames.consume(bytes) { try take(frame, &events) }
    } catch {
      throw Problem(
        "\(host) did not answer as it should", detail: error.reason, host: host,
        exitStatus: .failure)
    }
    return events
  }

  /// To be called when the program has ended.
  /// - Throws: `Problem` naming the host, when it ended before it had come to its end. That a task failed
  ///   is no such thing: it was told as an event; nor is that it was asked to stop.
  package mutating func finish(_ result: ProgramResult) throws(Problem) {
    guard isDone, hasFailed || isHalted || next == tasks.count else {
      let task = next < tasks.count ? tasks[next].title : nil
      var problem = HostOutput.problem(
        "the change program ended early on \(host)", reason: HostOutput.ending(result), result,
        host: host)
      problem.diagnostics[0].task = task
      throw problem
    }
  }

  private mutating func take(_ frame: Frame, _ events: inout [ChangeEvent]) throws(FrameError) {
    switch frame.words[0] {
    case "done":
      isDone = true
    case "halted":
      isHalted = true
    case "broken":
      hasFailed = true
      guard let task = tasks.first else { return }
      let problem = Problem(
        "planetbed cannot keep its state on \(host)",
        detail: VisibleText.lastLines(of: frame.payload, count: 10).joined(separator: "\n"),
        host: host,
        exitStatus: .failure)
      events.append(
        .finished(task.id, TaskReport(status: .failed, seconds: 0, failure: problem)))
    case "s": events.append(.started(try task(frame).id))
    case "o":
      let task = try task(frame)
      for line in frame.text.split(whereSeparator: \.isNewline) {
        let line = VisibleText.lines(line, limit: Self.lineLimit)
        lastLines = lastLines.suffix(9) + [line]
        events.append(.output(task.id, line: line))
      }
    case "f":
      guard case .command(let command) = try task(frame).kind, let name = command.register,
        frame.payload.count <= ProbeDecoder.factLimit
      else { throw FrameError("it told a fact that was not asked, or is too long") }
      fact = TaskReport.RegisteredFact(name: name, value: frame.text)
    case "e": events.append(try end(frame))
    default: throw FrameError("it told of something that was not asked")
    }
  }

  /// The task that a frame is about: always the one that is next to end.
  private func task(_ frame: Frame) throws(FrameError) -> RoleTask {
    guard frame.words.count > 1, Int(frame.words[1]) == next, next < tasks.count, !hasFailed else {
      throw FrameError("it told of a task that was not its turn")
    }
    return tasks[next]
  }

  private mutating func end(_ frame: Frame) throws(FrameError) -> ChangeEvent {
    let task = try task(frame)
    guard frame.words.count == 6, let status = TaskReport.Status(rawValue: frame.words[2]),
      let began = Double(frame.words[3]), let ended = Double(frame.words[4])
    else { throw FrameError("the end of a task does not read as one") }
    next += 1
    hasFailed = status == .failed
    let seconds = min(max(ended - began, 0), 1e9)
    var report = TaskReport(status: status, seconds: seconds, registered: fact)
    if hasFailed {
      report.failure = failure(of: task, frame.text, status: frame.words[5])
    }
    fact = nil
    lastLines = []
    return .finished(task.id, report)
  }

  private func failure(of task: RoleTask, _ reason: String, status: String) -> Problem {
    var isSecret = false
    if case .command(let command) = task.kind { isSecret = command.secret }
    if case .file(let file) = task.kind { isSecret = file.secret }
    var detail: [String] = []
    if let status = Int(status), status != 0 { detail.append("exit status \(status)") }
    if isSecret {
      detail.append("What it wrote is not shown, since the task is secret.")
    } else {
      detail += lastLines
    }
    return Problem(
      VisibleText.line(reason), detail: detail.joined(separator: "\n"), host: host,
      task: task.title, exitStatus: .failure)
  }
}
