import Diagnostics
import Execution
import Experiments
import Measurement
import Synchronization

/// What starts containers in no time, and remembers it.
final class StandInStarter: ContainerStarter {
  private let log: Record<String>
  private let behaviour = Mutex<(@Sendable (Int, Int) async throws(Problem) -> Void)?>(nil)
  private let refusal = Mutex<(prepare: Problem?, finish: Problem?)>((nil, nil))

  init(_ log: Record<String>) { self.log = log }

  /// What happens during a start: by the number of containers and of the run.
  func onStart(_ body: @escaping @Sendable (Int, Int) async throws(Problem) -> Void) {
    behaviour.withLock { $0 = body }
  }

  func refuses(prepare: Problem? = nil, finish: Problem? = nil) {
    refusal.withLock { $0 = (prepare, finish) }
  }

  static let ground = StartGround(
    kubernetes: "v1.20.2", image: "pause:3.2",
    machines: [
      .init(name: "one-1", site: "one", role: "master", system: "Debian 12", kernel: "6.1")
    ])

  func prepare(_ request: StartRequest) async throws(Problem) -> StartGround {
    log.add("prepare")
    if let problem = refusal.withLock({ $0.prepare }) { throw problem }
    return Self.ground
  }

  func start(containers: Int, number: Int) async throws(Problem) -> StartRun {
    log.add("start \(containers) #\(number)")
    try await behaviour.withLock { $0 }?(containers, number)
    return Self.run(containers, number)
  }

  /// A run as all of them are; those of 13 containers are never completed.
  static func run(_ containers: Int, _ number: Int) -> StartRun {
    StartRun(
      number: number, begun: 1000, seconds: Double(containers) + Double(number) / 10,
      isComplete: containers != 13,
      containers: (0..<containers).map {
        ContainerTimes(pod: "pod-\($0)", node: "two-0", created: 1.5, ready: 99)
      })
  }

  func finish() async throws(Problem) {
    log.add("finish")
    if let problem = refusal.withLock({ $0.finish }) { throw problem }
  }
}

/// Delays that are switched in no time, and remember it.
final class StandInDelays: DelaySwitching {
  struct State {
    var delay = DelayInForce(rttMilliseconds: 1, isAsAsked: true)
    var drops = 0
    var isSteady = true
    var remarks: [Diagnostic] = []
    var leftovers: [Diagnostic] = []
    var refusal: Problem?
    var known: HeldDelays?
  }
  private let log: Record<String>
  let state = Mutex(State())

  init(_ log: Record<String>) { self.log = log }

  func change(_ body: (inout sending State) -> Void) { state.withLock(body) }

  static let before = HeldDelays([.init(from: "one", to: "two", text: "added 1 0 0 normal 9")])

  var remarks: [Diagnostic] { state.withLock { $0.remarks } }

  func remember(_ delays: [Double?], known: HeldDelays?) async throws(Problem) -> HeldDelays {
    log.add("remember")
    let refusal = state.withLock { state in
      state.known = known
      return state.refusal
    }
    if let refusal { throw refusal }
    return known ?? Self.before
  }

  func change(
    to rttMilliseconds: Double?, for seconds: Double
  ) async throws(Problem) -> DelayInForce {
    log.add(rttMilliseconds.map { "to \(Int($0))" } ?? "to its own")
    var delay = state.withLock { $0.delay }
    delay.rttMilliseconds = rttMilliseconds ?? 0.5
    return delay
  }

  func keep(for seconds: Double) async throws(Problem) {}

  func look() async throws(Problem) -> (drops: Int, isSteady: Bool) {
    state.withLock { ($0.drops, $0.isSteady) }
  }

  func restore() async -> [Diagnostic] {
    log.add("restore")
    return state.withLock { $0.leftovers }
  }
}
