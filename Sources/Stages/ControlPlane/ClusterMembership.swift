import Inventories
import Roles

/// The applications that make machines nodes of the cluster: what the stages of masters and of workers have
/// in common.
struct ClusterMembership {
  let inventory: Inventory
  /// The stage that asks.
  let stage: String
  /// What is known; nil before any machine is asked.
  let known: Known?
  // What is the same for every machine is made once.
  private let masters: [Host]
  private let timing: ClusterTiming
  private let fixedConntrack: Bool

  /// What is known of the cluster.
  struct Known {
    let facts: Facts
    let state: ClusterState
  }

  /// The applications of a stage, before any machine is asked, or with what they answered.
  init(inventory: Inventory, stage: String, facts: Facts?) {
    self.inventory = inventory
    self.stage = stage
    let known = facts.map {
      Known(facts: $0, state: ClusterState(inventory: inventory, facts: $0))
    }
    self.known = known
    masters = inventory.hosts(.master)
    timing = ClusterTiming(inventory: inventory)
    fixedConntrack =
      inventory.lab != nil || known?.state.machines.values.contains { $0.hasFixedConntrack } == true
  }

  /// How long a token is good for, in minutes: joins of masters, one after the other, take a few each.
  static let minutesOfAdmission = 30
  /// How long the pods of a node have to end that is taken out, in seconds.
  static let secondsOfDraining = 120

  /// What is to be done to a machine.
  enum Action: String {
    /// The cluster begins with it.
    case initialise = "init"
    /// It is let in.
    case join
    /// It is a node already, or cannot be one.
    case none
  }

  /// What is to be done to a machine, by what is known.
  static func action(on host: Host, _ state: ClusterState, masters: [Host]) -> Action {
    switch state.standing(of: host.name) {
    case .unknown, .member, .foreign, .elsewhere: return .none
    case .blank, .halfDone, .lost: break
    }
    guard state.machines[host.name]?.isBusy != true else { return .none }
    if state.exists { return .join }
    // A master that does not answer may have a cluster: there must not be a second one.
    guard let seed = state.seed, masters.allSatisfy({ state.machines[$0.name] != nil }),
      host.name == seed || beginning(state)
    else { return .none }
    return host.name == seed ? .initialise : .join
  }

  /// Whether a cluster can be begun on the seed.
  private static func beginning(_ state: ClusterState) -> Bool {
    guard let seed = state.seed, state.machines[seed]?.isBusy != true else { return false }
    switch state.standing(of: seed) {
    case .blank, .halfDone, .lost: return true
    case .unknown, .member, .foreign, .elsewhere: return false
    }
  }

  /// What a machine that is to be a node must have.
  func member(
    _ host: Host, joiningAfter previous: RoleApplication.ID? = nil
  ) -> RoleApplication {
    let id = Self.member(host)
    guard let known else {
      return RoleApplication(
        id,
        variables: variables(of: host, action: "any", facts: Facts())
          .merging(["consults": .list(consulted)]) { $1 })
    }
    let action = Self.action(on: host, known.state, masters: masters)
    guard action != .none, let seed = known.state.seed else {
      return RoleApplication(
        id,
        variables: [
          "testbed": .string(inventory.testbed.name), "action": .string(Action.none.rawValue),
          "timing": patience,
        ])
    }
    var variables = variables(of: host, action: action.rawValue, facts: known.facts)
    variables["afresh"] = .boolean(known.state.standing(of: host.name) == .lost)
    var after: [RoleApplication.ID] = []
    if action == .join {
      variables["admission"] = .fact(
        FactReference(host: seed, name: "admission.\(host.name)"))
      if let previous { after.append(previous) }
    }
    if let gate = inventory.hosts(.loadBalancer).first {
      after.append(.init(stage: "load-balancer", host: gate.name, role: "load-balancer"))
    }
    return RoleApplication(id, variables: variables, after: after)
  }

  /// The application that makes a host a node; others may stand behind it.
  static func member(_ host: Host) -> RoleApplication.ID {
    .init(
      stage: host.role == .master ? ControlPlane.stageName : Workers.stageName, host: host.name,
      role: "cluster-member")
  }

  /// What tells how a machine stands to the cluster.
  func state(of host: Host) -> RoleApplication {
    RoleApplication(
      .init(stage: stage, host: host.name, role: "node-state"),
      variables: [
        "testbed": .string(inventory.testbed.name),
        "control_plane": .boolean(host.role == .master),
        "address": .string(host.address.description), "patience": .integer(300),
      ])
  }

  /// What lets hosts in that must join: done by the seed for their sake.
  func admissions(of hosts: [Host]) -> [RoleApplication] {
    guard let known, let seed = seed(known) else { return [] }
    return hosts.filter { Self.action(on: $0, known.state, masters: masters) == .join }.map {
      RoleApplication(
        .init(stage: stage, host: seed.name, role: "node-admission", instance: $0.name),
        variables: [
          "testbed": .string(inventory.testbed.name),
          "address": .string(seed.address.description), "node": .string($0.name),
          "node_address": .string($0.address.description),
          "control_plane": .boolean($0.role == .master),
          "returning": .boolean(known.state.exists),
          "minutes": .integer(Self.minutesOfAdmission),
        ], after: [Self.member(seed)], onBehalfOf: $0.name)
    }
  }

