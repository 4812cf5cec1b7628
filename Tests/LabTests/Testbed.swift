import Foundation
import TestSupport
import Testing

/// A lab of the tests' own with the reference deployment's machines, and planetbed as a user runs it.
struct Testbed: Sendable {
  /// The testbed that the running suite or test was given.
  @TaskLocal static var given: Testbed?

  /// The testbed of the running test.
  static func current() throws -> Testbed {
    try #require(given, "no lab was brought up for this test")
  }

  let name: String
  /// The folder that holds the inventories and planetbed's own state; removed with the lab.
  let folder: String

  /// The inventory of the reference deployment.
  var inventory: String { "\(folder)/inventory.toml" }

  static let machines = [
    "vyos01", "lb", "master01", "master02", "master03", "vyos02", "node01", "node02", "vyos03",
    "node03", "node04",
  ]
  static let routers = ["vyos01", "vyos02", "vyos03"]
  static let hosts = machines.filter { !routers.contains($0) }

  /// The repository's folder.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The program under test, as this build made it.
  static let program = repository + "/.build/debug/planetbed"

  /// Runs planetbed to its end.
  func planetbed(_ arguments: String...) async throws -> ChildProcess.Outcome {
    try await start(arguments).outcome()
  }

  /// Starts planetbed.
  func start(_ arguments: [String]) throws -> ChildProcess {
    var environment = ProcessInfo.processInfo.environment
    environment["XDG_STATE_HOME"] = folder + "/state"
    environment["NO_COLOR"] = "1"
    // Should it crash, the test's output tells where.
    environment["SWIFT_BACKTRACE"] = "enable=yes,color=no,interactive=no,timeout=60s"
    return try ChildProcess(Self.program, arguments, environment: environment)
  }

  /// Applies the reference deployment and expects every task to succeed.
  @discardableResult func apply(_ more: String...) async throws -> [String: Any] {
    try await result(of: ["apply", inventory, "--yes"] + more)
  }

  /// Takes back what planetbed put on the machines.
  func reset() async throws {
    let outcome = try await planetbed("reset", inventory, "--yes")
    try #require(outcome.status == 0, "\(outcome.everything)")
  }

  /// Runs a verb with `--output json`, expects its exit status, and gives the result object.
  func result(of arguments: [String], status: Int32 = 0) async throws -> [String: Any] {
    let outcome = try await start(arguments + ["--output", "json"]).outcome()
    try #require(outcome.status == status, "\(arguments): \(outcome.everything)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(object as? [String: Any])
  }

  /// Runs a shell program on a machine, not through planetbed's SSH, and expects it to succeed.
  @discardableResult func shell(_ machine: String, _ program: String) async throws -> String {
    let outcome = try await planetbed(
      "lab", "shell", inventory, machine, "--", "sh", "-c", program)
    try #require(outcome.status == 0, "\(machine): \(program): \(outcome.everything)")
    return outcome.output
  }

  /// Writes another inventory of the same machines, changed by `edit`, and gives its path.
  func variant(_ name: String, _ edit: (String) -> String) throws -> String {
    let path = "\(folder)/\(name).toml"
    let text = try String(contentsOfFile: inventory, encoding: .utf8)
    let edited = edit(text)
    try #require(edited != text, "the variant \(name) differs in nothing")
    try edited.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Brings a lab up for the time of `body`, and takes it down whatever happens.
  static func withLab(
    _ name: String, _ kind: LabKind, _ body: @Sendable () async throws -> Void
  ) async throws {
    let folder = "/tmp/\(name)-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let testbed = Testbed(name: name, folder: folder)
    try kind.inventory(named: name)
      .write(toFile: testbed.inventory, atomically: true, encoding: .utf8)
    for file in try FileManager.default.contentsOfDirectory(atPath: repository + "/inventory")
    where file.hasSuffix(".yaml") {
      try FileManager.default.copyItem(
        atPath: "\(repository)/inventory/\(file)", toPath: "\(folder)/\(file)")
    }
    var failure: (any Error)?
    do {
      let up = try await testbed.planetbed("lab", "up", testbed.inventory)
      try #require(up.status == 0, "\(up.everything)")
      if kind == .delays { try await testbed.installRouterPackages() }
      try await $given.withValue(testbed) { try await body() }
    } catch {
      failure = error
    }
    let down = try await testbed.planetbed("lab", "down", testbed.inventory)
    try FileManager.default.removeItem(atPath: folder)
    #expect(down.status == 0, "\(down.everything)")
    if let failure { throw failure }
  }
}

/// What a lab of the tests is for.
enum LabKind: Sendable {
  /// The reference deployment's network, without a cluster and without delays.
  case network
  /// The reference deployment, without delays.
  case cluster
  /// Three sites with a host each, and real delays between them.
  case delays
  /// A small cluster whose workers are behind a real delay.
  case starts

