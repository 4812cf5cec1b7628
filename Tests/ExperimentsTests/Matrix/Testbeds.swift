import Diagnostics
import Execution
import Experiments
import Foundation
import Inventories
import LatencyInjection
import Measurement
import Stages
import Synchronization

extension Inventory {
  /// A testbed of sites, each with a router and hosts of these roles.
  static func sites(_ sites: [(name: String, roles: [HostRole])]) -> Inventory {
    func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(bits: 0) }
    let position = SourcePosition(file: "test.toml", line: 1, column: 1)
    return Inventory(
      file: "test.toml", digest: "digest",
      testbed: Testbed(
        name: "test", topology: .mesh,
        tunnelNetwork: IPv4Prefix(address("10.98.0.0"), length: 15), tunnelMTU: 1400,
        tunnelPort: 20000), lab: nil,
      kubernetes: KubernetesSettings(
        version: nil, podNetwork: IPv4Prefix(address("10.244.0.0"), length: 16),
        serviceNetwork: IPv4Prefix(address("10.96.0.0"), length: 12)),
      loadBalancer: LoadBalancerSettings(etcd: false),
      sites: sites.enumerated().map { index, site in
        Site(
          name: site.name, lan: IPv4Prefix(address("192.168.\(index + 1).0"), length: 24),
          location: nil, city: nil,
          router: Router(
            name: "router-\(site.name)", wan: address("10.4.0.\(index + 1)"),
            lan: address("192.168.\(index + 1).1"), reachable: true,
            ssh: SSHSettings(address: "10.4.0.\(index + 1)"), position: position),
          hosts: site.roles.enumerated().map { number, role in
            Host(
              name: "\(site.name)-\(number)",
              address: address("192.168.\(index + 1).\(number + 10)"), role: role,
              ssh: SSHSettings(address: "192.168.\(index + 1).\(number + 10)"),
              position: position)
          }, position: position)
      }, latency: [])
  }

  /// A master at one site, workers at two others.
  static let threeSites = sites([
    ("one", [.loadBalancer, .master]), ("two", [.worker, .worker]), ("three", [.worker]),
  ])
}

/// A state folder of a test's own, removed with it.
final class ScratchState: Sendable {
  let folder: StateFolder

  init() {
    folder = StateFolder(path: NSTemporaryDirectory() + "planetbed-start-" + UUID().uuidString)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.path) }
}

/// What a test remembers of what it was told.
final class Record<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }
}

/// A clock that goes a second further each time that it is looked at.
final class StepClock: Sendable {
  private let seconds = Mutex(0.0)

  /// 2026-11-21 00:00:00 UTC.
  static let beginning: Int64 = 1_795_219_200_000

  func advance(_ more: Double) { seconds.withLock { $0 += more } }

  var clock: OperatorClock {
    OperatorClock(
      now: { [self] in Self.beginning + Int64(seconds.withLock { $0 } * 1000) },
      uptime: { [self] in
        seconds.withLock {
          $0 += 1
          return $0
        }
      }, wait: { _ in })
  }
}

extension MeasuredDelays {
  /// The paths between sites as they were measured, both ways of each, in milliseconds.
  static func measured(
    _ paths: [(from: String, to: String, rtt: Double?)],
    verdict: MeasuredPath.Verdict = .asAsked
  ) -> MeasuredDelays {
    let layout = LatencyLayout(.threeSites)
    func path(_ from: String, _ to: String, _ rtt: Double?) -> MeasuredPath? {
      guard let there = layout.lanes(at: from).first(where: { $0.peer == to }),
        let back = layout.lanes(at: to).first(where: { $0.peer == from })
      else { return nil }
      return MeasuredPath(
        from: from, to: to, asked: nil, there: LaneState(there, asked: nil, report: nil, now: 0),
        back: LaneState(back, asked: nil, report: nil, now: 0),
        expectation: PathExpectation(there: nil, back: nil, naturalThere: nil, naturalBack: nil),
        statistics: rtt.map { RoundTripStatistics(sent: 2, received: 2, times: [$0, $0]) },
        verdict: verdict, notes: [])
    }
    return MeasuredDelays(
      paths: paths.flatMap { one in
        [path(one.from, one.to, one.rtt), path(one.to, one.from, one.rtt)].compactMap(\.self)
      }, problems: [], time: 0)
  }
}
