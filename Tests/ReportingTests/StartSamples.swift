import Measurement

/// Made-up container start times that views are drawn from; nothing here was measured.
enum StartSamples {
  /// A cell of so many runs as there are times in seconds; those that are not finished took 600 s.
  static func cell(
    _ rtt: Double?, _ containers: Int, _ seconds: [Double], unfinished: Int = 0, drops: Int = 0,
    measured: Double? = nil, isAsAsked: Bool? = true
  ) -> StartCell {
    let runs = (seconds + Array(repeating: 600, count: unfinished)).enumerated().map {
      place, time in
      let isComplete = place < seconds.count
      return StartRun(
        number: place + 1, begun: 1_795_273_200_000 + Int64(place) * 60_000, seconds: time,
        isComplete: isComplete,
        containers: (0..<min(containers, 2)).map { number in
          ContainerTimes(
            pod: "starts-\(number)", node: "node0\(number + 1)", created: 12.5,
            scheduled: 31.25, seen: 350, started: isComplete || number == 0 ? 1800.4 : nil,
            ready: isComplete || number == 0 ? time * 1000 : nil)
        })
    }
    return StartCell(
      rttMilliseconds: rtt, measuredRTTMilliseconds: measured ?? rtt.map { $0 + 0.2 },
      isAsAsked: rtt == nil ? nil : isAsAsked, drops: drops, containers: containers, runs: runs)
  }

  /// An experiment of cells, three runs of each.
  static func experiment(_ cells: [StartCell], seed: UInt64? = 7, runs: Int = 3) -> StartExperiment
  {
    StartExperiment(
      run: "20261121T152400Z-0badcafe", testbed: "test-data", begun: 1_795_273_200_000,
      seconds: 4321.5,
      manifest: ExperimentManifest(
        planetbed: "0.1.0", inventory: "test-data.toml", inventoryDigest: "0badcafe",
        kubernetes: "1.20.2", image: "k8s.gcr.io/pause:3.2", seed: seed, runs: runs,
        deadlineSeconds: 600, mountsTokens: false, instrumentSeconds: 0.31,
        operatorLoad: [0.71, 1.25],
        machines: [
          .init(
            name: "master01", site: "vlan10", role: "master", system: "Debian GNU/Linux 12",
            kernel: "6.18.5", runtime: "containerd://1.6.20", processors: 2,
            memory: 25_769_803_776, clockOffsetMilliseconds: 0, clockUncertaintyMilliseconds: 0),
          .init(
            name: "node01", site: "vlan20", role: "worker", system: "Debian GNU/Linux 12",
            kernel: "6.18.5", runtime: "containerd://1.6.20", processors: 2,
            memory: 25_769_803_776, clockOffsetMilliseconds: -1.25,
            clockUncertaintyMilliseconds: 0.4),
        ]), cells: cells)
  }

  /// The seed's axes.
  static let asTheSeed = experiment([
    cell(100, 4, [2.15, 2.1, 2.2]), cell(100, 20, [7.4, 7.2, 7.9]),
    cell(100, 100, [31.7, 32.2, 32.6]), cell(300, 4, [3.3, 3.1, 3.35]),
    cell(300, 20, [9.1, 9.3, 9.05]), cell(300, 100, [35.1, 36.2, 34.9]),
    cell(500, 4, [4.4, 4.35, 4.5]), cell(500, 20, [12.4, 12.2, 12.15]),
    cell(500, 100, [44.1, 45.6, 43.9]),
  ])

  /// Other axes, a delay that was off, runs that were cut off, packets lost, a clock that is not known.
  static let troubled: StartExperiment = {
    var troubled = experiment(
      [
        cell(nil, 0, [0.3, 0.32, 0.31]), cell(nil, 4, [1.15, 1.1, 1.2], measured: 12.4),
        cell(nil, 100, [31.7], unfinished: 2, measured: 12.5),
        cell(300, 4, [3.3, 3.1, 3.35], drops: 41, measured: 341.2, isAsAsked: false),
        cell(300, 100, [], unfinished: 3, drops: 1),
      ], seed: nil)
    troubled.manifest.machines[1].clockUncertaintyMilliseconds = 14.2
    troubled.manifest.instrumentSeconds = nil
    return troubled
  }()

  /// What an interrupt left.
  static let interrupted = experiment([
    cell(0.5, 4, [2.15]), cell(0.5, 20, []), cell(100, 4, [2.5, 2.45, 2.55]), cell(100, 20, []),
  ])
}
