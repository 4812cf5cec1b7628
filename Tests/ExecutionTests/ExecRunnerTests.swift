import Diagnostics
import Foundation
import Inventories
import ShellPrograms
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct ExecRunnerTests {
  let testbed = ScratchTestbed(Inventory.threeSites().machines.map(\.name))
  let interruption = Interruption()

  private struct Line: Sendable, Hashable {
    var host: String
    var stream: ExecStream
    var text: String
  }

  private func exec(
    _ command: String, onLine: @escaping @Sendable (String) -> Void = { _ in }
  ) async -> (ExecResult, [Line]) {
    let lines = Record<Line>()
    let runner = ExecRunner(
      machines: Inventory.threeSites().machines, connector: testbed, interruption: interruption)
    let result = await runner.exec(command, asRoot: false) { host, stream, line in
      let text = String(decoding: line, as: UTF8.self)
      lines.add(Line(host: host, stream: stream, text: text))
      onLine(text)
    }
    return (result, lines.all)
  }

  @Test func runsEverywhereAndTellsEachStatus() async throws {
    testbed.cut("host2")
    testbed.intercept { host, _ in
      host == "host3"
        ? ProgramResult(ending: .exited(7), output: Array("a\nb".utf8), errors: Array("c\n".utf8))
        : nil
    }
    let (result, lines) = await exec("echo one; echo two >&2; printf three")
    #expect(
      result.hosts.map(\.name) == ["router1", "host1", "router2", "host2", "router3", "host3"])
    #expect(result.failed == 2 && !result.interrupted)
    #expect(result.hosts[0].ending == .exited(0))
    #expect(result.hosts[0].connectSeconds == 0.007)
    #expect(result.hosts[3].ending == nil)
    #expect(result.hosts[3].problem?.description.contains("host2 cannot be reached") == true)
    #expect(result.hosts[5].ending == .exited(7))
    let own = lines.filter { $0.host == "host1" }
    #expect(own.filter { $0.stream == .output }.map(\.text) == ["one", "three"])
    #expect(own.filter { $0.stream == .errors }.map(\.text) == ["two"])
    #expect(lines.filter { $0.host == "host3" }.map(\.text) == ["a", "c", "b"])
    #expect(testbed.openConnections == 0 && testbed.isClosed)
  }

  @Test func longLinesComeInPieces() {
    var assembler = LineAssembler()
    var lines: [[UInt8]] = []
    let long = [UInt8](repeating: 120, count: ExecRunner.longestLine * 2 + 5)
    for piece in [long, [10, 97], [10], [98]] { assembler.add(piece) { lines.append($0) } }
    assembler.finish { lines.append($0) }
    assembler.finish { lines.append($0) }
    #expect(
      lines.map(\.count) == [ExecRunner.longestLine, ExecRunner.longestLine, 5, 1, 1])
  }

  @Test func theFirstInterruptionEndsIt() async throws {
    let interruption = interruption
    let begun = Record<String>()
    let (result, lines) = await exec("echo begun; exec sleep 1000") { text in
      begun.add(text)
      if begun.all.count == 6 { interruption.request() }
    }
    #expect(result.interrupted && result.failed == 6)
    #expect(lines.count == 6)
    let problem = try #require(result.hosts[0].problem)
    #expect(problem.description.contains("router1 was given up while the command was running"))
    #expect(problem.exitStatus == .interrupted)
  }
}
