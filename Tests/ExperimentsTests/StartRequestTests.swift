import Experiments
import Foundation
import Testing

@Suite struct StartRequestTests {
  @Test func itIsReadBackAsItWasWritten() throws {
    let request = StartRequest(
      delays: [nil, 100, 300], containers: [4, 20], runs: 5, image: "pause:3.2", seed: 7,
      deadlineSeconds: 300, mountsTokens: true, measuresInstrument: true)
    let text = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(StartRequest.self, from: text) == request)
  }
}
