import Diagnostics
import Inventories
import ShellPrograms
import Transport

/// Runs a pod on every worker, and has each ask every other and a service.
package struct PodTrial: Sendable {
  private let connector: any Connector
  private let uptime: @Sendable () -> Double

  /// The connector makes the connections, and whoever gave it closes it; `uptime` tells seconds.
  package init(connector: any Connector, uptime: @escaping @Sendable () -> Double) {
    self.connector = connector
    self.uptime = uptime
  }

  /// Tries it from the first master, in this order, that has the cluster; nil when none has.
  package func run(_ question: PodTrialQuestion, masters: [Host]) async -> PodTrialResult? {
    let begun = uptime()
    var problem: Problem?
    for master in masters {
      do {
        let connection = try await connector.connect(to: master.name)
        let result = try await connection.run(PodTrialProgram.program(question))
        await connection.close()
        let reading = try Self.reading(of: result)
        if reading.isAbsent { continue }
        return PodTrialResult(
          question, reading, master: master.name, seconds: uptime() - begun)
      } catch let lost as Problem {
        problem = problem ?? lost
      } catch {
        problem =
          problem
          ?? Problem(
            "no pods could be tried from \(master.name)", detail: "\(error)", host: master.name,
            exitStatus: .gate)
      }
    }
    return problem.map { PodTrialResult($0, seconds: uptime() - begun) }
  }

  private static func reading(of result: ProgramResult) throws -> PodTrialReading {
    guard result.ending == .exited(0) else {
      throw FrameError("it ended with \(result.ending)")
    }
    var decoder = FrameDecoder(payloadLimit: PodTrialProgram.answerLimit * 16)
    let frames = try decoder.consume(result.output)
    try decoder.finish()
    return PodTrialReading(frames)
  }
}
