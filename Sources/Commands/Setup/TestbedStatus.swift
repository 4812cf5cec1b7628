import Execution
import Diagnostics
import Inventories
import Measurement
import Reporting
import Stages
import Transport

/// Measures how a testbed is: its tunnels, who reaches whom, and its cluster.
enum TestbedStatus {
  /// How a testbed is.
  struct Measured: Sendable {
    /// What `status` shows.
    var status: StatusView
    /// What came of the trial with pods; nil when there was none.
    var pods: PodTrialResult?

    /// Whether all is as it should be.
    var isWell: Bool { status.isWell && pods?.isWell != false }

    /// What is to be said of it.
    var remarks: [Diagnostic] { status.remarks + (pods?.diagnostics ?? []) }
  }

  /// Has every host ping every other, and each tunnel's one router the other, and the masters tell
  /// of the cluster, all at once.
  static func measure(_ setup: RunSetup, _ invocation: Invocation) async throws -> StatusView {
    let uptime = invocation.surroundings.clock.uptime
    let begun = uptime()
    let connector = try setup.connector()
    async let cluster = cluster(of: setup.inventory, connector)
    let answers = await pings(setup.inventory, connector, attempts: 1)
    let health = await cluster
    await connector.close()
    return view(setup.inventory, answers, health, seconds: uptime() - begun)
  }

  /// Measures what has only just been made: tunnels that may still be coming up are waited for, then
  /// nodes; `triesPods` runs a pod on every worker.
  static func measureNew(
    _ setup: RunSetup, _ invocation: Invocation, triesPods: Bool
  ) async throws -> Measured {
    let inventory = setup.inventory
    let uptime = invocation.surroundings.clock.uptime
    let begun = uptime()
    let connector = try setup.connector()
    invocation.remark("Waiting for the tunnels, and measuring who reaches whom …")
    let answers = await pings(inventory, connector, attempts: 15)
    var pods: PodTrialResult?
    if triesPods, !Task.isCancelled, let question = PodTrialQuestion(inventory) {
      invocation.remark("Waiting for the nodes, and running a pod on every worker …")
      pods = await PodTrial(connector: connector, uptime: uptime)
        .run(question, masters: inventory.hosts(.master))
    }
    let health = await cluster(of: inventory, connector)
    await connector.close()
    return Measured(
      status: view(inventory, answers, health, seconds: uptime() - begun), pods: pods)
  }

  private static func pings(
    _ inventory: Inventory, _ connector: any Connector, attempts: Int
  ) async -> ReachabilityMeasurement.Answers {
    await ReachabilityMeasurement(connector: connector, attempts: attempts)
      .measure(questions(inventory, tunnels(of: inventory)))
  }

  private static func view(
    _ inventory: Inventory, _ answers: ReachabilityMeasurement.Answers, _ health: ClusterHealth?,
    seconds: Double
  ) -> StatusView {
    let hosts = inventory.hosts.map(\.host)
    let addresses = Dictionary(
      hosts.map { ($0.name, $0.address) }, uniquingKeysWith: { first, _ in first })
    let matrix = ReachabilityMatrix(hosts: hosts.map(\.name)) { from, to in
      guard let times = answers.times[from], let address = addresses[to] else { return .unknown }
      return (times[address] ?? nil).map { .reached(milliseconds: $0) } ?? .unreached
    }
    return StatusView(
      tunnels: tunnels(of: inventory).map { end in
        let time = answers.times[end.router]?[end.remoteAddress] ?? nil
        return StatusView.Tunnel(
          from: end.site, to: end.peer, milliseconds: time,
          remark: time == nil ? remark(on: end, answers, testbed: inventory.testbed.name) : "")
      }, reachability: matrix, cluster: health, seconds: seconds,
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
