import Diagnostics
import ShellPrograms
import Synchronization
import Transport

@testable import Experiments

/// Machines that answer each program as a test says.
struct ScriptedCluster: Connector {
  /// A program, by what it is for.
  enum Step: String, Sendable, CaseIterable {
    case look, make, describe, fetch, days, run, collect, clear, remove
  }

  /// An answer: frames by their words and texts, or what is thrown.
  enum Answer: Sendable {
    case frames([(String, String)])
    case failure(any Error)
  }

  let answer: @Sendable (Step, String) -> Answer
  /// What was asked: the step, and of whom.
  let asked = Asked()

  final class Asked: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ text: String) { list.withLock { $0.append(text) } }
    var all: [String] { list.withLock { $0 } }
  }

  func connect(to machine: String) async throws -> any Connection {
    Line(machine: machine, cluster: self)
  }

  func close() async {}

  /// What a healthy cluster of master `m1` and workers `w1` and `w2` answers; started 200 ms after the run's
  /// beginning, by clocks that agree.
  static func healthy(_ step: Step, _ machine: String) -> Answer {
    switch step {
    case .look:
      .frames([
        ("version", "v1.20.2"),
        (
          "nodes",
          "w1\topen\tTrue\t110\tcontainerd://1.6.20\t\nw2\topen\tTrue\t110\tcontainerd://1.6.20\t\n"
        ), ("pods", "2 w1\n"),
      ])
    case .make: .frames([("made", "")])
    case .describe:
      .frames([
        ("system", "Debian"), ("kernel", "6.1"), ("processors", "2"), ("memory", "1024"),
        ("pause", "pause:3.2"),
      ])
    case .fetch: .frames([("fetched", "")])
    case .days: .frames([("days", "100.00 1700000000.005 100.00\n")])
    case .run:
      .frames([
        ("clock", "100.00 1700000000.005 100.00\n"), ("begin 100.01", ""),
        (
          "events",
          """
          100.06 ADDED starts-a w1 ,PodScheduled=True,
          100.06 ADDED starts-b w2 ,PodScheduled=True,
          100.40 MODIFIED starts-a w1 ,Ready=True,kubelet,
          100.50 MODIFIED starts-b w2 ,Ready=True,kubelet,
          """
        ), ("end complete", ""),
      ])
    case .collect:
      .frames([
        ("days", "100.00 1700000000.005 100.00\n"),
        (
          "containers",
          "container\npod starts-\(machine == "w1" ? "a" : "b")\nnamespace planetbed-measure-r1\n"
            + "started 1700000000210000000\n"
        ),
      ])
    case .clear, .remove: .frames([("gone", "")])
    }
  }

  private struct Line: Connection {
    let connectDuration = Duration.zero
    let machine: String
    let cluster: ScriptedCluster

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult {
      try Task.checkCancellation()
      let signs: [(Step, String)] = [
        (.look, "get nodes"), (.make, "/api/v1/namespaces -f"), (.describe, "frame system"),
        (.fetch, "crictl inspecti"), (.run, "frame events"), (.collect, "crictl ps"),
        (.days, "frame days"), (.clear, "drop deployment"), (.remove, "frame gone"),
      ]
      guard let step = signs.first(where: { program.text.contains($0.1) })?.0 else {
        throw Problem(
          "the test did not expect this program:\n\(program.text)", exitStatus: .failure)
      }
      cluster.asked.add("\(step) \(machine)")
      switch cluster.answer(step, machine) {
      case .failure(let error): throw error
      case .frames(let frames):
        let boundary = String(repeating: "a", count: 32)
        let text = frames.map { "\(boundary) \($1.utf8.count) \($0)\n\($1)\n" }.joined()
        return ProgramResult(
          ending: .exited(0), output: Array("planetbed 1 \(boundary)\n\(text)".utf8), errors: [])
      }
    }

    /// A clock that agrees with the operator's.
    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      let (lines, continuation) = AsyncStream.makeStream(of: Bool.self)
      conversation.open(
        Conversation.Input { _ in
          continuation.yield(true)
        } finish: {
          continuation.finish()
        })
      for await _ in lines { conversation.take(Array("100.00\n".utf8)) }
      return ProgramResult(ending: .exited(0), output: [], errors: [])
    }

    func close() async {}
  }
}
