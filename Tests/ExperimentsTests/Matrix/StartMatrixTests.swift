import Diagnostics
import Experiments
import Testing

@Suite struct StartMatrixTests {
  private func request(
    _ delays: [Double?] = [nil, 100, 300, 500], _ containers: [Int] = [4, 20, 100],
    seed: UInt64? = nil
  ) -> StartRequest {
    StartRequest(
      delays: delays, containers: containers, runs: 2, seed: seed, deadlineSeconds: 60)
  }

  @Test func withoutASeedItIsTheOrderOfTheRequest() throws {
    let matrix = try StartMatrix(request([300, 100], [20, 4]))
    #expect(matrix.cells.map(\.rttMilliseconds) == [300, 300, 100, 100])
    #expect(matrix.cells.map(\.containers) == [20, 4, 20, 4])
    #expect(
      matrix.turns == [
        .init(rttMilliseconds: 300, places: [0, 1]), .init(rttMilliseconds: 100, places: [2, 3]),
      ])
  }

  /// The same on every computer and in every version, since results name the seed.
  @Test func aSeedStandsForAnOrder() throws {
    let matrix = try StartMatrix(request(seed: 7))
    #expect(try matrix == StartMatrix(request(seed: 7)))
    #expect(matrix.cells == (try StartMatrix(request()).cells))
    #expect(matrix.turns.map(\.rttMilliseconds) == [300, nil, 100, 500])
    #expect(matrix.turns.map(\.places) == [[8, 7, 6], [2, 0, 1], [3, 5, 4], [11, 10, 9]])
  }

  @Test(arguments: UInt64(0)..<50)
  func everyCellHasItsTurnOnceUnderItsOwnDelay(seed: UInt64) throws {
    let matrix = try StartMatrix(request(seed: seed))
    #expect(matrix.turns.flatMap(\.places).sorted() == Array(matrix.cells.indices))
    for turn in matrix.turns {
      #expect(
        turn.places.allSatisfy {
          matrix.cells[$0].rttMilliseconds == turn.rttMilliseconds
        })
    }
  }

  @Test func seedsDiffer() throws {
    let orders = try (UInt64(0)..<50).map {
      try StartMatrix(request(seed: $0)).turns.flatMap(\.places)
    }
    #expect(Set(orders).count > 45)
    #expect(Set(orders.map(\.first)).count > 8)
  }

  @Test(arguments: [
    StartRequest(delays: [], containers: [4], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [nil], containers: [], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [nil], containers: [0], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [nil], containers: [4], runs: 0, deadlineSeconds: 60),
    StartRequest(delays: [nil], containers: [4], runs: 1, deadlineSeconds: 0),
    StartRequest(delays: [-1], containers: [4], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [.infinity], containers: [4], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [100, 100], containers: [4], runs: 1, deadlineSeconds: 60),
    StartRequest(delays: [nil], containers: [4, 4], runs: 1, deadlineSeconds: 60),
  ])
  func whatIsNoExperiment(request: StartRequest) throws {
    let problem = try #require(throws: Problem.self) { try StartMatrix(request) }
    #expect(problem.description.contains("this is no experiment with container starts"))
    #expect(problem.exitStatus == .usage)
  }
}
