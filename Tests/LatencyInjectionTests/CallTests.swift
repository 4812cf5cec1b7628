import Foundation
import TestSupport
import Testing

/// What the program on routers does: each case is a file of what is there and of calls, one after the
/// other, and beside it a file of what must come of them.
///
/// `@NAME` begins a file of the machine (or of the stand-ins), `$ WORDS` a call with its input; both end
/// at the next, and at a comment.
@Suite(.timeLimit(.minutes(10))) struct CallTests {
  @Test(arguments: TestFiles.names("Calls", ending: ".txt"), Shell.allCases)
  func asExpected(_ name: String, _ shell: Shell) async throws {
    let machine = try AgentMachine(shell)
    let file = TestFiles.folder.appending(path: "Calls/\(name).txt")
    var lines = try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast()[...]
    var text = ""
    while let line = lines.popFirst() {
      let end =
        lines.firstIndex { line in ["@", "$ ", "#"].contains { line.hasPrefix($0) } }
        ?? lines.endIndex
      let body = lines[..<end].map { "\($0)\n" }.joined()
      switch line.first {
      case "@": try machine.put(body, at: AgentMachine.place(String(line.dropFirst())))
      case "$": text += try await machine.call(String(line.dropFirst(2)), input: body)
      default:
        text += "\(line)\n"
        continue
      }
      lines = lines[end...]
    }
    let difference = try Snapshot.difference(
      of: text, from: file.deletingPathExtension().appendingPathExtension("expected").path)
    #expect(difference == nil)
  }

  @Test func callsDoNotCross() async throws {
    let machine = try AgentMachine(.dash)
    try machine.put("b pb-b - 10.0.0.2 all\n", at: AgentMachine.place("lanes"))
    try machine.put("qdisc fq_codel 0: dev pb-b root refcnt 2\n", at: "kernel")
    let call = "printf 'b added %s 0 0 normal 1000\\n' $delay | '\(machine.root)/agent' hold 0 0"
    let outcome = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "chmod 755 '\(machine.root)/agent'; for delay in 1 2 3 4 5 6 7 8; do \(call) & done; wait",
      ], environment: machine.environment)
    #expect(outcome.errors == "")
    #expect(outcome.output == String(repeating: "switched 1000000\n", count: 8))
    #expect(try await machine.call("settled") == "$ settled\n")
  }
}
