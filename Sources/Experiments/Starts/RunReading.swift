import Measurement
import ShellPrograms

/// What a master told of a run, in milliseconds of the clock from its start.
struct RunReading: Sendable {
  /// Whether the master has no cluster.
  private(set) var isAbsent = false
  /// What failed, and the last words about it.
  private(set) var failure: (step: String, words: String)?
  /// The time of day against the clock.
  private(set) var day: WallClock?
  /// When the run began; the moment of a step.
  private(set) var begin: Double?
  /// Whether it ended at its deadline.
  private(set) var isLate = false
  /// The cluster's last warnings.
  private(set) var warnings = ""
  /// When the watch first told of each stage, pod by pod in the order in which they were told of.
  private(set) var pods: [Pod] = []
  /// The Deployment's controller took note of it: what a run without containers waits for.
  private(set) var noted: Double?

  /// A pod, and when it was first told to be so.
  struct Pod: Sendable, Hashable {
    var name: String
    var node: String?
    var created: Double?
    var scheduled: Double?
    var seen: Double?
    var ready: Double?
  }

  /// More pods are not believed.
  static let mostPods = 5000
  private static let mostLines = 500_000

  /// Reads the frames of `RunProgram`; what is not as the program writes it is passed over.
  init(_ frames: [Frame]) {
    for frame in frames {
      let subject = frame.words.count > 1 ? frame.words[1] : ""
      switch frame.words.first {
      case "absent": isAbsent = true
      case "failed": failure = (subject, frame.lastLine)
      case "clock": day = WallClock(frame.lines(16).compactMap { WallClock.reading($0) })
      case "begin": begin = WallClock.seconds(subject)
      case "end": isLate = subject == "late"
      case "warnings": warnings = String(frame.text.prefix(2000))
      case "events": read(frame.lines(Self.mostLines))
      default: continue
      }
    }
  }

  /// Lines `CLOCK TYPE NAME NODE ,CONDITION=STATUS,…`.
  private mutating func read(_ lines: [Substring]) {
    var places: [Substring: Int] = [:]
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count == 5, let shown = WallClock.seconds(words[0]),
        ["ADDED", "MODIFIED"].contains(words[1]), StartObjects.isName(words[2]),
        words[2] != StartObjects.mark, words[3] == "-" || StartObjects.isName(words[3])
      else { continue }
      // It was shown for a step: what happened then happened in its middle, give or take half of it.
      let time = shown + WallClock.step / 2
      let state = Set(words[4].split(separator: ","))
      if words[2] == StartObjects.deployment {
        if state.contains("Ready=True"), noted == nil { noted = time }
        continue
      }
      let place = places[words[2], default: pods.count]
      if place == pods.count {
        guard place < Self.mostPods else { continue }
        pods.append(Pod(name: String(words[2])))
        places[words[2]] = place
      }
      pods[place].take(node: words[3] == "-" ? nil : String(words[3]), state, at: time)
    }
  }

  /// The run.
  /// - Parameters:
  ///   - number: its number within its cell.
  ///   - containers: how many were to be started.
  ///   - deadline: when it was given up, in seconds.
  ///   - started: when each pod's container was started, by the master's clock from its start in
  ///     milliseconds.
  /// - Returns: nil when the master did not tell when it began.
  func run(
    number: Int, containers: Int, deadline: Double, started: [String: Double]
  ) -> StartRun? {
    guard let begin, let day else { return nil }
    func since(_ time: Double?) -> Double? { time.map { max(0, $0 - begin) } }
    let times = pods.map {
      ContainerTimes(
        pod: $0.name, node: $0.node, created: since($0.created), scheduled: since($0.scheduled),
        seen: since($0.seen), started: since(started[$0.name]), ready: since($0.ready))
    }
    let ready = containers == 0 ? [since(noted)].compactMap(\.self) : times.compactMap(\.ready)
    let last = ready.sorted().prefix(max(1, containers)).last ?? 0
    let isComplete = ready.count >= max(1, containers) && last <= deadline * 1000
    return StartRun(
      number: number, begun: Int64(begin + day.milliseconds),
      seconds: isComplete ? last / 1000 : deadline, isComplete: isComplete, containers: times)
  }
}

extension RunReading.Pod {
  /// Takes what the watch told of it at this time; only the first time counts.
  fileprivate mutating func take(node: String?, _ state: Set<Substring>, at time: Double) {
    self.node = self.node ?? node
    created = created ?? time
    if node != nil || state.contains("PodScheduled=True") { scheduled = scheduled ?? time }
    if state.contains("kubelet") { seen = seen ?? time }
    if state.contains("Ready=True") { ready = ready ?? time }
  }
}
