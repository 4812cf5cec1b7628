import Diagnostics
import Execution
import Foundation
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
    /// The delays, asked and measured; nil when none are asked.
    var delays: MeasuredDelays?

    /// Whether all is as it should be.
    var isWell: Bool { status.isWell && pods?.isWell != false }

    /// What is to be said of it.
    var remarks: [Diagnostic] { status.remarks + (pods?.diagnostics ?? []) }
  }

  /// How a testbed was seen to be.
  struct Look: Sendable {
    /// The tunnels.
    var tunnels: [StatusView.Tunnel]
    /// Who reaches whom.
    var reachability: ReachabilityMatrix
    /// How the cluster is; nil when the inventory asks for none.
    var cluster: ClusterHealth?
    /// The delays, asked and measured; nil when none were measured.
    var delays: MeasuredDelays?
    /// How long looking took, in seconds.
    var seconds: Double
    /// Of the machines that could not be asked.
    var diagnostics: [Diagnostic]

    /// What `status` shows.
    var view: StatusView {
      StatusView(
        tunnels: tunnels, reachability: reachability, cluster: cluster, delays: delays,
        seconds: seconds, diagnostics: diagnostics)
    }
  }

  /// Looks at a testbed over connections of its own.
  static func measure(_ setup: RunSetup, _ invocation: Invocation) async throws -> StatusView {
    let connector = try setup.connector()
    let look = await look(setup.inventory, over: connector, invocation)
    await connector.close()
    return look.view
  }

  /// Has every host ping every other, and each tunnel's one router the other, and the masters tell
  /// of the cluster, all at once; and then measures the delays.
  /// - Parameter measuresAllDelays: whether delays are measured also where none are asked.
  static func look(
    _ inventory: Inventory, over connector: any Connector, _ invocation: Invocation,
    measuresAllDelays: Bool = false
  ) async -> Look {
    let uptime = invocation.surroundings.clock.uptime
    let begun = uptime()
    async let cluster = cluster(of: inventory, connector)
    let answers = await pings(inventory, connector, attempts: attempts(inventory, atLeast: 1))
    let health = await cluster
    // The delays by themselves, so that nothing else is on the way.
    let delays = await delays(of: inventory, connector, invocation, always: measuresAllDelays)
    return look(inventory, answers, health, delays, seconds: uptime() - begun)
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
    let answers = await pings(
      inventory, connector, attempts: attempts(inventory, atLeast: 15))
    var pods: PodTrialResult?
    if triesPods, !Task.isCancelled, let question = PodTrialQuestion(inventory) {
      invocation.remark("Waiting for the nodes, and running a pod on every worker …")
      pods = await PodTrial(connector: connector, uptime: uptime)
        .run(question, masters: inventory.hosts(.master))
    }
    let health = await cluster(of: inventory, connector)
    // After the pods, whose start would be in their way.
    if !inventory.latency.isEmpty { invocation.remark("Measuring the delays …") }
    let delays = await delays(of: inventory, connector, invocation)
    await connector.close()
    return Measured(
      status: look(inventory, answers, health, delays, seconds: uptime() - begun).view,
      pods: pods, delays: delays)
  }

  /// What the paths are asked to be like and are; nil when nothing is asked and no experiment is on,
  /// unless they are measured always.
  private static func delays(
    of inventory: Inventory, _ connector: any Connector, _ invocation: Invocation,
    always: Bool = false
  ) async -> MeasuredDelays? {
    if Task.isCancelled { return nil }
    return await LatencyMeasurement(connector: connector, now: invocation.surroundings.clock.now)
      .measure(inventory, always: always)
  }

  /// How often a host is asked before it counts as unreached: where packets are lost as they are asked
  /// to be, so often that all being lost is as good as excluded.
  private static func attempts(_ inventory: Inventory, atLeast least: Int) -> Int {
    if inventory.latency.isEmpty { return least }
    var most = 0.0
    for from in inventory.sites {
      for to in inventory.sites {
        let each = inventory.askedPath(from: from.name, to: to.name)?.conditions.loss ?? 0
        let both = 1 - (1 - each) * (1 - each)
        if both < 1 { most = max(most, both) }
      }
    }
    guard most > 0 else { return least }
    let enough = log(1e-7) / log(most)
    return min(30, max(least, Int(enough.rounded(.up))))
  }

  private static func pings(
    _ inventory: Inventory, _ connector: any Connector, attempts: Int
  ) async -> ReachabilityMeasurement.Answers {
    await ReachabilityMeasurement(connector: connector, attempts: attempts)
      .measure(questions(inventory, tunnels(of: inventory)))
  }

  private static func look(
    _ inventory: Inventory, _ answers: ReachabilityMeasurement.Answers, _ health: ClusterHealth?,
    _ delays: MeasuredDelays?, seconds: Double
  ) -> Look {
    let cut = Set((delays?.paths ?? []).filter { $0.expectation.isCut }.map { [$0.from, $0.to] })
    let sites = Dictionary(
      inventory.sites.flatMap { site in site.hosts.map { ($0.name, site.name) } },
      uniquingKeysWith: { first, _ in first })
    let hosts = inventory.hosts.map(\.host)
    let addresses = Dictionary(
      hosts.map { ($0.name, $0.address) }, uniquingKeysWith: { first, _ in first })
    let matrix = ReachabilityMatrix(hosts: hosts.map(\.name)) { from, to in
      guard let times = answers.times[from], let address = addresses[to] else { return .unknown }
      if let time = times[address] ?? nil { return .reached(milliseconds: time) }
      return cut.contains([sites[from] ?? "", sites[to] ?? ""]) ? .cut : .unreached
    }
    return Look(
      tunnels: tunnels(of: inventory).map { end in
        let time = answers.times[end.router]?[end.remoteAddress] ?? nil
        let isCut = time == nil && cut.contains([end.site, end.peer])
        let isDown = time == nil && !isCut
        return StatusView.Tunnel(
          from: end.site, to: end.peer, milliseconds: time,
          remark: isDown ? remark(on: end, answers, testbed: inventory.testbed.name) : "",
          isCut: isCut)
      }, reachability: matrix, cluster: health, delays: delays, seconds: seconds,
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
  static func tunnels(of inventory: Inventory) -> [TunnelEnd] {
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
