import Inventories
import Stages
import Testing

/// What is written for a lane is read again as it was.
@Suite struct LaneTextTests {
  @Test(arguments: [
    OneWayConditions(delay: .total(milliseconds: 50)),
    OneWayConditions(delay: .added(milliseconds: 0.25)),
    OneWayConditions(loss: 1),
    OneWayConditions(
      delay: .total(milliseconds: 30), jitterMilliseconds: 7.071, distribution: .pareto,
      correlation: 0.25, loss: 0.001, duplicate: 0.02, reorder: 0.3, corrupt: 0.5,
      rateBitsPerSecond: 1e8),
  ])
  func isReadAsItWasWritten(_ conditions: OneWayConditions) {
    #expect(OneWayConditions(laneText: conditions.laneText)?.laneText == conditions.laneText)
  }

  @Test(arguments: [
    "", "total 1 2 3 normal", "sum 1 2 3 normal 1000", "total -1 2 3 normal 1000",
    "total 1 x 3 normal 1000", "total 1 2 300 normal 1000", "total 1 2 3 gaussian 1000",
    "total 1 2 3 normal many", "total 1 2 3 normal 1000 loss", "total 1 2 3 normal 1000 loss 1",
    "total 1 2 3 normal 1000 loss 101%", "total 1 2 3 normal 1000 rate 1",
    "total 1 2 3 normal 1000 rate -1bit", "total 1 2 3 normal 1000 slot 1",
    "total 99999999999 2 3 normal 1000",
  ])
  func passesOverWhatItCannotHaveWritten(_ text: String) {
    #expect(OneWayConditions(laneText: text) == nil)
  }
}