  /// What takes nodes out of the cluster that the inventory does not name.
  func removals(ofMasters: Bool) -> [RoleApplication] {
    guard let known, let seed = seed(known) else { return [] }
    return known.state.strangers.filter { $0.isMaster == ofMasters }.map {
      RoleApplication(
        .init(stage: stage, host: seed.name, role: "node-removal", instance: $0.name),
        variables: [
          "address": .string(seed.address.description), "node": .string($0.name),
          "node_address": .string($0.address?.description ?? ""),
          "control_plane": .boolean($0.isMaster),
          "seconds": .integer(Self.secondsOfDraining),
        ])
    }
  }

  /// The upgrade of the nodes of a stage; nil when there is none to be made.
  var upgrade: ClusterUpgrade? {
    guard let known, let seed = seed(known) else { return nil }
    return ClusterUpgrade(
      inventory: inventory, stage: stage, state: known.state, seed: seed,
      ignored: ignoredFindings.joined(separator: ","))
  }

  /// The hosts that are about to become nodes: nothing must delay them meanwhile that need not.
  var joining: [Host] {
    guard let known, inventory.hasCluster else { return [] }
    return (masters + inventory.hosts(.worker)).filter {
      Self.action(on: $0, known.state, masters: masters) != .none
    }
  }

  private func seed(_ known: Known) -> Host? {
    masters.first { $0.name == known.state.seed }
  }

  /// All that must be known before it is known what is to be done.
  private var consulted: [Variable] {
    masters.flatMap { master in
      ["kubernetes", "cluster_nodes", "cgroup_driver"].map {
        .fact(FactReference(host: master.name, name: $0))
      }
    }
  }

  private func variables(
    of host: Host, action: String, facts: Facts
  ) -> [String: Variable] {
    let settings = inventory.kubernetes
    let seed = known?.state.seed ?? masters.first?.name ?? host.name
    return [
      "testbed": .string(inventory.testbed.name), "action": .string(action),
      // kubeadm's own timeouts end it sooner.
      "patience": .integer(900),
      "version": version(of: host, facts),
      "address": .string(host.address.description), "endpoint": .string(inventory.apiEndpoint),
      "gate": .string(inventory.apiGate), "control_plane": .boolean(host.role == .master),
      "cgroup_driver": value("cgroup_driver", of: host.name, facts),
      "cluster_cgroup_driver": value("cgroup_driver", of: seed, facts),
      "pod_network": .string(settings.podNetwork.description),
      "service_network": .string(settings.serviceNetwork.description),
      "image_repository": .string(settings.imageRepository ?? ""),
      "controller_manager": controllerManager,
      "ignored": .list(ignoredFindings.map(Variable.string)),
      "skips": .string(settings.dns == .kubeadm ? "" : "addon/coredns"),
      "keeps_images": .boolean(settings.imageArchives != nil),
      "fixed_conntrack": .boolean(fixedConntrack), "timing": patience,
    ]
  }

  /// The packages are of the version that the inventory names; when it names none, the machine tells
  /// what was installed.
  private func version(of host: Host, _ facts: Facts) -> Variable {
    if let version = inventory.kubernetes.version.flatMap({ KubernetesVersion($0) }) {
      return .string(version.description)
    }
    return value("kubeadm_version", of: host.name, facts)
  }

  /// What is known goes into the program at once; what is not is waited for.
  private func value(_ name: String, of host: String, _ facts: Facts) -> Variable {
    let reference = FactReference(host: host, name: name)
    return facts[reference].map(Variable.string) ?? .fact(reference)
  }

  private var controllerManager: Variable {
    var arguments: [(String, String)] = []
    // The ranges that host-local is told are planetbed's.
    if inventory.kubernetes.network == .bridge {
      arguments.append(("allocate-node-cidrs", "false"))
    }
    if let grace = timing.gracePeriod {
      arguments.append(("node-monitor-grace-period", "\(grace)s"))
    }
    return .list(
      arguments.map { .table(["name": .string($0.0), "value": .string($0.1)]) })
  }

  /// What kubeadm would refuse that is as it must be: kubelets run in spite of swap (an error up to 1.21); a lab's
  /// machines are small, share one kernel that is not Debian's, and fetch no images; images that were loaded from
  /// archives need not be fetched.
  var ignoredFindings: [String] {
    if inventory.lab != nil { return ["Swap", "Mem", "NumCPU", "SystemVerification", "ImagePull"] }
    return ["Swap"] + (inventory.kubernetes.imageArchives == nil ? [] : ["ImagePull"])
  }

  private var patience: Variable {
    .table([
      "heartbeat": .integer(timing.heartbeat), "election": .integer(timing.election),
      "status_frequency": .integer(timing.statusFrequency ?? 0),
      "control_plane": .integer(timing.controlPlaneTimeout),
      "discovery": .integer(timing.discoveryTimeout), "call": .integer(timing.callTimeout),
      "answer": .integer(timing.answerTimeout),
    ])
  }
}

extension Inventory {
  /// What answers for the API: the load balancer, or the only master.
  private var apiHost: Host? { hosts(.loadBalancer).first ?? hosts(.master).first }

  /// Address and port by which all nodes reach the API; empty without masters.
  package var apiEndpoint: String { apiHost.map { "\($0.address):6443" } ?? "" }

  /// What is at that address, in words.
  var apiGate: String {
    apiHost.map {
      $0.role == .loadBalancer ? "the load balancer \($0.name)" : "the master \($0.name)"
    }
      ?? ""
  }
}