  /// The inventory of a lab.
  func inventory(named name: String) throws -> String {
    switch self {
    case .network:
      try reference(named: name).replacing(
        "[kubernetes]\n", with: "[kubernetes]\ninstall = false\n")
    case .cluster: try reference(named: name)
    case .delays: Self.threeSites.replacing("NAME", with: name)
    case .starts:
      Self.smallCluster.replacing("NAME", with: name)
        .replacing("KUBERNETES", with: try kubernetes())
    }
  }

  /// `[kubernetes]` of `inventory/lab.toml`.
  private func kubernetes() throws -> String {
    let text = try reference(named: "any")
    let begin = try #require(text.range(of: "[kubernetes]\n"))
    let end = try #require(text.range(of: "[[site]]", range: begin.upperBound..<text.endIndex))
    return String(text[begin.lowerBound..<end.lowerBound])
  }

  /// `inventory/lab.toml` up to its delays, which stand last in it.
  private func reference(named name: String) throws -> String {
    let text = try String(
      contentsOfFile: Testbed.repository + "/inventory/lab.toml", encoding: .utf8)
    let network = text.components(separatedBy: "\n[[latency]]")[0]
    return network.replacing("name = \"lab\"", with: "name = \"\(name)\"") + "\n"
  }

  private static let smallCluster = """
    [testbed]
    name = "NAME"

    [lab]
    name = "NAME"

    KUBERNETES
    [[site]]
    name = "one"
    lan = "192.168.10.0/24"
    router = { name = "r1", wan = "10.4.0.1", lan = "192.168.10.1" }
    host = [{ name = "master01", address = "192.168.10.101", role = "master" }]

    [[site]]
    name = "two"
    lan = "192.168.20.0/24"
    router = { name = "r2", wan = "10.4.0.2", lan = "192.168.20.1" }
    host = [
      { name = "node01", address = "192.168.20.101", role = "worker" },
      { name = "node02", address = "192.168.20.102", role = "worker" },
    ]

    [[latency]]
    between = ["one", "two"]
    rtt = "20ms"

    """

  private static let threeSites = """
    [testbed]
    name = "NAME"
    # TOPOLOGY

    [lab]
    name = "NAME"

    [kubernetes]
    install = false

    [[site]]
    name = "one"
    lan = "192.168.10.0/24"
    router = { name = "r1", wan = "10.4.0.1", lan = "192.168.10.1" }
    host = [{ name = "h1", address = "192.168.10.101", role = "master" }]

    [[site]]
    name = "two"
    lan = "192.168.20.0/24"
    router = { name = "r2", wan = "10.4.0.2", lan = "192.168.20.1" }
    host = [{ name = "h2", address = "192.168.20.101", role = "worker" }]

    [[site]]
    name = "three"
    lan = "192.168.30.0/24"
    router = { name = "r3", wan = "10.4.0.3", lan = "192.168.30.1" }
    host = [{ name = "h3", address = "192.168.30.101", role = "worker" }]

    [[latency]]
    between = ["one", "two"]
    rtt = "100ms"

    [[latency]]
    between = ["one", "three"]
    rtt = "300ms"

    [[latency]]
    between = ["two", "three"]
    rtt = "500ms"

    """
}

/// Brings a lab up for a suite (one for all of its tests) or for a test.
struct LabTrait: SuiteTrait, TestTrait, TestScoping {
  let name: String
  var kind = LabKind.network
  var isRecursive: Bool { false }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await Testbed.withLab(name, kind) { try await function() }
  }
}

extension Trait where Self == LabTrait {
  /// The lab that all tests of the suite share.
  static var sharedLab: Self { LabTrait(name: "pbtests") }

  /// The lab with a cluster that all tests of the suite share.
  static var clusterLab: Self { LabTrait(name: "pbcluster", kind: .cluster) }

  /// The lab in which container starts are measured.
  static var startLab: Self { LabTrait(name: "pbstarts", kind: .starts) }

  /// A lab of the test's own, fresh.
  static func ownLab(_ name: String) -> Self { LabTrait(name: name) }
}

/// All tests that need the lab: one after the other, in one lab.
@Suite(.serialized, .sharedLab) enum OnTheLab {}

/// All tests that need a cluster: one after the other, in one lab. A run of its own (`make test`),
/// since two labs at once would be slow.
@Suite(.serialized, .clusterLab) enum OnTheCluster {}
