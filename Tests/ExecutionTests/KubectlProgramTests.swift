import Foundation
import Glibc
import ShellPrograms
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(5))) struct KubectlOpeningTests {
  @Test(arguments: [1, 3, 100]) func takesTheFirstLineInPieces(_ size: Int) {
    var opening = KubectlOpening()
    let bytes = Array("planetbed 1 4242\nNAME\nplanetbed 1 7\n".utf8)
    var rest: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      rest += opening.take(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(String(decoding: rest, as: UTF8.self) == "NAME\nplanetbed 1 7\n")
    #expect(opening.process == 4242 && !opening.isAbsent)
  }

  @Test(arguments: [
    "hello\nthere\n", String(repeating: "x", count: 100), "planetbed 1\n", "planetbed 2 9\n",
  ]) func leavesWhatIsNotOurs(_ text: String) {
    var opening = KubectlOpening()
    #expect(opening.take(Array(text.utf8)) == Array(text.utf8))
    #expect(opening.process == nil && !opening.isAbsent)
  }

  @Test(arguments: [
    "planetbed 1 0\n", "planetbed 1 1\n", "planetbed 1 -5\n", "planetbed 1 99999999\n",
  ])
  func signalsNoStrangeProcess(_ text: String) {
    var opening = KubectlOpening()
    #expect(opening.take(Array(text.utf8)) == [])
    #expect(opening.process == nil)
  }
}
