import Commands
import Diagnostics
import Glibc
import Testing

@Suite struct StandardStreamsTests {
  @Test func aResultThatFoundNoRoomIsNoSuccess() throws {
    let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
    try #require(full >= 0)
    defer { close(full) }
    let loss = OutputLoss()
    #expect(loss.problem == nil)
    StandardStreams.write("text", to: full, loss)
    let problem = try #require(loss.problem)
    #expect(problem.exitStatus == .failure)
    #expect(
      problem.diagnostics[0].summary
        == "the results could not be written to standard output: No space left on device")
  }
}
