/// What `planetbed measure` found: container start times under delays. Results, the journal and the
/// report are made of it.
package struct StartExperiment: Sendable, Hashable, Codable {
  /// The run's name in the journal.
  package var run: String
  /// The testbed's name.
  package var testbed: String
  /// Its beginning, in milliseconds since 1970.
  package var begun: Int64
  /// How long it took, in seconds.
  package var seconds: Double
  /// With what it was done.
  package var manifest: ExperimentManifest
  /// The cells of the matrix, in the order of the delays and, within a delay, of the numbers.
  package var cells: [StartCell]

  /// What was found.
  package init(
    run: String, testbed: String, begun: Int64, seconds: Double, manifest: ExperimentManifest,
    cells: [StartCell]
  ) {
    self.run = run
    self.testbed = testbed
    self.begun = begun
    self.seconds = seconds
    self.manifest = manifest
    self.cells = cells
  }
}

/// A delay and a number of containers, and the runs with them.
package struct StartCell: Sendable, Hashable, Codable {
  /// The round-trip time between masters and workers that was asked for, in milliseconds; nil for the
  /// testbed's own.
  package var rttMilliseconds: Double?
  /// The round-trip time that was measured while it was in force, in milliseconds: the mean of the
  /// pairs concerned; nil when it was not measured.
  package var measuredRTTMilliseconds: Double?
  /// Whether every pair concerned was as it was asked to be; nil when nothing was asked, or it was not
  /// measured.
  package var isAsAsked: Bool?
  /// Packets that the routers' queues dropped meanwhile.
  package var drops: Int
  /// How many containers were started at once; 0 measures the instrument itself.
  package var containers: Int
  /// The runs, in order; the warm-up is not among them.
  package var runs: [StartRun]

  /// A cell.
  package init(
    rttMilliseconds: Double?, measuredRTTMilliseconds: Double? = nil, isAsAsked: Bool? = nil,
    drops: Int = 0, containers: Int, runs: [StartRun] = []
  ) {
    self.rttMilliseconds = rttMilliseconds
    self.measuredRTTMilliseconds = measuredRTTMilliseconds
    self.isAsAsked = isAsAsked
    self.drops = drops
    self.containers = containers
    self.runs = runs
  }
}

/// One start of all containers of a cell.
package struct StartRun: Sendable, Hashable, Codable {
  /// Its number within the cell, from 1.
  package var number: Int
  /// Its beginning, in milliseconds since 1970 at the master's clock.
  package var begun: Int64
  /// From the request until all were ready, in seconds; the deadline's when they were not.
  package var seconds: Double
  /// Whether all became ready before the deadline.
  package var isComplete: Bool
  /// The containers, in the order in which they were created.
  package var containers: [ContainerTimes]

  /// One start.
  package init(
    number: Int, begun: Int64, seconds: Double, isComplete: Bool, containers: [ContainerTimes]
  ) {
    self.number = number
    self.begun = begun
    self.seconds = seconds
    self.isComplete = isComplete
    self.containers = containers
  }
}

/// When a container came to each stage of its start, in milliseconds after the run's beginning, at the
/// master's clock; nil for a stage that it was not seen to reach.
package struct ContainerTimes: Sendable, Hashable, Codable {
  /// The pod's name.
  package var pod: String
  /// The node that it was given to.
  package var node: String?
  /// The API has it.
  package var created: Double?
  /// The scheduler gave it to a node.
  package var scheduled: Double?
  /// The node's kubelet told that it knows of it.
  package var seen: Double?
  /// The container's process was started, by the node's own clock brought to the master's.
  package var started: Double?
  /// The API says that it is ready.
  package var ready: Double?

  /// When a container came to each stage.
  package init(
    pod: String, node: String? = nil, created: Double? = nil, scheduled: Double? = nil,
    seen: Double? = nil, started: Double? = nil, ready: Double? = nil
  ) {
    self.pod = pod
    self.node = node
    self.created = created
    self.scheduled = scheduled
    self.seen = seen
    self.started = started
    self.ready = ready
  }
}

/// With what an experiment was done: what somebody must know to do it again.
package struct ExperimentManifest: Sendable, Hashable, Codable {
  /// A machine of the testbed.
  package struct Machine: Sendable, Hashable, Codable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
    /// Its role, as the inventory writes it; `router` for a router.
    package var role: String
    /// `PRETTY_NAME` of /etc/os-release.
    package var system: String
    /// `uname -r`.
    package var kernel: String
    /// The container runtime with its version; nil where there is none.
    package var runtime: String?
    /// How many processors it has.
    package var processors: Int?
    /// Its memory in bytes.
    package var memory: Int64?
    /// Its clock minus the master's in milliseconds; nil when it was not measured.
    package var clockOffsetMilliseconds: Double?
    /// How far that may be off, in milliseconds.
    package var clockUncertaintyMilliseconds: Double?

    /// A machine.
    package init(
      name: String, site: String, role: String, system: String, kernel: String,
      runtime: String? = nil, processors: Int? = nil, memory: Int64? = nil,
      clockOffsetMilliseconds: Double? = nil, clockUncertaintyMilliseconds: Double? = nil
    ) {
      self.name = name
      self.site = site
      self.role = role
      self.system = system
      self.kernel = kernel
      self.runtime = runtime
      self.processors = processors
      self.memory = memory
      self.clockOffsetMilliseconds = clockOffsetMilliseconds
      self.clockUncertaintyMilliseconds = clockUncertaintyMilliseconds
    }
  }

  /// planetbed's version.
  package var planetbed: String
  /// The inventory's file, as the user gave it.
  package var inventory: String
  /// `Inventory.digest`.
  package var inventoryDigest: String
  /// The cluster's version.
  package var kubernetes: String
  /// The containers' image.
  package var image: String
  /// What the order of the cells came from; nil when it was that of the delays and numbers.
  package var seed: UInt64?
  /// How many runs of each cell were asked for.
  package var runs: Int
  /// When a cell was given up, in seconds.
  package var deadlineSeconds: Double
  /// Whether pods had service-account tokens mounted.
  package var mountsTokens: Bool
  /// What the instrument itself takes, in seconds: a run without containers; nil when not measured.
  package var instrumentSeconds: Double?
  /// The operator's machine's load average over a minute, at the beginning and at the end.
  package var operatorLoad: [Double]
  /// The machines, in the order of the inventory.
  package var machines: [Machine]

  /// With what an experiment was done.
  package init(
    planetbed: String, inventory: String, inventoryDigest: String, kubernetes: String,
    image: String, seed: UInt64?, runs: Int, deadlineSeconds: Double, mountsTokens: Bool,
    instrumentSeconds: Double?, operatorLoad: [Double], machines: [Machine]
  ) {
    self.planetbed = planetbed
    self.inventory = inventory
    self.inventoryDigest = inventoryDigest
    self.kubernetes = kubernetes
    self.image = image
    self.seed = seed
    self.runs = runs
    self.deadlineSeconds = deadlineSeconds
    self.mountsTokens = mountsTokens
    self.instrumentSeconds = instrumentSeconds
    self.operatorLoad = operatorLoad
    self.machines = machines
  }
}
