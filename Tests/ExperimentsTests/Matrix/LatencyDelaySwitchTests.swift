import Diagnostics
import Execution
import Experiments
import Inventories
import Measurement
import Synchronization
import Testing

/// Paths that remember what is held on them, and what they were told.
final class StandInPaths: PathControl {
  struct State {
    var held: [PathEnds: HeldDelays.Way] = [:]
    var dropped = 0
    var run: String?
    var calls: [String] = []
    var refuses: Problem?
    var interrupts = false
  }
  let state = Mutex(State())

  var calls: [String] { state.withLock { $0.calls } }
  func change(_ body: (inout sending State) -> Void) { state.withLock(body) }

  private func result(_ state: State) -> LatencySwitchResult {
    var result = LatencySwitchResult(run: "change", routers: [])
    result.isDone = state.refuses == nil && !state.interrupts
    result.interrupted = state.interrupts
    if let problem = state.refuses {
      var router = LatencyRouterResult(router: "router-two", site: "two")
      router.problem = problem
      result.routers = [router]
    }
    return result
  }

  func set(
    _ paths: [LatencyControl.PathChange], hold: Double?
  ) async throws(Problem) -> LatencySwitchResult {
    state.withLock { state in
      for path in paths {
        let rtt = path.conditions.delay?.roundTripMilliseconds ?? 0
        state.calls.append("\(path.from)-\(path.to) \(rtt) for \(hold ?? -1)")
        let text = "total \(Int(rtt * 500)) 0 0 normal 1000"
        for (from, to) in [(path.from, path.to), (path.to, path.from)] {
          state.held[PathEnds(from: from, to: to)] = .init(from: from, to: to, text: text)
        }
      }
      return result(state)
    }
  }

  func readings(of pairs: [PathEnds]) async throws(Problem) -> [WayReading] {
    state.withLock { state in
      state.calls.append("look")
      return pairs.flatMap { [$0, $0.reversed] }.map { way in
        let held = state.held[way] ?? .init(from: way.from, to: way.to)
        return WayReading(held: held, now: held.text, dropped: state.dropped, run: state.run)
      }
    }
  }

  func putBack(_ held: HeldDelays) async throws(Problem) -> LatencySwitchResult {
    state.withLock { state in
      state.calls.append("put back")
      for way in held.ways {
        state.held[PathEnds(from: way.from, to: way.to)] = way.text == nil ? nil : way
      }
      return result(state)
    }
  }
}

@Suite struct LatencyDelaySwitchTests {
  let paths = StandInPaths()
  let interruption = Interruption()
  let clock = StepClock()

  private func delays(
    _ inventory: Inventory = .threeSites, _ measured: MeasuredDelays? = nil
  ) -> LatencyDelaySwitch {
    LatencyDelaySwitch(
      inventory: inventory, control: paths, restoring: paths, interruption: interruption,
      now: clock.clock.now
    ) { _ in measured }
  }

  private static let before = HeldDelays.Way(
    from: "one", to: "two", text: "total 1000 0 0 normal 9")

  // MARK: - Pairs

