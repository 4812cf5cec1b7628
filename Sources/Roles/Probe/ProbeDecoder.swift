import Diagnostics
import ShellPrograms

/// Reads what a probe wrote.
package enum ProbeDecoder {
  /// The largest value of a fact, bytes.
  static let factLimit = 65_536

  /// What the machine said. `tasks` are those that the probe was made for; the operator's clock,
  /// in milliseconds since 1970, was read just before the program was sent and just after it ended.
  /// - Throws: `Problem` naming the host, when the program did not end well or wrote what it cannot have written.
  package static func answer(
    from result: ProgramResult, tasks: [RoleTask], host: String, operatorClockBefore: Double,
    operatorClockAfter: Double
  ) throws(Problem) -> ProbeAnswer {
    try answer(
      from: result, tasks: tasks, host: host, operatorClockBefore: operatorClockBefore,
      operatorClockAfter: operatorClockAfter, root: "")
  }

  static func answer(
    from result: ProgramResult, tasks: [RoleTask], host: String, operatorClockBefore: Double,
    operatorClockAfter: Double, root: String
  ) throws(Problem) -> ProbeAnswer {
    let frames: [Frame]
    do throws(FrameError) {
      var decoder = FrameDecoder()
      frames = try decoder.consume(result.output)
      try decoder.finish()
    } catch {
      throw HostOutput.problem(
        "\(host) did not answer the probe as it should", reason: error.reason, result, host: host)
    }
    guard frames.last?.words == ["done"], result.ending == .exited(0) else {
      throw HostOutput.problem(
        "the probe ended early on \(host)", reason: HostOutput.ending(result), result, host: host)
    }
    var reading = ProbeReading(tasks: tasks, root: root)
    for frame in frames { reading.take(frame) }
    if let mistake = reading.mistake {
      throw HostOutput.problem(
        "\(host) did not answer the probe as it should", reason: mistake, result, host: host)
    }
    return reading.answer(before: operatorClockBefore, after: operatorClockAfter)
  }
}

/// What a machine's program came to, in words.
enum HostOutput {
  /// How a program ended, in words.
  static func ending(_ result: ProgramResult) -> String {
    switch result.ending {
    case .exited(0): "it ended before its last line"
    case .exited(let status): "it ended with status \(status)"
    case .signalled(let name): "the signal \(name) ended it"
    }
  }

  /// A machine's program that went wrong.
  static func problem(
    _ summary: String, reason: String, _ result: ProgramResult, host: String
  ) -> Problem {
    let said = VisibleText.lastLines(of: result.errors, count: 10)
    return Problem(
      summary,
      detail: ([reason] + (said.isEmpty ? [] : ["It wrote:"] + said.map { "  " + $0 }))
        .joined(separator: "\n"), host: host, exitStatus: .failure)
  }
}
