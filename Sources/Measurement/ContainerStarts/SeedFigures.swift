/// What planetbed's experiment was first done with: Hirokawa, Keio University, 2019, table 5.1. The time
/// until containers that were started at once were running, mean of five runs, Kubernetes 1.16.
package enum SeedFigures {
  /// The delays between masters and workers, in milliseconds. The paper does not say whether they are
  /// one-way or of the round trip.
  package static let delays: [Double] = [100, 300, 500]
  /// The numbers of containers.
  package static let containers = [4, 20, 100]
  /// A row for each delay, in it the mean of each number in seconds.
  private static let means = [[24.9, 38.2, 125.4], [24.6, 37.4, 133], [25.5, 38, 141]]

  /// The mean for a delay in milliseconds and a number of containers, in seconds; nil when that is not
  /// among what was measured.
  package static func mean(rttMilliseconds: Double?, containers: Int) -> Double? {
    guard let rttMilliseconds, let row = delays.firstIndex(of: rttMilliseconds),
      let column = self.containers.firstIndex(of: containers)
    else { return nil }
    return means[row][column]
  }
}
