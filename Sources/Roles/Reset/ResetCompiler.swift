import Diagnostics
import ShellPrograms

/// Makes the program that takes back what the machine's own manifest names.
package enum ResetCompiler {
  /// The program; it does nothing on a machine that has no manifest of this testbed.
  package static func program(testbed: String) -> RemoteProgram {
    program(layout: HostLayout(testbed: testbed))
  }

  static func program(
    layout: HostLayout, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + StateLibrary.opening(layout)
        + "optional=\(ShellQuoting.quoted(layout.root + "/opt"))\n"
        + "parameters=\(ShellQuoting.quoted(layout.kernelParameters))\n"
        + ResetLibrary.telling + ResetLibrary.files + ResetLibrary.system + ResetLibrary.walk)
  }
}

/// Reads what a reset program writes, while it runs.
package struct ResetDecoder: Sendable {
  private let host: String
  private var frames = FrameDecoder(payloadLimit: 1 << 20)
  private var isDone = false

  /// A reader for that host.
  package init(host: String) { self.host = host }

  /// What these bytes of its standard output tell.
  /// - Throws: `Problem` naming the host, when the program cannot have written them.
  package mutating func consume(_ bytes: [UInt8]) throws(Problem) -> [ResetEvent] {
    var events: [ResetEvent] = []
    do throws(FrameError) {
      for frame in try frames.consume(bytes) {
        let text = String(
          VisibleText.line(frame.text.split(whereSeparator: \.isNewline).joined(separator: "; "))
            .prefix(2_000))
        switch frame.words[0] {
        case "undone": events.append(.undone(text))
        case "kept": events.append(.kept(text))
        case "failed": events.append(.failed(text))
        case "done": isDone = true
        default: throw FrameError("it told of something that was not asked")
        }
      }
    } catch {
      throw Problem(
        "\(host) did not answer as it should", detail: error.reason, host: host,
        exitStatus: .failure)
    }
    return events
  }

  /// To be called when the program has ended.
  /// - Throws: `Problem` naming the host, when it ended before it had come to its end.
  package mutating func finish(_ result: ProgramResult) throws(Problem) {
    guard isDone else {
      throw HostOutput.problem(
        "the reset ended early on \(host)", reason: HostOutput.ending(result), result, host: host)
    }
  }
}
