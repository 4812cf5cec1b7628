import Diagnostics
import Inventories
import ShellPrograms
import Transport

/// Has machines ping others, all machines at once.
package struct ReachabilityMeasurement: Sendable {
  /// What a machine is to ping.
  package struct Question: Sendable, Hashable {
    /// The machine that pings.
    package var machine: String
    /// Whom it pings.
    package var targets: [PingProgram.Target]

    /// What a machine is to ping.
    package init(machine: String, targets: [PingProgram.Target]) {
      self.machine = machine
      self.targets = targets
    }
  }

  /// What came of it.
  package struct Answers: Sendable {
    /// The round-trip times in milliseconds by machine and target; nil where no answer came. A
    /// machine that could not ping is left out.
    package var times: [String: [IPv4Address: Double?]] = [:]
    /// What the tunnels are like whose other ends did not answer, by machine and target.
    package var tunnels: [String: [IPv4Address: TunnelState]] = [:]
    /// Why the machines that are left out could not ping, in the order of the questions.
    package var problems: [Diagnostic] = []
  }

  private let connector: any Connector
  private let attempts: Int

  /// - Parameters:
  ///   - connector: makes the connections; whoever gave it closes it.
  ///   - attempts: how often each target is asked before it counts as unreached; more than once
  ///     when tunnels have only just been started.
  package init(connector: any Connector, attempts: Int = 1) {
    self.connector = connector
    self.attempts = attempts
  }

  /// Asks every question at once, with one connection and one program for each machine.
  package func measure(_ questions: [Question]) async -> Answers {
    let outcomes = await withTaskGroup(of: (Int, Result<[PingProgram.Reply], Problem>).self) {
      group in
      for (place, question) in questions.enumerated() where !question.targets.isEmpty {
        group.addTask { (place, await ask(question)) }
      }
      var outcomes: [(Int, Result<[PingProgram.Reply], Problem>)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }
    }
    var answers = Answers()
    for (place, outcome) in outcomes {
      let question = questions[place]
      switch outcome {
      case .success(let replies):
        answers.times[question.machine] = [:]
        for (target, reply) in zip(question.targets, replies) {
          switch reply {
          case .reached(let time): answers.times[question.machine]?[target.address] = .some(time)
          case .unreached(let tunnel):
            answers.times[question.machine]?[target.address] = .some(nil)
            if let tunnel {
              answers.tunnels[question.machine, default: [:]][target.address] = tunnel
            }
          }
        }
      case .failure(let problem): answers.problems += problem.diagnostics
      }
    }
    return answers
  }

  private func ask(_ question: Question) async -> Result<[PingProgram.Reply], Problem> {
    let name = question.machine
    do {
      let connection = try await connector.connect(to: name)
      let result = try await connection.run(
        PingProgram.program(targets: question.targets, attempts: attempts))
      await connection.close()
      guard result.ending == .exited(0) else {
        let said = String(decoding: result.errors.suffix(500), as: UTF8.self)
        return .failure(
          Problem(
            "the pings of \(name) did not end well", detail: "\(result.ending)\n\(said)",
            host: name, exitStatus: .failure))
      }
      switch PingProgram.answer(from: result.output, count: question.targets.count) {
      case .replies(let replies): return .success(replies)
      case .noPing:
        return .failure(
          Problem(
            "\(name) has no ping, so that whom it reaches cannot be measured",
            detail: "Install it there: apt-get install iputils-ping", host: name,
            exitStatus: .failure))
      }
    } catch let problem as Problem {
      return .failure(problem)
    } catch {
      return .failure(
        Problem(
          "\(name) could not be asked whom it reaches", detail: "\(error)", host: name,
          exitStatus: .failure))
    }
  }
}