  @Test func pathsLeadFromEachMastersSiteToEachWorkersSite() {
    let pairs = DelayPairs(
      .sites([
        ("one", [.master, .worker]), ("two", [.master, .worker]), ("three", [.worker]),
        ("four", [.loadBalancer]),
      ]))
    #expect(
      pairs.pairs == [
        PathEnds(from: "one", to: "two"), PathEnds(from: "one", to: "three"),
        PathEnds(from: "two", to: "three"),
      ])
    #expect(pairs.undelayedWorkers == ["one-1", "two-1"])
    #expect(pairs.contains("two", "one") && pairs.contains("one", "two"))
    #expect(!pairs.contains("one", "four"))
    #expect(pairs.sites == ["one", "two", "three"])
  }

  @Test func oneSiteHasNothingToDelay() async throws {
    let delays = delays(.sites([("one", [.master, .worker])]))
    let problem = try await #require(throws: Problem.self) {
      try await delays.remember([nil, 100], known: nil)
    }
    #expect(
      problem.description.hasPrefix(
        "there is no path between masters and workers that could be delayed"))
    #expect(problem.exitStatus == .usage)
    // Without a delay there is nothing to be asked for.
    #expect(try await delays.remember([nil], known: nil) == HeldDelays([]))
    #expect(try await delays.change(to: nil, for: 60).rttMilliseconds == nil)
    #expect(try await delays.look() == (0, true))
    #expect(await delays.restore().isEmpty && paths.calls.isEmpty && delays.remarks.isEmpty)
  }

  @Test func workersNearTheMastersAreNamed() {
    let delays = delays(.sites([("one", [.master, .worker]), ("two", [.worker])]))
    #expect(
      delays.remarks.map(\.summary) == [
        "no delay is put before workers at the masters' site: one-1"
      ])
  }

  // MARK: - Changes

  @Test func aDelayIsGivenWithALeaseMeasuredAndTakenBack() async throws {
    paths.change { $0.held[PathEnds(from: "one", to: "two")] = Self.before }
    let delays = delays(
      .threeSites, .measured([("one", "two", 299), ("one", "three", 302), ("two", "three", 7)]))
    let before = try await delays.remember([300, nil], known: nil)
    #expect(before.ways.count == 4 && before.ways.first == Self.before)
    let delay = try await delays.change(to: 300, for: 600)
    // The path between two sites of workers is not concerned.
    #expect(delay.rttMilliseconds == 300.5 && delay.isAsAsked == true && delay.paths.count == 4)
    #expect(delay.diagnostics.isEmpty)
    #expect(
      paths.calls == ["look", "one-two 300.0 for 1260.0", "one-three 300.0 for 1260.0", "look"])
    #expect(await delays.restore().isEmpty)
    #expect(paths.state.withLock { $0.held } == [PathEnds(from: "one", to: "two"): Self.before])
    // It is done once.
    let calls = paths.calls
    #expect(await delays.restore().isEmpty && paths.calls == calls)
  }

  @Test func theTestbedsOwnIsWhatWasThereBefore() async throws {
    paths.change { $0.held[PathEnds(from: "one", to: "two")] = Self.before }
    let delays = delays()
    _ = try await delays.remember([nil, 300], known: nil)
    _ = try await delays.change(to: nil, for: 600)
    #expect(paths.calls == ["look"], "nothing was changed yet")
    _ = try await delays.change(to: 300, for: 600)
    _ = try await delays.change(to: nil, for: 600)
    #expect(paths.calls.contains("put back"))
    #expect(paths.state.withLock { $0.held } == [PathEnds(from: "one", to: "two"): Self.before])
  }

  @Test func theLeaseIsRenewedWhenItIsTooShort() async throws {
    let delays = delays()
    _ = try await delays.remember([300], known: nil)
    _ = try await delays.change(to: 300, for: 600)
    let calls = paths.calls.count
    try await delays.keep(for: 600)
    #expect(paths.calls.count == calls)
    clock.advance(1000)
    try await delays.keep(for: 600)
    #expect(paths.calls.count == calls + 2)
    // What was there before needs none.
    _ = try await delays.change(to: nil, for: 600)
    let later = paths.calls.count
    clock.advance(10_000)
    try await delays.keep(for: 600)
    #expect(paths.calls.count == later)
  }

  @Test func dropsAreCountedAndOthersChangesSeen() async throws {
    let delays = delays()
    _ = try await delays.remember([300], known: nil)
    _ = try await delays.change(to: 300, for: 600)
    paths.change { $0.dropped = 3 }
    #expect(try await delays.look() == (12, true))
    #expect(try await delays.look() == (0, true))
    // A queue that was made anew counts from zero.
    paths.change { $0.dropped = 1 }
    #expect(try await delays.look() == (4, true))
    paths.change { $0.held[PathEnds(from: "one", to: "two")] = Self.before }
    #expect(try await delays.look() == (0, false))
    #expect(try await delays.look() == (0, true))
    paths.change { $0.run = "moving" }
    #expect(try await delays.look() == (0, false))
  }

  @Test func aDelayThatIsOffIsNoFailure() async throws {
    let fault = DelayFault.noAnswer(complaint: "")
    let delays = delays(
      .threeSites, .measured([("one", "two", 299), ("one", "three", nil)], verdict: .off([fault])))
    _ = try await delays.remember([300], known: nil)
    let delay = try await delays.change(to: 300, for: 600)
    #expect(delay.isAsAsked == false && delay.rttMilliseconds == nil)
    #expect(
      delay.diagnostics.first?.summary == "the path one → two is not as it is asked to be")
  }

  @Test func whatCannotBeJudgedIsTold() async throws {
    let delays = delays(
      .threeSites, .measured([("one", "two", 299)], verdict: .notJudged("it is too busy")))
    _ = try await delays.remember([300], known: nil)
    let delay = try await delays.change(to: 300, for: 600)
    #expect(delay.isAsAsked == nil)
    #expect(
      delay.diagnostics.map(\.summary) == ["it could not be judged whether the delay is as asked"])
    #expect(delay.diagnostics.first?.detail.contains("one → two: it is too busy") == true)
  }

  // MARK: - What goes wrong

  @Test func aProfilesRunIsInTheWay() async throws {
    paths.change { $0.run = "moving" }
    let problem = try await #require(throws: Problem.self) {
      try await delays().remember([300], known: nil)
    }
    #expect(problem.description.hasPrefix("a profile's run is under way: moving"))
    #expect(problem.description.contains("planetbed latency clear test.toml"))
  }

  @Test func aRouterThatRefusesIsToldAndTheRestIsPutBack() async throws {
    let delays = delays()
    _ = try await delays.remember([300], known: nil)
    paths.change { $0.refuses = Problem("router-two is full", exitStatus: .failure) }
    let problem = try await #require(throws: Problem.self) {
      try await delays.change(to: 300, for: 600)
    }
    #expect(problem.description == "router-two is full" && problem.exitStatus == .failure)
    // Putting back is tried, since nobody knows what is in force.
    let left = await delays.restore()
    #expect(left.map(\.summary) == ["what the delays were before could not be put back"])
    #expect(left.first?.detail.contains("by themselves at 2026-11-21 00:2") == true)
    #expect(left.first?.detail.contains("planetbed latency clear test.toml") == true)
    #expect(left.first?.detail.contains("router-two is full") == true)
    paths.change { $0.refuses = nil }
    #expect(await delays.restore().isEmpty)
  }

  @Test func anInterruptedChangeIsPutBack() async throws {
    let delays = delays()
    _ = try await delays.remember([300], known: nil)
    paths.change { $0.interrupts = true }
    let problem = try await #require(throws: Problem.self) {
      try await delays.change(to: 300, for: 600)
    }
    #expect(problem.exitStatus == .interrupted)
    #expect(problem.description.contains("the delays were not changed"))
    paths.change { $0.interrupts = false }
    interruption.request()
    #expect(await delays.restore().isEmpty && paths.calls.last == "put back")
  }

  @Test func anInterruptedMeasurementEndsTheChange() async throws {
    let delays = delays()
    _ = try await delays.remember([300], known: nil)
    interruption.request()
    let problem = try await #require(throws: Problem.self) {
      try await delays.change(to: 300, for: 600)
    }
    #expect(problem.exitStatus == .interrupted)
    #expect(problem.description.contains("given up while they were measured"))
  }

  /// A killed experiment left its delay: what was there before that is put back.
  @Test func whatAnEarlierPartNotedIsWhatIsPutBack() async throws {
    let delays = delays()
    let known = HeldDelays([Self.before])
    #expect(try await delays.remember([nil, 300], known: known) == known)
    _ = try await delays.change(to: nil, for: 600)
    #expect(paths.calls.contains("put back"))
    #expect(await delays.restore().isEmpty)
    #expect(paths.state.withLock { $0.held } == [PathEnds(from: "one", to: "two"): Self.before])
  }
}
