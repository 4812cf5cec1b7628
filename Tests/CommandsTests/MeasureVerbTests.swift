import Diagnostics
import Execution
import Experiments
import Foundation
import Inventories
import Measurement
import Reporting
import Synchronization
import Testing

@testable import Commands

/// `planetbed measure` with a cluster and delays that are stand-ins; the real ones are tested in
/// ExperimentsTests and LabTests.
@Suite struct MeasureVerbTests {
  /// Starts containers in no time: as many seconds as there are containers.
  private final class StandInStarter: ContainerStarter {
    let isSlow: Bool
    let interrupts: Interrupts?
    let started = Mutex<[Int]>([])
    let isFinished = Mutex(false)

    init(isSlow: Bool = false, interrupts: Interrupts? = nil) {
      self.isSlow = isSlow
      self.interrupts = interrupts
    }

    func prepare(_ request: StartRequest) async throws(Problem) -> StartGround {
      StartGround(kubernetes: "1.20.2", image: "pause", machines: [])
    }

    func start(containers: Int, number: Int) async throws(Problem) -> StartRun {
      let count = started.withLock { started in
        started.append(containers)
        return started.count
      }
      // The second start that counts is interrupted.
      if count == 3 { _ = interrupts?.raise() }
      return StartRun(
        number: number, begun: 0, seconds: Double(containers), isComplete: !isSlow,
        containers: (0..<containers).map {
          ContainerTimes(pod: "starts-\($0)", created: 1, ready: isSlow ? nil : 2)
        })
    }

    func finish() async throws(Problem) { isFinished.withLock { $0 = true } }
  }

  /// Delays that are as they are asked to be, or off.
  private struct StandInDelays: DelaySwitching {
    var isAsAsked = true
    var remarks: [Diagnostic] { [] }

    func remember(_ delays: [Double?], known: HeldDelays?) async throws(Problem) -> HeldDelays {
      HeldDelays([])
    }

    func change(
      to rttMilliseconds: Double?, for seconds: Double
    ) async throws(Problem) -> DelayInForce {
      DelayInForce(
        rttMilliseconds: rttMilliseconds.map { $0 + 0.5 }, isAsAsked: isAsAsked,
        diagnostics: isAsAsked ? [] : [Diagnostic(.error, "the path is not as asked")])
    }

    func keep(for seconds: Double) async throws(Problem) {}
    func look() async throws(Problem) -> (drops: Int, isSteady: Bool) { (0, true) }
    func restore() async -> [Diagnostic] { [] }
  }

  /// A folder for the state and files, and the program's surroundings in it.
  private struct Place {
    let folder: String
    let written = World.Written()
    let interrupts = Interrupts()

    init() throws {
      folder = FileManager.default.temporaryDirectory.path + "/measure-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func perform(
      _ words: [String] = [], _ starter: StandInStarter = StandInStarter(),
      delays: StandInDelays = StandInDelays(), file: String? = nil
    ) async throws -> Diagnostics.ExitStatus {
      let written = written
      let arguments = try Planetbed.parser.parse(["measure", World.inventory] + words)
      let invocation = Invocation(
        arguments: arguments,
        surroundings: Surroundings(
          environment: ["XDG_STATE_HOME": folder],
          console: Console(
            output: .init { written.add(output: $0) }, errors: .init { written.add(errors: $0) }),
          interrupts: interrupts, terminal: ScriptedTerminal(nil)
        ) { _ in NoConnector() })
      let run = MeasureRun(
        setup: try RunSetup(invocation), invocation: invocation, file: file,
        means: .init { _, _, _, _, _ in
          starter
        } delays: { _, _, _, _, _ throws(Problem) in
          delays
        })
      if let name = arguments.value(MeasureArguments.resume) {
        return try await run.perform(.resume(name))
      }
      return try await run.perform(
        .begin(try MeasureArguments.request(arguments, freshSeed: 1)))
    }

