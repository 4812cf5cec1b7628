import Measurement

@testable import Report

/// Made-up numbers that look like a real testbed's. Nothing here was measured.
enum TestData {
  /// A generator of random numbers that gives the same ones each time: SplitMix64 (Steele, Lea and
  /// Flood, 2014).
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }

    /// About normal: the sum of twelve uniform numbers has a variance of 1.
    mutating func normal(_ mean: Double, _ deviation: Double) -> Double {
      var sum = -6.0
      for _ in 0..<12 { sum += Double.random(in: 0..<1, using: &self) }
      let value = mean + deviation * sum
      return (value * 1000).rounded() / 1000
    }
  }

  static let sites: [ReportContents.Site] = [
    ReportContents.Site(
      name: "keio", city: "Fujisawa", location: .init(latitude: 35.3882, longitude: 139.4272),
      prefix: "192.168.10.0/24", router: "vyos01",
      hosts: [
        .init(name: "lb", address: "192.168.10.253", role: "loadbalancer"),
        .init(name: "master01", address: "192.168.10.101", role: "master"),
        .init(name: "master02", address: "192.168.10.102", role: "master"),
        .init(name: "master03", address: "192.168.10.103", role: "master"),
      ]),
    ReportContents.Site(
      name: "berkeley", city: "Berkeley", location: .init(latitude: 37.8716, longitude: -122.2727),
      prefix: "192.168.20.0/24", router: "vyos02",
      hosts: [
        .init(name: "node01", address: "192.168.20.101", role: "worker"),
        .init(name: "node02", address: "192.168.20.102", role: "worker"),
      ]),
    ReportContents.Site(
      name: "unicamp", city: "Campinas", location: .init(latitude: -22.8171, longitude: -47.0698),
      prefix: "192.168.30.0/24", router: "vyos03",
      hosts: [
        .init(name: "node03", address: "192.168.30.101", role: "worker"),
        .init(name: "node04", address: "192.168.30.102", role: "worker"),
      ]),
    ReportContents.Site(
      name: "lisboa", city: "Lisbon", location: .init(latitude: 38.7368, longitude: -9.1387),
      prefix: "192.168.40.0/24", router: "vyos04",
      hosts: [.init(name: "node05", address: "192.168.40.101", role: "worker")]),
  ]

  /// Round trips between the sites, in milliseconds.
  private static let asked: [(String, String, Double)] = [
    ("keio", "berkeley", 100), ("keio", "unicamp", 270), ("keio", "lisboa", 210),
    ("berkeley", "unicamp", 180), ("berkeley", "lisboa", 150), ("unicamp", "lisboa", 190),
  ]

  private static func delays(_ generator: inout Generator) -> [ReportContents.Delay] {
    asked.flatMap { from, to, rtt -> [ReportContents.Delay] in
      [(from, to), (to, from)].map { from, to in
        let isOff = from == "unicamp" && to == "berkeley"
        let measured = generator.normal(isOff ? rtt + 9 : rtt + 0.4, 0.3)
        return ReportContents.Delay(
          from: from, to: to, askedMilliseconds: rtt, toleranceMilliseconds: max(2, rtt * 0.03),
          baselineMilliseconds: generator.normal(1.1, 0.1), measuredMilliseconds: measured,
          standardDeviation: abs(generator.normal(rtt / 25, rtt / 200)), samples: 200,
          drops: isOff ? 3 : 0, verdict: isOff ? .off : .within,
          reason: isOff ? "the mean is 9 ms more than asked, where 5.4 ms are let pass" : nil)
      }
    }
  }

  private static func reachability(_ generator: inout Generator) -> ReportContents.Reachability {
    let places = sites.flatMap { site in site.hosts.map { ($0.name, site.name) } }
    return ReportContents.Reachability(
      hosts: places.map(\.0),
      milliseconds: places.map { from in
        places.map { to -> Double? in
          if from.0 == to.0 { return 0 }
          let rtt = asked.first {
            ($0.0 == from.1 && $0.1 == to.1) || ($0.1 == from.1 && $0.0 == to.1)
          }?.2
          return abs(generator.normal((rtt ?? 0.3) + 0.5, 0.1))
        }
      })
  }

  private static func run(
    _ number: Int, containers: Int, rtt: Double, isComplete: Bool, _ generator: inout Generator
  ) -> StartRun {
    let nodes = ["node01", "node02", "node03", "node04", "node05"]
    let times = (0..<containers).map { index -> ContainerTimes in
      let created = 12 + Double(index) * generator.normal(9, 0.4)
      let scheduled = created + abs(generator.normal(14, 4))
      let seen = scheduled + rtt / 2 + abs(generator.normal(25, 9))
      let started = seen + abs(generator.normal(900 + Double(index) * 55, 130)) + rtt * 2
      let ready = started + rtt / 2 + abs(generator.normal(420, 160))
      func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
      return ContainerTimes(
        pod: "start-\(number)-\(index + 1)", node: nodes[index % nodes.count],
        created: rounded(created), scheduled: rounded(scheduled), seen: rounded(seen),
        started: rounded(started), ready: isComplete || index > 0 ? rounded(ready) : nil)
    }
    let last = times.compactMap(\.ready).max() ?? 0
    return StartRun(
      number: number, begun: 1_795_000_000_000 + Int64(number) * 60_000,
      seconds: isComplete ? last / 1000 : 300, isComplete: isComplete, containers: times)
  }

  /// An experiment with the given numbers of containers and of runs.
  static func starts(containers: [Int], runs: Int, seed: UInt64 = 5) -> StartExperiment {
    var generator = Generator(state: seed)
    let cells = [100.0, 300, 500].flatMap { rtt in
      containers.map { number in
        StartCell(
          rttMilliseconds: rtt, measuredRTTMilliseconds: generator.normal(rtt + 0.4, 0.2),
          drops: 0, containers: number,
          runs: (1...runs).map {
            run(
              $0, containers: number, rtt: rtt,
              isComplete: !(rtt == 500 && number == containers.last && $0 == 2), &generator)
          })
      }
    }
    let machines = sites.flatMap { site in
      [(site.router, "router")] + site.hosts.map { ($0.name, $0.role) }
    }
    return StartExperiment(
      run: "20261121T214900Z-7e57da7a", testbed: "test-data", begun: 1_795_000_000_000,
      seconds: 2471.3,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: "inventory/test-data.toml",
        inventoryDigest: "7e57da7a7e57da7a7e57da7a7e57da7a7e57da7a7e57da7a7e57da7a7e57da7a",
        kubernetes: "v1.34.2", image: "test-data/pause:1", seed: 42, runs: runs,
        deadlineSeconds: 300, mountsTokens: false, instrumentSeconds: 0.031,
        operatorLoad: [0.42, 1.3],
        machines: machines.enumerated().map { number, machine in
          ExperimentManifest.Machine(
            name: machine.0,
            site: sites.first { site in
              site.router == machine.0 || site.hosts.contains { $0.name == machine.0 }
            }?.name ?? "", role: machine.1, system: "Debian GNU/Linux 12 (bookworm)",
            kernel: "6.1.0-28-amd64", runtime: machine.1 == "worker" ? "containerd 1.6.20" : nil,
            processors: 4, memory: 8_589_934_592,
            clockOffsetMilliseconds: Double(number) * 0.4 - 2, clockUncertaintyMilliseconds: 0.6)
        }), cells: cells)
  }

  /// A report with everything in it.
  static func report(containers: [Int] = [4, 20], runs: Int = 3) -> ReportContents {
    var generator = Generator(state: 1)
    let delays = delays(&generator)
    return ReportContents(
      testbed: "test-data", made: 1_795_003_000_000, planetbed: "0.1.0", sites: sites,
      tunnels: asked.map { from, to, rtt in
        ReportContents.Tunnel(
          from: from, to: to, isUp: true, rttMilliseconds: generator.normal(rtt + 0.6, 0.4))
      }, reachability: reachability(&generator), delays: delays,
      starts: starts(containers: containers, runs: runs))
  }

  /// A report of a testbed of which little is known: no places, a tunnel down, a host that is not
  /// reached, no experiment.
  static var plain: ReportContents {
    ReportContents(
      testbed: "test-data-plain", made: 1_795_003_000_000, planetbed: "0.1.0",
      sites: sites.prefix(3).map { site in
        var site = site
        site.city = nil
        site.location = nil
        return site
      },
      tunnels: [
        .init(from: "keio", to: "berkeley", isUp: true, rttMilliseconds: 0.83),
        .init(from: "keio", to: "unicamp", isUp: false),
        .init(from: "berkeley", to: "unicamp"),
      ],
      reachability: .init(
        hosts: ["lb", "node01", "node03"],
        milliseconds: [[0, 0.91, nil], [0.88, 0, 14.2], [nil, 15.1, 0]]))
  }

  /// Names that would be markup, script or formulas if they were not escaped.
  static let hostileNames = [
    "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; alert(1)//",
    "=1+1", "@SUM(A1)", "]]>", "<!--", "&lt;b&gt;", "\u{202E}txt.exe", "\u{0}\u{1B}[31m",
    "a,b\"c\r\nd",
  ]

  /// A report in which every name is hostile.
  static var hostile: ReportContents {
    func name(_ number: Int) -> String { hostileNames[number % hostileNames.count] }
    var report = report(containers: [4], runs: 2)
    report.testbed = name(0)
    report.planetbed = name(1)
    for site in report.sites.indices {
      report.sites[site].name = name(site)
      report.sites[site].city = name(site + 3)
      report.sites[site].prefix = name(site + 4)
      report.sites[site].router = name(site + 5)
      for host in report.sites[site].hosts.indices {
        report.sites[site].hosts[host] = .init(
          name: name(host + site), address: name(host + 1), role: name(host + 2))
      }
    }
    for tunnel in report.tunnels.indices {
      report.tunnels[tunnel].from = name(tunnel % 4)
      report.tunnels[tunnel].to = name((tunnel + 1) % 4)
    }
    let count = report.reachability?.hosts.count ?? 0
    report.reachability?.hosts = (0..<count).map(name)
    for delay in report.delays.indices {
      report.delays[delay].from = name(delay)
      report.delays[delay].to = name(delay + 1)
      report.delays[delay].reason = name(delay + 2)
    }
    if var starts = report.starts {
      starts.run = name(0)
      starts.manifest.image = name(1)
      starts.manifest.kubernetes = name(2)
      starts.manifest.inventory = name(0)
      for machine in starts.manifest.machines.indices {
        starts.manifest.machines[machine].name = name(machine)
        starts.manifest.machines[machine].system = name(machine + 1)
        starts.manifest.machines[machine].kernel = name(machine + 2)
      }
      for cell in starts.cells.indices {
        for run in starts.cells[cell].runs.indices {
          for index in starts.cells[cell].runs[run].containers.indices {
            starts.cells[cell].runs[run].containers[index].pod = name(index)
            starts.cells[cell].runs[run].containers[index].node = name(index + 1)
          }
        }
      }
      report.starts = starts
    }
    return report
  }
}
