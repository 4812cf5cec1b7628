import Execution
import Experiments
import Foundation
import Inventories
import Measurement

/// A state folder of its own in which some runs of `World.inventory` are recorded.
struct RecordedTestbed {
  let folder: String
  let world: World
  let journal: Journal

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/recorded-\(UUID().uuidString)"
    world = World(environment: ["XDG_STATE_HOME": folder])
    let inventory = try InventoryReader.read(file: World.inventory).inventory
    journal = try Journal(
      in: try StateFolder(inventory: inventory, environment: world.environment))
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// A run that ended well.
  func enter(_ name: String, _ verb: String) async throws {
    try await journal.begin(
      RunRecord(
        name: name, verb: verb, started: 1_795_000_000_000, inventory: World.inventory,
        digest: "5eed", operatorName: "anna@laptop", version: "0.1.0"))
    try await journal.end(
      name, outcome: .success, changed: 2, ok: 3, failed: 0, time: 1_795_000_002_500)
  }

  /// Round trips of the path from vlan10 to vlan20, in milliseconds.
  func enter(_ times: [Double], to run: String) async throws {
    try await journal.add(
      times.map {
        SampleRecord(
          kind: "rtt", source: "vlan10", target: "vlan20", value: $0, unit: "ms",
          time: 1_795_000_001_000)
      }, to: run)
  }

  /// An experiment of one cell: 300 ms and 4 containers.
  func enterStarts(_ seconds: [Double], to run: String) async throws {
    let experiment = StartExperiment(
      run: run, testbed: "thesis", begun: 1_795_000_000_000, seconds: 2.5,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: World.inventory, inventoryDigest: "5eed",
        kubernetes: "v1.20.2", image: "pause:3.2", seed: 1, runs: seconds.count,
        deadlineSeconds: 60, mountsTokens: false, instrumentSeconds: nil, operatorLoad: [],
        machines: []),
      cells: [
        StartCell(
          rttMilliseconds: 300, containers: 4,
          runs: seconds.enumerated().map {
            StartRun(number: $0 + 1, begun: 0, seconds: $1, isComplete: true, containers: [])
          })
      ])
    let request = StartRequest(
      delays: [300], containers: [4], runs: seconds.count, deadlineSeconds: 60)
    try await StartArchive(journal).enter(request, experiment)
  }

  /// An apply, two runs of measure between which a setting of delays was, and an exec that measured nothing.
  static func usual() async throws -> RecordedTestbed {
    let testbed = try RecordedTestbed()
    try await testbed.enter("20261118T110640Z-00000001", "apply")
    try await testbed.enter([100.1, 100.3, 100.2], to: "20261118T110640Z-00000001")
    try await testbed.enter("20261118T120000Z-00000002", "measure")
    try await testbed.enterStarts([3.1, 3.2, 3.3], to: "20261118T120000Z-00000002")
    try await testbed.enter("20261118T130000Z-00000003", "latency set")
    try await testbed.enter([300.1, 300.3, 300.2], to: "20261118T130000Z-00000003")
    try await testbed.enter("20261119T120000Z-00000004", "measure")
    try await testbed.enterStarts([4.1, 4.2, 4.3], to: "20261119T120000Z-00000004")
    try await testbed.enter("20261119T130000Z-00000005", "reset")
    return testbed
  }
}
