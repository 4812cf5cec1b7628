import Diagnostics
import Execution
import Experiments
import Inventories
import Measurement
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct StartExperimentRunnerTests {
  let scratch = ScratchState()
  let log = Record<String>()
  let events = Record<StartMatrixEvent>()
  let interruption = Interruption()
  let clock = StepClock()
  let starter: StandInStarter
  let delays: StandInDelays

  init() {
    starter = StandInStarter(log)
    delays = StandInDelays(log)
  }

  private func runner(_ name: String = "first", digest: String = "digest") -> StartExperimentRunner
  {
    var inventory = Inventory.threeSites
    inventory.digest = digest
    return StartExperimentRunner(
      inventory: inventory, starter: starter, delays: delays, run: name, state: scratch.folder,
      operatorName: "anna@laptop", version: "0.1.0", interruption: interruption,
      clock: clock.clock, load: { 0.25 }, onEvent: events.add)
  }

  private func request(
    _ delays: [Double?] = [nil, 300], _ containers: [Int] = [4, 20], runs: Int = 2,
    seed: UInt64? = nil, measuresInstrument: Bool = false
  ) -> StartRequest {
    StartRequest(
      delays: delays, containers: containers, runs: runs, seed: seed, deadlineSeconds: 60,
      measuresInstrument: measuresInstrument)
  }

  private func archived(_ run: String = "first") async throws -> StartExperiment {
    let archive = StartArchive(try Journal(in: scratch.folder))
    return try #require(try await archive.load(run: run)).experiment
  }

  private func record() async throws -> RunRecord {
    try #require(try await Journal(in: scratch.folder).runs().first)
  }

  // MARK: - To its end

  @Test func everyCellIsRunAndEverythingPutBack() async throws {
    delays.change { $0.drops = 3 }
    let result = try await runner().run(request())
    #expect(
      log.all == [
        "remember", "prepare",
        "to its own", "start 4 #0", "start 4 #1", "start 4 #2", "start 20 #1", "start 20 #2",
        "to 300", "start 4 #0", "start 4 #1", "start 4 #2", "start 20 #1", "start 20 #2",
        "restore", "finish",
      ])
    let experiment = result.experiment
    #expect(result.exitStatus == .success && result.missing == 0 && !result.interrupted)
    #expect(experiment.cells.map(\.rttMilliseconds) == [nil, nil, 300, 300])
    #expect(experiment.cells.map(\.measuredRTTMilliseconds) == [0.5, 0.5, 300, 300])
    #expect(experiment.cells.map(\.containers) == [4, 20, 4, 20])
    #expect(experiment.cells.map(\.drops) == [3, 3, 3, 3])
    #expect(experiment.cells.allSatisfy { $0.isAsAsked == true })
    #expect(experiment.cells[3].runs == [StandInStarter.run(20, 1), StandInStarter.run(20, 2)])
    let manifest = experiment.manifest
    #expect(manifest.kubernetes == "v1.20.2" && manifest.image == "pause:3.2")
    #expect(manifest.machines == StandInStarter.ground.machines)
    #expect(manifest.inventoryDigest == "digest" && manifest.planetbed == "0.1.0")
    #expect(manifest.operatorLoad == [0.25, 0.25] && manifest.instrumentSeconds == nil)
    #expect(experiment.seconds > 0 && experiment.testbed == "test")
    #expect(try await archived() == experiment)
    let record = try await record()
    #expect(record.name == "first" && record.verb == "measure" && record.outcome == .success)
    #expect(record.ok == 8 && record.failed == 0 && record.operatorName == "anna@laptop")
  }

  @Test func whereItStandsIsTold() async throws {
    _ = try await runner().run(request([300], [4], runs: 2))
    let steps = events.all.compactMap { event -> StartStep? in
      if case .started(let step) = event { return step }
      return nil
    }
    #expect(
      steps
        == [1, 2].map {
          StartStep(cell: 1, cells: 1, rttMilliseconds: 300, containers: 4, run: $0, runs: 2)
        })
    guard case .began("first", 2, 2) = try #require(events.all.first) else {
      Issue.record("\(events.all)")
      return
    }
    guard case .restoring = try #require(events.all.last) else {
      Issue.record("\(events.all)")
      return
    }
  }

  @Test func aSeedDecidesTheOrderAndNotThePlaceOfTheResult() async throws {
    let request = request([nil, 100, 300], [4, 20], runs: 1, seed: 3)
    let result = try await runner().run(request)
    #expect(result.experiment.cells.map(\.rttMilliseconds) == [nil, nil, 100, 100, 300, 300])
    #expect(result.experiment.manifest.seed == 3)
    let turns = try StartMatrix(request).turns
    let switches = log.all.filter { $0.hasPrefix("to ") }
    #expect(
      switches == turns.map { $0.rttMilliseconds.map { "to \(Int($0))" } ?? "to its own" })
  }

  @Test func theInstrumentIsMeasuredOnItsOwn() async throws {
    let result = try await runner().run(request([nil], [4], runs: 2, measuresInstrument: true))
    #expect(log.all[2...4] == ["start 0 #1", "start 0 #2", "to its own"])
    #expect(abs((result.experiment.manifest.instrumentSeconds ?? 0) - 0.15) < 1e-9)
  }

  // MARK: - What is not well

  @Test func aStartThatIsNotCompletedIsKept() async throws {
    let result = try await runner().run(request([nil], [13], runs: 2))
    #expect(result.experiment.cells[0].runs.map(\.isComplete) == [false, false])
    #expect(result.exitStatus == .gate && result.missing == 0)
    let record = try await record()
    #expect(record.ok == 0 && record.failed == 2)
  }

  @Test func aDelayThatIsOffIsTold() async throws {
    delays.change {
      $0.delay.isAsAsked = false
      $0.delay.diagnostics = [Diagnostic(.error, "the path is off")]
      $0.remarks = [Diagnostic(.warning, "a worker is near")]
    }
    let result = try await runner().run(request([300], [4], runs: 1))
    #expect(result.exitStatus == .gate)
    #expect(result.remarks.map(\.summary) == ["a worker is near", "the path is off"])
  }

  @Test func othersChangesSpoilACell() async throws {
    delays.change { $0.isSteady = false }
    let result = try await runner().run(request([nil, 300], [4], runs: 1))
    #expect(result.experiment.cells.map(\.isAsAsked) == [true, false])
    #expect(result.remarks.count == 2 && result.exitStatus == .gate)
    #expect(
      result.remarks.last?.summary
        == "the delays were changed while 4 containers were started at a time")
    #expect(result.remarks.last?.detail.contains("under 300 ms") == true)
  }

  @Test func whatCannotBePutBackIsTold() async throws {
    delays.change { $0.leftovers = [Diagnostic(.error, "still delayed")] }
    starter.refuses(finish: Problem("the namespace stays", exitStatus: .failure))
    let result = try await runner().run(request([300], [4], runs: 1))
    #expect(result.problems.map(\.summary) == ["still delayed", "the namespace stays"])
    #expect(result.exitStatus == .failure && result.missing == 0)
  }

  @Test func aClusterThatCannotBeUsedEndsItBeforeAnythingIsChanged() async throws {
    starter.refuses(prepare: Problem("there is room for 3 pods", exitStatus: .gate))
    let problem = try await #require(throws: Problem.self) { try await runner().run(request()) }
    #expect(problem.description == "there is room for 3 pods" && problem.exitStatus == .gate)
    #expect(log.all == ["remember", "prepare", "restore", "finish"])
    #expect(try await record().outcome == .failure)
    #expect(try await StartArchive(Journal(in: scratch.folder)).latest() == nil)
  }

  @Test func delaysThatCannotBeHadEndItToo() async throws {
    delays.change { $0.refusal = Problem("a run is under way", exitStatus: .failure) }
    await #expect(throws: Problem.self) { try await runner().run(request()) }
    #expect(log.all == ["remember", "restore"])
  }

  @Test func aFailureInTheMiddleKeepsWhatIsDone() async throws {
    starter.onStart { containers, number throws(Problem) in
      if containers == 20, number == 2 {
        throw Problem("the master is gone", exitStatus: .failure)
      }
    }
    let result = try await runner().run(request([300], [4, 20]))
    #expect(result.failure?.description == "the master is gone")
    #expect(result.exitStatus == .failure && result.missing == 1)
    #expect(log.all.suffix(2) == ["restore", "finish"])
    #expect(try await archived() == result.experiment)
    #expect(try await record().outcome == .failure)
  }

  // MARK: - Interrupted, and gone on with

  @Test func anInterruptedOneIsGoneOnWith() async throws {
    starter.onStart { [interruption] containers, number throws(Problem) in
      guard containers == 20, number == 1 else { return }
      interruption.request()
      // As a start that is waited for: it ends by being cancelled.
      let (stream, _) = AsyncStream.makeStream(of: Void.self)
      for await _ in stream {}
      throw Problem("it was cancelled", exitStatus: .failure)
    }
    let first = try await runner().run(request([300], [4, 20]))
    #expect(first.interrupted && first.missing == 2 && first.failure == nil)
    #expect(first.exitStatus == .interrupted)
    #expect(log.all.suffix(2) == ["restore", "finish"])
    #expect(try await record().outcome == .interrupted)

    starter.onStart { _, _ in }
    let again = StartExperimentRunnerTests(continuing: self)
    let second = try await again.runner().resume()
    #expect(
      again.log.all == [
        "remember", "prepare", "to 300", "start 4 #0", "start 20 #1", "start 20 #2", "restore",
        "finish",
      ])
    #expect(second.missing == 0 && second.exitStatus == .success)
    #expect(second.experiment.cells.map { $0.runs.map(\.number) } == [[1, 2], [1, 2]])
    #expect(second.experiment.begun == first.experiment.begun)
    #expect(second.experiment.seconds > first.experiment.seconds)
    // What was there before had been put back: it is looked at anew.
    #expect(again.delays.state.withLock { $0.known } == nil)
    #expect(try await archived() == second.experiment)
    #expect(try await record().outcome == .success)

    // There is nothing left to do.
    let third = StartExperimentRunnerTests(continuing: self)
    let whole = try await third.runner().resume()
    #expect(whole.experiment == second.experiment && third.log.all.isEmpty)
  }

  /// The same state folder, with nothing else of the one before.
  private init(continuing other: Self) {
    self.init(scratch: other.scratch)
  }

  private init(scratch: ScratchState) {
    let log = Record<String>()
    self.log = log
    self.scratch = scratch
    starter = StandInStarter(log)
    delays = StandInDelays(log)
  }

  /// What was there before a killed part is what a later part puts back.
  @Test func aKilledOneIsGoneOnWith() async throws {
    let journal = try Journal(in: scratch.folder)
    let killed = Mutex<StartExperiment?>(nil)
    starter.onStart { [scratch] containers, number throws(Problem) in
      guard number == 2 else { return }
      // What the journal has while the second run is under way is what a kill would leave.
      let copy = try await StartArchive(try Journal(in: scratch.folder)).load(run: "first")
      killed.withLock { $0 = copy?.experiment }
    }
    delays.change { $0.leftovers = [Diagnostic(.error, "still delayed")] }
    _ = try await runner().run(request([300], [4]))
    let left = try #require(killed.withLock { $0 })
    #expect(left.cells.map { $0.runs.map(\.number) } == [[1]])
    #expect(left.cells[0].runs == [StandInStarter.run(4, 1)])
    // The record of the second run is gone with the process.
    try await journal.begin(
      RunRecord(
        name: "killed", verb: "measure", started: 0, inventory: "test.toml", digest: "digest",
        operatorName: "anna@laptop", version: "0.1.0"))
    for kind in ["start-request", "start-experiment", "start-delays"] {
      try await journal.put(try await journal.documents(of: "first", kind: kind), to: "killed")
    }
    let again = StartExperimentRunnerTests(continuing: self)
    let result = try await again.runner("killed").resume()
    #expect(again.delays.state.withLock { $0.known } == StandInDelays.before)
    #expect(result.experiment.cells[0].runs.map(\.number) == [1, 2])
  }

  @Test func whatCannotBeGoneOnWith() async throws {
    let none = try await #require(throws: Problem.self) { try await runner("nobody").resume() }
    #expect(none.description.hasPrefix("there is no experiment nobody to go on with"))
    _ = try await runner().run(request([300], [4], runs: 1))
    let changed = try await #require(throws: Problem.self) {
      try await runner(digest: "another").resume()
    }
    #expect(
      changed.description.hasPrefix("test.toml has been changed since the experiment first began"))
    #expect(none.exitStatus == .usage && changed.exitStatus == .usage)
    // A request that is not the experiment's.
    let archive = StartArchive(try Journal(in: scratch.folder))
    try await archive.enter(request([300], [4, 20]), try await archived())
    let other = try await #require(throws: Problem.self) { try await runner().resume() }
    #expect(other.description.contains("cannot be gone on with"))
  }

  @Test func twoAtOnceAreRefused() async throws {
    try scratch.folder.prepare()
    let lock = try LocalLock(
      in: scratch.folder, holder: "bert@desk", verb: "measure", since: 0, name: "measure.lock")
    defer { lock.release() }
    let problem = try await #require(throws: Problem.self) { try await runner().run(request()) }
    #expect(problem.description.contains("measure by bert@desk"))
    #expect(log.all.isEmpty)
  }

  @Test func nothingIsBegunAfterAnInterruption() async throws {
    interruption.request()
    let problem = try await #require(throws: Problem.self) { try await runner().run(request()) }
    #expect(problem.exitStatus == .interrupted)
    #expect(problem.description.contains("the experiment was interrupted"))
    #expect(log.all == ["remember", "restore"])
    #expect(try await record().outcome == .interrupted)
  }

  @Test func theLoadOfThisComputerIsKnown() {
    #expect(StartExperimentRunner.loadAverage().map { $0 >= 0 } == true)
  }
}
