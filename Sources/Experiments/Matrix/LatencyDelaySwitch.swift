import Diagnostics
import Execution
import Inventories
import Measurement
import Transport

/// What `LatencyDelaySwitch` has routers do.
package protocol PathControl: Sendable {
  /// Gives paths conditions, which the routers take away after so many seconds.
  func set(_ paths: [LatencyControl.PathChange], hold: Double?) async throws(Problem)
    -> LatencySwitchResult
  /// Tells how the paths between pairs of sites are, both ways of each.
  func readings(of pairs: [PathEnds]) async throws(Problem) -> [WayReading]
  /// Puts back what was held before.
  func putBack(_ held: HeldDelays) async throws(Problem) -> LatencySwitchResult
}

extension LatencyControl: PathControl {}

/// The delays of an experiment, through the routers' program for delays: what `latency set` does, with
/// a lease, so that no delay outlives this computer for long.
package actor LatencyDelaySwitch: DelaySwitching {
  private let inventory: Inventory
  private let pairs: DelayPairs
  private let control: any PathControl
  private let restoring: any PathControl
  private let measure: @Sendable (Set<String>) async -> MeasuredDelays?
  private let interruption: Interruption
  private let now: @Sendable () -> Int64

  /// What was held before; nil while that is not known.
  private var before: HeldDelays?
  /// The delay that the routers were given; nil while it is what was there before.
  private var given: Double?
  /// Until when they keep it, in milliseconds since 1970.
  private var lease: Int64 = 0
  private var isChanged = false
  /// The ways at the last look.
  private var last: [WayReading] = []

  /// The longest lease in seconds: 30 days.
  private static let longestLease = 30 * 24 * 3600.0

  /// The delays of a testbed's paths.
  /// - Parameters:
  ///   - control: changes delays, and is given up at the user's first interruption.
  ///   - restoring: puts them back, and is not.
  ///   - measure: measures the paths between sites.
  ///   - now: the operator's time of day, in milliseconds since 1970.
  package init(
    inventory: Inventory, control: any PathControl, restoring: any PathControl,
    interruption: Interruption, now: @escaping @Sendable () -> Int64,
    measure: @escaping @Sendable (Set<String>) async -> MeasuredDelays?
  ) {
    self.inventory = inventory
    pairs = DelayPairs(inventory)
    self.control = control
    self.restoring = restoring
    self.interruption = interruption
    self.now = now
    self.measure = measure
  }

  /// The delays of a testbed's paths, over connections; whoever gave the connector closes it.
  /// - Parameters:
  ///   - operatorName: what another operator is told who meets the lock: `anna@laptop`.
  ///   - version: planetbed's version, for the journal.
  ///   - onEvent: called as delays are changed, from several threads.
  package init(
    inventory: Inventory, connector: any Connector, state: StateFolder, operatorName: String,
    version: String, interruption: Interruption, clock: OperatorClock = .system,
    onEvent: @escaping @Sendable (LatencyProgress) -> Void
  ) {
    func control(_ interruption: Interruption) -> LatencyControl {
      LatencyControl(
        inventory: inventory, connector: connector, state: state, operatorName: operatorName,
        version: version, interruption: interruption, clock: clock, onEvent: onEvent)
    }
    self.init(
      inventory: inventory, control: control(interruption), restoring: control(Interruption()),
      interruption: interruption, now: clock.now
    ) { sites in
      await LatencyMeasurement(connector: connector, now: clock.now)
        .measure(inventory, between: sites)
    }
  }

  package nonisolated var remarks: [Diagnostic] {
    let workers = pairs.undelayedWorkers
    if workers.isEmpty || pairs.pairs.isEmpty { return [] }
    let names = workers.prefix(5).joined(separator: ", ") + (workers.count > 5 ? ", …" : "")
    return [
      Diagnostic(
        .warning, "no delay is put before workers at the masters' site: \(names)",
        detail:
          "Delays are put between sites. The times of containers on these workers are those of "
          + "a worker nearby.")
    ]
  }

  package func remember(
    _ delays: [Double?], known: HeldDelays?
  ) async throws(Problem) -> HeldDelays {
    // Without a delay of its own, an experiment needs no program for delays on the routers.
    let known = known?.ways.isEmpty == true ? nil : known
    guard delays.contains(where: { $0 != nil }) || known != nil else {
      let nothing = HeldDelays([])
      before = nothing
      return nothing
    }
    try pairs.checkForDelays(inventory)
    let readings = try await control.readings(of: pairs.pairs)
    if let run = readings.compactMap(\.run).first {
      throw Problem(
        "a profile's run is under way: \(run)",
        detail:
          "It says what the delays are until it ends. End it where it was started with Ctrl-C, "
          + "or with: planetbed latency clear \(inventory.file)", exitStatus: .failure)
    }
    let held = known ?? HeldDelays(readings.map(\.held))
    before = held
    // What an earlier part of the experiment left is there still, or may be.
    isChanged = known != nil
    last = readings
    return held
  }

  package func change(
    to rttMilliseconds: Double?, for seconds: Double
  ) async throws(Problem) -> DelayInForce {
    if let rttMilliseconds {
      try await give(rttMilliseconds, for: seconds)
    } else if isChanged {
      try await putBack(control)
    }
    given = rttMilliseconds
    if pairs.pairs.isEmpty { return DelayInForce() }
    let measured: MeasuredDelays?
    do {
      measured = try await interruption.cancelling(at: .finishing) { [measure, pairs] in
        let measured = await measure(pairs.sites)
        try Task.checkCancellation()
        return measured
      }
    } catch {
      throw Self.interrupted
    }
    if rttMilliseconds != nil || isChanged { last = try await control.readings(of: pairs.pairs) }
    guard let measured else { return DelayInForce() }
    return DelayInForce(measured, concerning: pairs, asked: rttMilliseconds != nil)
  }

  package func keep(for seconds: Double) async throws(Problem) {
    guard let given, lease < now() + Int64(seconds * 1000) else { return }
    try await give(given, for: seconds)
  }

  package func look() async throws(Problem) -> (drops: Int, isSteady: Bool) {
    if last.isEmpty { return (0, true) }
    let readings = try await control.readings(of: pairs.pairs)
    defer { last = readings }
    var drops = 0
    var isSteady = readings.count == last.count
    for (before, after) in zip(last, readings) {
      // A queue that was made anew counts from zero.
      drops += after.dropped >= before.dropped ? after.dropped - before.dropped : after.dropped
      isSteady = isSteady && before.now == after.now && after.run == nil
    }
    return (drops, isSteady)
  }

  package func restore() async -> [Diagnostic] {
    guard isChanged else { return [] }
    do {
      try await interruption.cancelling(at: .givingUp) {
        try await self.putBack(self.restoring)
      }
      isChanged = false
      given = nil
      return []
    } catch {
      let end =
        lease == 0
        ? "" : "The routers take them away by themselves at \(OperatorClock.text(lease)). "
      let reason = (error as? Problem)?.description ?? "The user interrupted it."
      return [
        Diagnostic(
          .error, "what the delays were before could not be put back",
          detail: "\(end)To take them away: planetbed latency clear \(inventory.file)\n\(reason)")
      ]
    }
  }

  // MARK: - Routers

  private static let interrupted = Problem(
    "the delays were given up while they were measured", detail: "The user interrupted the run.",
    exitStatus: .interrupted)

  private func give(_ milliseconds: Double, for seconds: Double) async throws(Problem) {
    // Twice as long, so that it is seldom to be renewed.
    let hold = min(2 * seconds + 60, Self.longestLease)
    // From now on: what is interrupted may be in force.
    isChanged = true
    lease = now() + Int64(hold * 1000)
    let conditions = PathConditions(delay: .total(roundTrip: milliseconds))
    try Self.check(
      try await control.set(
        pairs.pairs.map { .init(from: $0.from, to: $0.to, conditions: conditions) }, hold: hold))
  }

  private func putBack(_ control: any PathControl) async throws(Problem) {
    guard let before else { return }
    try Self.check(try await control.putBack(before))
    lease = 0
  }

  /// - Throws: `Problem` when a change could not be made.
  private static func check(_ result: LatencySwitchResult) throws(Problem) {
    if result.isDone { return }
    let problems = result.routers.compactMap(\.problem)
    let diagnostics = problems.flatMap(\.diagnostics) + result.problems
    if diagnostics.isEmpty || result.interrupted {
      throw Problem(
        [
          Diagnostic(
            .error, "the delays were not changed", detail: "The user interrupted the run.")
        ] + diagnostics, exitStatus: .interrupted)
    }
    throw Problem(diagnostics, exitStatus: problems.first?.exitStatus ?? .failure)
  }
}
