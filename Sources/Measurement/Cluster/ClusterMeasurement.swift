import Diagnostics
import Inventories
import ShellPrograms
import Transport

/// Asks the masters how the cluster is, all at once.
package struct ClusterMeasurement: Sendable {
  /// What a master told: nil where it has no cluster.
  package typealias Answers = [String: Result<ClusterReading?, Problem>]

  private let connector: any Connector

  /// The connector makes the connections; whoever gave it closes it.
  package init(connector: any Connector) { self.connector = connector }

  /// Asks every master, with one connection and one program for each.
  package func measure(_ masters: [Host]) async -> Answers {
    await withTaskGroup(of: (String, Result<ClusterReading?, Problem>).self) { group in
      for master in masters {
        group.addTask { (master.name, await ask(master)) }
      }
      var answers: Answers = [:]
      for await (name, answer) in group { answers[name] = answer }
      return answers
    }
  }

  private func ask(_ master: Host) async -> Result<ClusterReading?, Problem> {
    do {
      let connection = try await connector.connect(to: master.name)
      let result = try await connection.run(ClusterProgram.program(address: master.address))
      await connection.close()
      return .success(ClusterReading(try Self.frames(of: result)))
    } catch let problem as Problem {
      return .failure(problem)
    } catch {
      return .failure(
        Problem(
          "\(master.name) could not be asked how the cluster is", detail: "\(error)",
          host: master.name, exitStatus: .failure))
    }
  }

  private static func frames(of result: ProgramResult) throws -> [Frame] {
    var decoder = FrameDecoder(payloadLimit: ClusterProgram.outputLimit)
    let frames = try decoder.consume(result.output)
    try decoder.finish()
    return frames
  }
}

extension FrameError: CustomStringConvertible {
  /// What is wrong with what the machine wrote.
  package var description: String { "what it answered is not what was asked: \(reason)" }
}
