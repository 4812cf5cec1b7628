import Foundation
import TestSupport
import Testing

/// What tests do with delays.
extension Testbed {
  /// The inventory with other rules.
  func delays(_ name: String, _ rules: String, topology: String = "") throws -> String {
    try variant(name) {
      $0.components(separatedBy: "\n[[latency]]")[0].replacing("# TOPOLOGY", with: topology)
        + "\n" + rules + "\n"
    }
  }

  /// A rule for two sites.
  static func rule(_ left: String, _ right: String, _ conditions: String) -> String {
    "[[latency]]\nbetween = [\"\(left)\", \"\(right)\"]\n\(conditions)\n"
  }

  /// The three pairs with the same conditions.
  static func everyPair(_ conditions: String) -> String {
    [("one", "two"), ("one", "three"), ("two", "three")]
      .map { rule($0, $1, conditions) }.joined(separator: "\n")
  }

  /// The answers' times in milliseconds of so many pings of one host to another, one each `interval`
  /// seconds; nil for one that was lost.
  func pings(
    _ from: String, _ to: String, count: Int = 10, interval: Double = 0.1
  ) async throws -> [Double?] {
    let text = try await shell(
      from, "ping -n -c \(count) -i \(interval) -W 3 \(Self.addresses[to] ?? to) || true")
    var times = [Double?](repeating: nil, count: count)
    for line in text.split(separator: "\n") {
      guard let sequence = line.firstMatch(of: /icmp_seq=([0-9]+)/),
        let time = line.firstMatch(of: /time=([0-9.]+) ms/), !line.contains("DUP!"),
        let place = Int(sequence.output.1), times.indices.contains(place - 1)
      else { continue }
      times[place - 1] = Double(time.output.1)
    }
    return times
  }

  /// The quickest answer's time in milliseconds, of ten: a busy computer makes answers late, never early.
  /// At least one must have come.
  func roundTrip(_ from: String, _ to: String) async throws -> Double {
    try #require(
      try await pings(from, to).compactMap { $0 }.min(), "\(from) does not reach \(to)")
  }

  /// Expects the round trip of two hosts to be so many milliseconds, by the quickest answer. Where a
  /// computer that is not given its processors makes all of ten late, there are up to ten times as many.
  func isDelayed(
    _ from: String, _ to: String, by milliseconds: Double, within tolerance: Double = 20
  ) async throws {
    var quickest = try await roundTrip(from, to)
    for _ in 0..<9 where quickest >= milliseconds + tolerance {
      quickest = min(quickest, try await roundTrip(from, to))
    }
    #expect(abs(quickest - milliseconds) < tolerance, "\(from) \(to): \(quickest) ms")
  }

  /// Runs a verb that measures the delays, with `--output json`, and judges every way of which
  /// something is asked.
  ///
  /// planetbed's own judgement must be that it is as asked, unless this computer was too busy for that:
  /// the reason is printed then, and it is the quickest answer that is judged, since what is late
  /// cannot have been early. How planetbed judges is tested with the times of quiet and busy routers by
  /// `MeasurementTests`.
  @discardableResult func measuring(_ arguments: [String]) async throws -> [String: Any] {
    let (outcome, lateness) = try await WakeLateness.during {
      try await start(arguments + ["--output", "json"]).outcome()
    }
    try #require([0, 3].contains(outcome.status), "\(arguments): \(outcome.everything)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let result = try #require(object as? [String: Any])
    // An apply that changed nothing does not measure.
    let ways = result["latency"] as? [[String: Any]] ?? []
    let asked = ways.filter { $0["askedRttMs"] is Double }
    #expect(asked.allSatisfy { $0["within"] is Bool }, "\(outcome.everything)")
    let off = asked.filter { $0["within"] as? Bool == false }
    #expect((outcome.status == 3) == !off.isEmpty, "\(outcome.everything)")
    for way in off {
      #expect(!lateness.isQuiet, "\(way)")
      print(
        "Its mean is not judged: this computer woke programs \(lateness.mean) ms late. \(way)")
      let tolerance = try max(2, way.real("expectedRttMs") * 0.03)
      guard try way.real("askedJitterMs") == 0 else { continue }
      let excess = try way.real("quickestRttMs") - way.real("expectedRttMs")
      // Two routers, two tunnels, two pings: a dozen programs are woken one after the other.
      #expect(
        excess > -tolerance && excess < tolerance + 12 * lateness.mean,
        "\(lateness.mean) ms late: \(way)")
    }
    return result
  }

  /// Applies an inventory, and judges its delays.
  @discardableResult func applyDelays(_ inventory: String? = nil) async throws -> [String: Any] {
    try await measuring(["apply", inventory ?? self.inventory, "--yes"])
  }

  /// Waits until the round trip between the first two sites is so many milliseconds.
  func reaches(_ milliseconds: Double, within tolerance: Double = 20) async throws {
    try await within(90) {
      let times = try await pings("h1", "h2", count: 1)
      return times.compactMap { $0 }.contains { abs($0 - milliseconds) < tolerance }
    }
  }

  /// Gives the routers what the tests would have planetbed install and remove again and again, which
  /// takes a minute each time under user-mode Linux.
  func installRouterPackages() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for router in ["r1", "r2", "r3"] {
        group.addTask { try await shell(router, "apt-get install -y -q openvpn nftables 2>&1") }
      }
      try await group.waitForAll()
    }
  }

  /// The hosts' addresses in their LANs.
  static let addresses = ["h1": "192.168.10.101", "h2": "192.168.20.101", "h3": "192.168.30.101"]

  /// The queueing disciplines of a router's tunnels, as tc shows them.
  func queues(_ router: String) async throws -> String {
    try await shell(router, "tc qdisc show")
  }
}

/// What tests read of delays in planetbed's JSON results.
extension [String: Any] {
  /// What is said of the way from a site to another.
  func way(_ from: String, _ to: String) throws -> [String: Any] {
    try #require(
      try objects("latency").first {
        $0["from"] as? String == from && $0["to"] as? String == to
      }, "no way from \(from) to \(to) in \(self)")
  }

  /// A number with a fraction.
  func real(_ key: String) throws -> Double {
    try #require(self[key] as? Double, "no number \(key) in \(self)")
  }
}

/// Asks again and again, each time by a program that takes its time, until it is so.
func within(_ seconds: Double, _ isSo: () async throws -> Bool) async throws {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if try await isSo() { return }
  }
  Issue.record("it was not so within \(seconds) s")
}