    func result() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(written.output.utf8))
      return try #require(object as? [String: Any])
    }
  }

  private static let matrix = [
    "--rtt", "0ms,300ms", "--containers", "2,4", "--runs", "2", "--ordered",
  ]

  private func inPlace(_ body: (Place) async throws -> Void) async throws {
    let place = try Place()
    defer { try? FileManager.default.removeItem(atPath: place.folder) }
    try await body(place)
  }

  @Test func aWholeMatrix() async throws {
    try await inPlace { place in
      let starter = StandInStarter()
      let file = place.folder + "/starts.csv"
      let status = try await place.perform(Self.matrix + ["--null"], starter, file: file)
      #expect(status == .success, "\(place.written.errors)")
      #expect(starter.started.withLock { $0 } == [0, 0, 2, 2, 2, 4, 4, 2, 2, 2, 4, 4])
      #expect(starter.isFinished.withLock { $0 })
      let output = place.written.output
      #expect(output.contains("Seconds until all containers are ready, mean of 2 runs"))
      #expect(output.contains("The instrument itself takes 0.00 s"))
      #expect(place.written.errors.contains("cell 4 of 4: 300 ms × 4, run 2 of 2: 4.00 s\n"))
      let lines = try String(contentsOfFile: file, encoding: .utf8).split { $0 == "\r\n" }
      // The heading, and for both delays two runs of two containers and two of four.
      #expect(lines.count == 25)
      #expect(lines[0].hasPrefix("rtt_ms,containers,run,pod,node,created_ms"))
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect((mode ?? 0) & 0o600 == 0o600)
    }
  }

  @Test func theResultForPrograms() async throws {
    try await inPlace { place in
      let status = try await place.perform(Self.matrix + ["-o", "json"])
      #expect(status == .success)
      let result = try place.result()
      #expect(result["schema"] as? String == "planetbed.measure/1")
      let cells = try #require(result["cells"] as? [[String: Any]])
      #expect(cells.map { $0["containers"] as? Int } == [2, 4, 2, 4])
      #expect(cells.map { $0["rttMs"] as? Double } == [nil, nil, 300, 300])
      #expect(cells.map { $0["mean"] as? Double } == [2, 4, 2, 4])
      #expect(cells[3]["seed2019Mean"] as? Double == 24.6)
      let environment = try #require(result["environment"] as? [String: Any])
      #expect(environment["seed"] is NSNull && environment["kubernetes"] as? String == "1.20.2")
    }
  }

  @Test func anEventForEachLine() async throws {
    try await inPlace { place in
      let status = try await place.perform(
        ["--rtt", "300ms", "--containers", "1", "--runs", "1", "-o", "jsonl"])
      #expect(status == .success)
      let events = try place.written.output.split(separator: "\n").dropLast().map {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
      #expect(
        events.map { $0?["event"] as? String } == [
          "measureBegun", "prepared", "switching", "inForce", "warmUp", "startBegun",
          "startFinished", "restoring",
        ])
    }
  }

  @Test func aDelayThatIsOffFailsTheGate() async throws {
    try await inPlace { place in
      let status = try await place.perform(Self.matrix, delays: StandInDelays(isAsAsked: false))
      #expect(status == .gate)
      #expect(
        place.written.errors.contains(
          "a round trip of 300 ms was off: measured was 300.5 ms"), "\(place.written.errors)")
      #expect(place.written.errors.contains("the path is not as asked"))
    }
  }

  @Test func aStartThatIsCutOffFailsTheGate() async throws {
    try await inPlace { place in
      let status = try await place.perform(
        ["--rtt", "0ms", "--containers", "4", "--runs", "2"], StandInStarter(isSlow: true))
      #expect(status == .gate)
      #expect(
        place.written.errors.contains(
          "own delays × 4 containers: 2 of 2 runs were not finished by the deadline of 10 min"))
      #expect(place.written.output.contains("finished"))
    }
  }

  @Test func anInterruptCanBeGoneOnFrom() async throws {
    try await inPlace { place in
      let first = StandInStarter(interrupts: place.interrupts)
      let status = try await place.perform(Self.matrix, first)
      #expect(status == .interrupted)
      #expect(first.isFinished.withLock { $0 })
      #expect(place.written.output.contains("Interrupted: "))
      #expect(
        place.written.output.contains(" of 8 runs are done; go on with:\n  planetbed measure "))
      let done = first.started.withLock { $0.count } - 1
      let second = StandInStarter()
      let end = try await place.perform(["--resume"], second)
      #expect(end == .success, "\(place.written.errors)")
      #expect(place.written.errors.contains("goes on: "))
      // A warm-up for each delay, and the runs that were missing.
      #expect(second.started.withLock { $0.count } >= 8 - done + 2)
      // Nothing is left.
      let third = StandInStarter()
      #expect(try await place.perform(["--resume=20"], third) == .success)
      #expect(third.started.withLock { $0 } == [])
    }
  }

  @Test func usageIsCheckedBeforeAnythingIsDone() async throws {
    try await inPlace { place in
      let world = World(environment: ["XDG_STATE_HOME": place.folder])
      for (words, message) in [
        (["--resume"], "there is no experiment to go on with"),
        (["--resume", "--runs", "2"], "--runs and --resume"),
        (["--rtt", "x"], "'x' is no value for option '--rtt'"),
        (["--csv", place.folder], "cannot write \(place.folder)"),
        (["--csv", "\(place.folder)/none/a.csv"], "cannot write"),
      ] {
        let outcome = await world.run(["measure", World.inventory] + words)
        #expect(outcome.status == .usage, "\(words)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
      }
    }
  }

  @Test func mastersThatAreNotReachedAreNamed() async throws {
    try await inPlace { place in
      let world = World(environment: ["XDG_STATE_HOME": place.folder])
      let outcome = await world.run("measure", World.inventory, "--rtt", "0ms")
      #expect(outcome.status == .failure)
      #expect(outcome.errors.contains("refused the connection"), "\(outcome.errors)")
    }
  }

  // MARK: The page

  private static let page =
    (try? String(contentsOfFile: World.repository + "/docs/measure.md", encoding: .utf8)) ?? ""

  static let commands = page.split(separator: "\n").filter {
    $0.hasPrefix("    planetbed measure ")
  }
  .map(String.init)

  @Test func thePageHasCommands() { #expect(Self.commands.count >= 5) }

  /// Each of them is well-formed.
  @Test(arguments: commands) func thePagesCommandsAreWellFormed(_ command: String) throws {
    let arguments = try Planetbed.parser.parse(
      command.split(separator: " ").dropFirst().map(String.init))
    #expect(arguments.path == ["measure"])
    _ = try MeasureArguments.request(arguments, freshSeed: 1)
  }
}
