import Diagnostics
import Measurement

/// What starts containers on the testbed's workers, and tells when each came to which stage.
package protocol ContainerStarter: Sendable {
  /// Makes ready: looks at the cluster and its machines, measures their clocks, makes the namespace, and has
  /// every worker fetch the image.
  /// - Throws: `Problem` when the cluster cannot start as many containers, or not at all.
  func prepare(_ request: StartRequest) async throws(Problem) -> StartGround

  /// Starts so many containers at once, spread over all workers, waits until they are ready, deletes them
  /// and waits until they are gone. One that cannot be completed in the request's time is told as incomplete.
  /// - Parameter number: the run's number within its cell; 0 for a warm-up.
  /// - Throws: `Problem` when the cluster cannot be asked any more.
  func start(containers: Int, number: Int) async throws(Problem) -> StartRun

  /// Takes away all that was made, also after a failure or when starts were cancelled.
  func finish() async throws(Problem)
}

/// On what containers are started.
package struct StartGround: Sendable, Hashable {
  /// The cluster's version.
  package var kubernetes: String
  /// The containers' image.
  package var image: String
  /// The machines, in the order of the inventory, with their clocks.
  package var machines: [ExperimentManifest.Machine]

  /// On what containers are started.
  package init(kubernetes: String, image: String, machines: [ExperimentManifest.Machine]) {
    self.kubernetes = kubernetes
    self.image = image
    self.machines = machines
  }
}
