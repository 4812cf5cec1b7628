import Inventories

/// How patient the parts of a cluster must be, from the round-trip times that the inventory asks for.
///
/// Derived once, when the cluster is made: what etcd and the controller manager are started with does not
/// change with the delays later.
struct ClusterTiming: Hashable {
  /// The longest round trip between two masters, in milliseconds.
  let betweenMasters: Double
  /// The longest round trip between a node and a master, by way of the load balancer, in milliseconds.
  let toMasters: Double
  /// Whether all machines share one computer, on which each may have to wait for the others.
  let isShared: Bool

  /// The API server is ready only while etcd answers it within two seconds (kubernetes/kubernetes#111399),
  /// and an answer takes two round trips: to the leader, and from there to a majority. In milliseconds.
  static let greatestBetweenMasters: Double = 1_000
  /// etcd takes no election timeout above 50 s (etcd's tuning guide); in milliseconds.
  static let greatestElection: Double = 50_000

  /// The patience that an inventory asks for.
  init(inventory: Inventory) {
    var masters: Set<String> = []
    var nodes: Set<String> = []
    var gate: String?
    for (site, host) in inventory.hosts {
      switch host.role {
      case .master: masters.insert(site.name)
      case .worker: break
      case .loadBalancer: gate = gate ?? site.name
      }
      if host.role != .loadBalancer { nodes.insert(site.name) }
    }
    func longest(_ site: String, to others: Set<String>) -> Double {
      others.reduce(0) { max($0, inventory.askedRoundTrip(site, $1)) }
    }
    let between = masters.reduce(0) { max($0, longest($1, to: masters)) }
    // By way of the load balancer, the longest way is the longest to it and the longest from it.
    let to =
      gate.map { longest($0, to: nodes) + longest($0, to: masters) }
      ?? masters.reduce(0) { max($0, longest($1, to: nodes)) }
    self.init(betweenMasters: between, toMasters: to, isShared: inventory.lab != nil)
  }

  /// The patience that these round-trip times in milliseconds ask for.
  init(betweenMasters: Double, toMasters: Double, isShared: Bool = false) {
    self.betweenMasters = min(max(betweenMasters, 0), 3_600_000)
    self.toMasters = min(max(toMasters, 0), 3_600_000)
    self.isShared = isShared
  }

  /// etcd's heartbeat interval in milliseconds: 0.5 to 1.5 of the longest round trip between members, and
  /// never below etcd's default of 100 ms (etcd's tuning guide). On a shared computer a member may not
  /// run for a few hundred milliseconds, which must not be taken for its end.
  var heartbeat: Int { max(isShared ? 300 : 100, rounded(betweenMasters, to: 10)) }

  /// etcd's election timeout in milliseconds: ten round trips, and ten heartbeats (etcd's tuning guide).
  var election: Int { 10 * heartbeat }

  /// How often a kubelet tells its node's state, in seconds; nil for the default of 10 s, which is
  /// time for ten round trips of a second.
  var statusFrequency: Int? {
    let seconds = Int((toMasters * 10 / 1_000).rounded(.up))
    return seconds > 10 ? seconds : nil
  }

  /// How long a node may be silent before it counts as lost, in seconds: four times what it is to tell its state in,
  /// as by default (40 s, from Kubernetes 1.32 on 50 s), and twenty round trips for what is lost on the
  /// way. Nil for the default, while round trips are below 100 ms.
  var gracePeriod: Int? {
    guard toMasters >= 100 else { return nil }
    let seconds = Double(4 * (statusFrequency ?? 10)) + toMasters * 20 / 1_000
    return max(50, Int(seconds.rounded(.up)))
  }

  /// How long kubeadm waits for the control plane, in seconds: its default of four minutes (twice that where machines
  /// share a computer), and a hundred round trips.
  var controlPlaneTimeout: Int { (isShared ? 480 : 240) + hundredRoundTrips }

  /// How long a join waits for the cluster to tell what it is, in seconds. A token that is not known makes it wait all
  /// that time, so that it is less than kubeadm's five minutes.
  var discoveryTimeout: Int { 60 + hundredRoundTrips }

  /// How long kubeadm waits for one answer of the API, in seconds: its default of a minute, and a hundred round trips.
  var callTimeout: Int { 60 + hundredRoundTrips }

  /// How long a single question to the API may take, in seconds: eight round trips, as TCP, TLS and lost packets may
  /// need them.
  var answerTimeout: Int { 5 + Int((toMasters * 8 / 1_000).rounded(.up)) }

  private var hundredRoundTrips: Int { Int((max(betweenMasters, toMasters) / 10).rounded(.up)) }

  private func rounded(_ milliseconds: Double, to step: Int) -> Int {
    Int((milliseconds / Double(step)).rounded(.up)) * step
  }
}
