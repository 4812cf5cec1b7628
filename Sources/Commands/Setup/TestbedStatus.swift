import Execution
import Diagnostics
import Inventories
import Measurement
import Reporting
import Stages
import Transport

/// Measures how a testbed is: its tunnels, who reaches whom, and its cluster.
enum TestbedStatus {
  /// Has every host ping every other, and each tunnel's one router the other, and the masters tell
  /// of the cluster, all at once.
  /// `attempts` is how often each is pinged before it counts as unreached.
  static func measure(
    _ setup: RunSetup, _ invocation: Invocation, attempts: Int = 1
  ) async throws -> StatusView {
    let inventory = setup.inventory
    let uptime = invocation.surroundings.clock.uptime
    let begun = uptime()
    let connector = try setup.connector()
    async let cluster = cluster(of: inventory, connector)
    let tunnels = tunnels(of: inventory)
    let measurement = ReachabilityMeasurement(connector: connector, attempts: attempts)
    let answers = await measurement.measure(questions(inventory, tunnels))
    let health = await cluster
    await connector.close()
    let hosts = inventory.hosts.map(\.host)
    let addresses = Dictionary(
      hosts.map { ($0.name, $0.address) }, uniquingKeysWith: { first, _ in first })
    let matrix = ReachabilityMatrix(hosts: hosts.map(\.name)) { from, to in
      guard let times = answers.times[from], let address = addresses[to] else { return .unknown }
      return (times[address] ?? nil).map { .reached(milliseconds: $0) } ?? .unreached
    }
    return StatusView(
      tunnels: tunnels.map { end in
        let time = answers.times[end.router]?[end.remoteAddress] ?? nil
        return StatusView.Tunnel(
          from: end.site, to: end.peer, milliseconds: time,
          remark: time == nil ? remark(on: end, answers, testbed: inventory.testbed.name) : "")
      }, reachability: matrix, cluster: health, seconds: uptime() - begun,
      diagnostics: answers.problems)
  }

  /// What the masters tell of the cluster; nil when the inventory asks for none.
  private static func cluster(
    of inventory: Inventory, _ connector: any Connector
  ) async -> ClusterHealth? {
    let masters = inventory.kubernetes.installs ? inventory.hosts(.master) : []
    return ClusterHealth(
      inventory, await ClusterMeasurement(connector: connector).measure(masters))
  }

  private static func questions(
    _ inventory: Inventory, _ tunnels: [TunnelEnd]
  ) -> [ReachabilityMeasurement.Question] {
    let hosts = inventory.hosts.map(\.host)
    var questions = hosts.map { host in
      ReachabilityMeasurement.Question(
        machine: host.name,
        targets: hosts.filter { $0.name != host.name }.map { PingProgram.Target($0.address) })
    }
    for site in inventory.sites {
      let targets = tunnels.filter { $0.site == site.name }.map { end in
        PingProgram.Target(
          end.remoteAddress,
          tunnel: .init(device: end.device, unit: end.unit(testbed: inventory.testbed.name)))
      }
      questions.append(.init(machine: site.router.name, targets: targets))
    }
    return questions
  }

  /// The end of each tunnel whose site comes first in the file.
  private static func tunnels(of inventory: Inventory) -> [TunnelEnd] {
    let layout = TunnelLayout(inventory)
    let places = Dictionary(
      inventory.sites.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    return inventory.sites.flatMap { layout.ends(at: $0.name) }
      .filter { (places[$0.site] ?? 0) < (places[$0.peer] ?? 0) }
  }

  private static func remark(
    on end: TunnelEnd, _ answers: ReachabilityMeasurement.Answers, testbed: String
  ) -> String {
    guard answers.times[end.router] != nil else { return "\(end.router) could not be asked" }
    let unit = end.unit(testbed: testbed)
    guard let state = answers.tunnels[end.router]?[end.remoteAddress] else {
      return "no answer; look on \(end.router): journalctl -u \(unit)"
    }
    // Where the unit runs and the device is up, the cause is at the other end or on the way.
    return "no answer; on \(end.router) the unit is \(state.unit), the device \(end.device) is "
      + "\(state.device.rawValue): journalctl -u \(unit)"
  }
}
