import Diagnostics
import ShellPrograms

/// What the program on a router answered to a call.
package enum AgentAnswer: Sendable, Hashable {
  /// It did what it was asked; what it said.
  case done(String)
  /// It did not; why, in its own words, and the exit status: 2 when it was asked for what it does not
  /// know, 3 when a foreign queueing discipline is in the way, 4 when a run is under way, 1 otherwise.
  case refused(String, status: Int32)
  /// There is no such program on the router: the testbed has not been applied there.
  case absent

  /// Reads what a call wrote. Throws when it is not what one of `RouterAgent`'s programs writes.
  package init(_ result: ProgramResult) throws(FrameError) {
    var decoder = FrameDecoder(payloadLimit: 16 << 20)
    let frames = try decoder.consume(result.output)
    try decoder.finish()
    guard let frame = frames.first, frames.count == 1 else {
      throw FrameError("it is not the answer to one call")
    }
    switch (frame.words[0], frame.words.count) {
    case ("absent", 1): self = .absent
    case ("ended", 2):
      guard let status = Int32(frame.words[1]), (0...255).contains(status) else {
        throw FrameError("it says no exit status")
      }
      self = status == 0 ? .done(frame.text) : .refused(frame.text, status: status)
    default: throw FrameError("it is not the answer to a call")
    }
  }

  /// What the call said when it was done. Throws what stands in the way, named for people: of the
  /// machine `host`, and of what was tried in the words of `attempt` ("changing delays").
  package func text(on host: String, attempt: String) throws(Problem) -> String {
    switch self {
    case .done(let text): return text
    case .refused(let text, _):
      throw Problem(
        "\(attempt) failed on \(host)", detail: String(text.prefix(4000)), host: host,
        exitStatus: .failure)
    case .absent:
      throw Problem(
        "\(host) has no program for delays",
        detail: "It comes with the stage latency: planetbed apply.", host: host,
        exitStatus: .failure)
    }
  }

  /// When the lanes were switched, by the router's clock in milliseconds: what a `hold` says.
  package var switchedAt: Int? {
    guard case .done(let text) = self else { return nil }
    let words = text.split(separator: "\n").last?.split(separator: " ") ?? []
    return words.count == 2 && words[0] == "switched" ? Int(words[1]) : nil
  }
}
