import Diagnostics
import Execution
import Measurement
import Testing

@testable import Experiments

@Suite struct StartArchiveTests {
  let scratch = ScratchState()

  private let request = StartRequest(
    delays: [nil, 300], containers: [4], runs: 2, seed: 7, deadlineSeconds: 60)
  private let experiment = StartExperiment(
    run: "first", testbed: "test", begun: 1000, seconds: 0,
    manifest: ExperimentManifest(
      planetbed: "0.1.0", inventory: "a/b.toml", inventoryDigest: "digest", kubernetes: "v1.20.2",
      image: "pause:3.2", seed: .max, runs: 2, deadlineSeconds: 60, mountsTokens: false,
      instrumentSeconds: nil, operatorLoad: [0.1],
      machines: [
        .init(name: "one", site: "keio", role: "master", system: "D\u{e9}bian \"12\"", kernel: "6")
      ]),
    cells: [
      StartCell(rttMilliseconds: nil, containers: 4),
      StartCell(rttMilliseconds: 300, containers: 4),
    ])

  private func journal(_ runs: String...) async throws -> Journal {
    let journal = try Journal(in: scratch.folder)
    for run in runs {
      try await journal.begin(
        RunRecord(
          name: run, verb: "measure", started: 1000, inventory: "b.toml", digest: "digest",
          operatorName: "anna@laptop", version: "0.1.0"))
    }
    return journal
  }

  @Test func anExperimentIsReadBackAsFarAsItIs() async throws {
    let archive = StartArchive(try await journal("first"), now: { 5 })
    #expect(try await archive.load(run: "first") == nil)
    var experiment = experiment
    try await archive.enter(request, experiment)
    // Runs come in any order; one that was entered twice counts once.
    for number in [2, 1, 2] {
      let run = StandInStarter.run(4, number)
      experiment.cells[1].runs.removeAll { $0.number == number }
      experiment.cells[1].runs.append(run)
      try await archive.enter(run, ofCell: 1, in: experiment)
    }
    experiment.cells[1].runs.sort { $0.number < $1.number }
    experiment.cells[1].drops = 7
    experiment.seconds = 12.5
    try await archive.update(experiment)
    let loaded = try #require(try await archive.load(run: "first"))
    #expect(loaded.request == request)
    #expect(loaded.experiment == experiment)
    // Entering all of it at once comes to the same.
    try await archive.enter(request, experiment)
    #expect(try await archive.load(run: "first")?.experiment == experiment)
  }

  @Test func theNewestIsFound() async throws {
    let archive = StartArchive(try await journal("first", "second", "third"))
    #expect(try await archive.latest() == nil)
    var other = experiment
    other.run = "second"
    try await archive.enter(request, other)
    try await archive.enter(request, experiment)
    #expect(try await archive.latest() == "second")
    #expect(try await archive.runs() == ["second", "first"])
  }

  @Test func whatTheDelaysWereIsKeptUntilItIsPutBack() async throws {
    let archive = StartArchive(try await journal("first"))
    #expect(try await archive.delaysBefore(run: "first") == nil)
    let held = HeldDelays([
      .init(from: "one", to: "two", text: "added 1 0 0 normal 9", until: 77),
      .init(from: "two", to: "one"),
    ])
    try await archive.enter(delaysBefore: held, of: "first")
    #expect(try await archive.delaysBefore(run: "first") == held)
    try await archive.enter(delaysBefore: nil, of: "first")
    #expect(try await archive.delaysBefore(run: "first") == nil)
  }

  @Test(arguments: [
    ("start-request", "", "{}"), ("start-experiment", "", "no JSON"), ("start-run", "0/1", "[]"),
    ("start-run", "7/1", "{}"), ("start-run", "x", "{}"),
  ])
  func whatSomebodyElseWroteIsTold(kind: String, key: String, text: String) async throws {
    let journal = try await journal("first")
    let archive = StartArchive(journal)
    try await archive.enter(request, experiment)
    try await journal.put(
      [DocumentRecord(kind: kind, key: key, text: text, time: 1)], to: "first")
    let problem = try await #require(throws: Problem.self) {
      try await archive.load(run: "first")
    }
    #expect(
      problem.description.hasPrefix("the experiment first in the journal cannot be read"))
  }

  @Test func whatIsNoNumberCannotBeEntered() async throws {
    let archive = StartArchive(try await journal("first"))
    var experiment = experiment
    experiment.seconds = .nan
    let problem = try await #require(throws: Problem.self) {
      try await archive.enter(request, experiment)
    }
    #expect(problem.description.hasPrefix("what was measured in first cannot be entered"))
  }
}
