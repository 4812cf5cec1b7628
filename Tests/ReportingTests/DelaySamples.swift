import Diagnostics
import Inventories
import LatencyInjection
import Stages

@testable import Measurement

/// Measured delays that views are drawn from.
enum DelaySamples {
  /// 2026-11-21 15:00 UTC.
  static let time: Int64 = 1_795_273_200_000

  static func lane(_ from: String, _ to: String) -> Lane {
    Lane(
      site: from, router: "router-\(from)", peer: to, device: "pb-\(to)", packets: .all,
      peerAddress: IPv4Address(bits: 0x0a00_0001))
  }

  static func report(
    _ to: String, own: OneWayConditions?, held: String? = nil, run: String? = nil,
    queue: String = "ours 411 0 qdisc netem 4e: root refcnt 2 limit 12500 delay 49.2ms"
  ) throws -> AgentReport {
    var lines = ["uptime 500000", "module present", "lane \(to) pb-\(to)", "baseline \(to) 1640"]
    if let run { lines.append("run \(run) 400000 4100000") }
    if let own { lines.append("own \(to) \(own.laneText)") }
    if let held { lines.append("held \(to) 1940000 \(held)") }
    let now = run == nil ? held ?? own?.laneText : "total 30000 0 0 normal 7500"
    if let now { lines.append("now \(to) \(now)") }
    lines.append("qdisc \(to) \(queue)")
    return try AgentReport(lines.joined(separator: "\n"))
  }

  /// A path, measured to have times around a mean.
  static func path(
    _ from: String, _ to: String, _ conditions: PathConditions?, mean: Double?,
    deviation: Double = 0.2, lost: Int = 0, held: String? = nil, run: String? = nil,
    queue: String = "ours 411 0 qdisc netem 4e: root refcnt 2 limit 12500 delay 49.2ms",
    gate: DelayGate = DelayGate(paths: 6)
  ) throws -> MeasuredPath {
    let own = conditions?.leavingFirst
    let back = conditions?.reversed.leavingFirst
    let there = LaneState(
      lane(from, to), asked: own,
      report: try report(to, own: own, held: held, run: run, queue: queue), now: time)
    let home = LaneState(
      lane(to, from), asked: back, report: try report(from, own: back, held: held, run: run),
      now: time)
    let count = 200
    let times = mean.map { mean in
      (0..<(count - lost)).map { place in
        mean + deviation * Quantile.normal((Double(place) + 0.5) / Double(count - lost))
      }
    }
    var path = MeasuredPath(
      from: from, to: to,
      asked: conditions.map {
        AskedPath(
          from: from, to: to, conditions: $0,
          source: .rule(SourcePosition(file: "lab.toml", line: 31, column: 1)))
      }, there: there, back: home,
      expectation: PathExpectation(
        there: there.conditions, back: home.conditions, naturalThere: there.natural,
        naturalBack: home.natural),
      statistics: RoundTripStatistics(
        sent: count, received: times?.count ?? 0, times: times ?? []), verdict: .notAsked, notes: []
    )
    gate.judge(&path, isSteady: true)
    return path
  }

  static func delays(_ paths: [MeasuredPath]) -> MeasuredDelays {
    MeasuredDelays(
      paths: paths,
      problems: [], time: time)
  }

  /// Three sites: one path that jitters, one that is off, one of which nothing is asked.
  static func three() throws -> MeasuredDelays {
    let jitter = PathConditions(
      delay: .total(roundTrip: 100), jitter: Jitter(roundTripMilliseconds: 10))
    let plain = PathConditions(delay: .total(roundTrip: 500))
    return delays([
      try path("keio", "kyutech", jitter, mean: 100.3, deviation: 9.8),
      try path("keio", "tokyo", plain, mean: 517.4), try path("keio", "nara", nil, mean: 1.7),
      try path("kyutech", "keio", jitter, mean: 99.6, deviation: 10.3),
      try path("tokyo", "keio", plain, mean: 501.2, queue: "absent 0 0"),
      try path("nara", "keio", nil, mean: 1.8),
    ])
  }

  /// What an experiment does to paths, and how lost packets are told.
  static func experiments() throws -> MeasuredDelays {
    let lossy = PathConditions(
      delay: .total(roundTrip: 100), loss: 0.01, rateBitsPerSecond: 64_000)
    let held = "total 150000 0 0 normal 37500"
    return delays([
      try path("keio", "kyutech", lossy, mean: 121.4, lost: 3),
      try path("keio", "tokyo", lossy, mean: 300.2, held: held),
      try path("keio", "nara", lossy, mean: 60.3, run: "moving-device"),
      try path("keio", "kobe", PathConditions(loss: 1), mean: nil, lost: 200),
      try path("kyutech", "keio", lossy, mean: 121.0, lost: 5),
      try path("tokyo", "keio", lossy, mean: 299.4, held: held),
      try path("nara", "keio", lossy, mean: 61.0, run: "moving-device"),
      try path("kobe", "keio", PathConditions(loss: 1), mean: nil, lost: 200),
    ])
  }

  /// Ten sites, of whose paths two are off.
  static func ten() throws -> MeasuredDelays {
    let names = (1...10).map { "city\($0)" }
    let conditions = PathConditions(delay: .total(roundTrip: 100))
    return delays(
      try names.flatMap { from in
        try names.filter { $0 != from }.map { to in
          let isOff = from == "city3" && (to == "city1" || to == "city7")
          return try path(from, to, conditions, mean: isOff ? 140 : 100.1)
        }
      })
  }
}
