import Diagnostics
import Inventories
import ShellPrograms

/// How the cluster is, held against what the inventory says it should be.
package struct ClusterHealth: Sendable, Hashable {
  /// Whether there is one.
  package enum Presence: String, Sendable, Hashable {
    /// A master has it.
    case present
    /// No master has it.
    case absent
    /// No master that could be asked has it, and some could not be asked.
    case unknown
  }

  /// A node of the inventory, of the cluster, or of both.
  package struct Node: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its site; nil when the inventory does not name the node.
    package var site: String?
    /// What it is for; nil when the inventory does not name the node.
    package var role: HostRole?
    /// What the API says of it; nil when the cluster does not have it.
    package var reading: ClusterReading.Node?
    /// Whether the cluster reaches it over the address that the inventory gives it.
    package var isAtSiteAddress: Bool
  }

  /// A master of the inventory.
  package struct Master: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its site.
    package var site: String
    /// Whether its own API server says that it is ready; nil when it could not be asked.
    package var answersAPI: Bool?
    /// Its parts, by the API's word.
    package var components: [ClusterReading.Component]

    /// Whether a part is ready; nil when nothing is known of it, or not yet.
    package func isReady(_ component: String) -> Bool? {
      components.first { $0.name == component }.flatMap { $0.isStarting ? nil : $0.isReady }
    }

    /// Whether a part runs and is not known to be ready yet.
    package func isStarting(_ component: String) -> Bool {
      components.contains { $0.name == component && $0.isStarting }
    }
  }

  /// A member of etcd.
  package struct Member: Sendable, Hashable {
    /// What another member says of it.
    package var reading: ClusterReading.Member
    /// Whether it says of itself that it agrees with the others; nil when it could not be asked.
    package var isHealthy: Bool?
  }

  /// A certificate of a master's.
  package struct Certificate: Sendable, Hashable {
    /// The master.
    package var host: String
    /// What it is.
    package var reading: ClusterReading.Certificate
  }

  /// A static pod of a master, as kubeadm calls it.
  package static let components = [
    "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd",
  ]
  /// With fewer days left, a certificate is warned of: kubeadm renews at an upgrade only.
  package static let fewDays = 30

  /// Whether there is a cluster.
  package var presence: Presence
  /// Whether the API answers at the load balancer; nil when nobody could be asked.
  package var isEndpointReady: Bool?
  /// The nodes: those of the inventory in the order of the file, then the others.
  package var nodes: [Node] = []
  /// The masters, in the order of the file.
  package var masters: [Master] = []
  /// The members of etcd.
  package var members: [Member] = []
  /// The certificates of all masters, those of authorities included.
  package var certificates: [Certificate] = []
  /// What is wrong, and what looks wrong.
  package var diagnostics: [Diagnostic] = []

  /// Whether nothing is wrong.
  package var isWell: Bool { !diagnostics.contains { $0.severity == .error } }

  /// Nothing is known but whether there is a cluster.
  package init(_ presence: Presence) { self.presence = presence }

  /// How the cluster is by what its masters told; nil when the inventory asks for none.
  package init?(_ inventory: Inventory, _ answers: ClusterMeasurement.Answers) {
    let masters = inventory.hosts.filter { $0.host.role == .master }
    guard inventory.kubernetes.installs, !masters.isEmpty else { return nil }
    var readings: [(host: Host, reading: ClusterReading)] = []
    var couldAll = true
    for (_, host) in masters {
      switch answers[host.name] {
      case .success(let reading?): readings.append((host, reading))
      case .success(nil): break
      case .failure(let problem):
        couldAll = false
        diagnostics += problem.diagnostics
      case nil: couldAll = false
      }
    }
    if readings.isEmpty {
      presence = couldAll ? .absent : .unknown
      return
    }
    presence = .present
    judgeEndpoint(readings)
    judgeNodes(inventory, readings)
    judgeMasters(masters, answers, readings)
    judgeMembers(masters.map(\.host), answers, readings)
    judgeCertificates(readings)
  }

  private mutating func judgeEndpoint(_ readings: [(host: Host, reading: ClusterReading)]) {
    let told = readings.compactMap { entry in entry.reading.endpoint.map { (entry.host, $0) } }
    isEndpointReady = told.isEmpty ? nil : told.contains { $0.1 == .well }
    guard isEndpointReady != true, case .failed(let words)? = told.first?.1 else { return }
    diagnostics.append(
      Diagnostic(
        .error, "the cluster's API does not answer at the load balancer",
        detail: "\(VisibleText.line(words))\nLook at the load balancer: planetbed exec … -- "
          + "systemctl status haproxy", host: told.first?.0.name))
  }

  private mutating func judgeNodes(
    _ inventory: Inventory, _ readings: [(host: Host, reading: ClusterReading)]
  ) {
    guard let known = readings.lazy.compactMap(\.reading.nodes).first else {
      diagnostics.append(
        Diagnostic(
          .error, "the cluster's API does not tell its nodes",
          detail: "Look at the API server of a master: crictl ps -a --name kube-apiserver",
          host: readings.first?.host.name))
      return
    }
    let byName = Dictionary(known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let expected = inventory.hosts.filter { $0.host.role != .loadBalancer }
    let names = Set(expected.map(\.host.name))
    nodes = expected.map { site, host in
      let reading = byName[host.name]
      return Node(
        name: host.name, site: site.name, role: host.role, reading: reading,
        isAtSiteAddress: reading?.addresses.contains(host.address.description) ?? false)
    }
    nodes += known.filter { !names.contains($0.name) }.map {
      Node(name: $0.name, site: nil, role: nil, reading: $0, isAtSiteAddress: false)
    }
    for node in nodes { judge(node, inventory) }
    judgeVersions(inventory)
  }

  private mutating func judge(_ node: Node, _ inventory: Inventory) {
    func add(_ severity: Diagnostic.Severity, _ summary: String, _ detail: String) {
      diagnostics.append(Diagnostic(severity, summary, detail: detail, host: node.name))
    }
    guard let reading = node.reading else {
      return add(
        .error, "it is not in the cluster", "It joins with: planetbed apply \(inventory.file)")
    }
    guard node.site != nil else {
      return add(
        .warning, "it is in the cluster and not in the inventory",
        "planetbed apply \(inventory.file) --prune removes it.")
    }
    if !reading.isReady {
      add(
        .error, "the node is not ready",
        "\(VisibleText.line(reading.reason))\nLook there: journalctl -u kubelet")
    }
    if !node.isAtSiteAddress {
      let seen = reading.addresses.isEmpty ? "none" : reading.addresses.joined(separator: ", ")
      add(
        .error, "the cluster does not reach the node over its address at the site",
        "The kubelet's address is \(VisibleText.line(seen)): see --node-ip in "
          + "/var/lib/kubelet/kubeadm-flags.env.")
    }
    if reading.isCordoned {
      add(
        .warning, "the node is cordoned: no new pods are put on it",
        "planetbed kubectl \(inventory.file) -- uncordon \(node.name)")
    }
  }

  private mutating func judgeVersions(_ inventory: Inventory) {
    let members = nodes.filter { $0.site != nil }
    let versions = Set(members.compactMap(\.reading?.version))
    if let asked = inventory.kubernetes.version {
      for node in members {
        guard let version = node.reading?.version, version != "v\(asked)" else { continue }
        diagnostics.append(
          Diagnostic(
            .warning, "the node has version \(VisibleText.line(version)), the inventory \(asked)",
            detail: "planetbed apply \(inventory.file) shows what it can do about it.",
            host: node.name))
      }
    } else if versions.count > 1 {
      diagnostics.append(
        Diagnostic(
          .warning, "the nodes have different versions",
          detail: versions.sorted().map { VisibleText.line($0) }.joined(separator: ", ")))
    }
  }

  private mutating func judgeMasters(
    _ hosts: [(site: Site, host: Host)], _ answers: ClusterMeasurement.Answers,
    _ readings: [(host: Host, reading: ClusterReading)]
  ) {
    let parts = readings.lazy.compactMap(\.reading.components).first
    var untold: [(master: String, parts: [String])] = []
    for (site, host) in hosts {
      var master = Master(name: host.name, site: site.name, components: [])
      master.components = (parts ?? []).filter { $0.node == host.name }
      let reading = readings.first { $0.host.name == host.name }?.reading
      if case .failed(let words)? = reading?.own {
        diagnostics.append(
          Diagnostic(
            .error, "its API server is not ready", detail: VisibleText.line(words), host: host.name)
        )
      }
      master.answersAPI = reading?.own.map { $0 == .well }
      if reading == nil, case .success? = answers[host.name] {
        diagnostics.append(
          Diagnostic(
            .error, "the master has no control plane",
            detail:
              "There is no \(AdministratorShell.configuration). It joins with: planetbed apply",
            host: host.name))
      } else if parts != nil, reading != nil {
        // The API server of a master that has just joined answers before its kubelet tells the API of
        // the parts, all of which it tells of in one go.
        let isNew = master.answersAPI == true && master.isReady("kube-apiserver") != true
        let known = Set(master.components.map(\.name))
        let starting = Self.components.filter {
          master.isStarting($0) || isNew && !known.contains($0)
        }
        if !starting.isEmpty { untold.append((host.name, starting)) }
        for name in Self.components
        where master.isReady(name) != true && !starting.contains(name) {
          let reason = master.components.first { $0.name == name }?.reason ?? "there is no such pod"
          diagnostics.append(
            Diagnostic(
              .error, "its \(name) is not ready",
              detail: "\(reason.isEmpty ? "" : VisibleText.line(reason) + "\n")"
                + "Look there: crictl ps -a; crictl logs …", host: host.name))
        }
      }
      masters.append(master)
    }
    tellUntold(untold)
  }

  /// One remark for all masters whose kubelets have not told yet how the parts are: just after the
  /// start of a cluster they all have not.
  private mutating func tellUntold(_ untold: [(master: String, parts: [String])]) {
    guard let first = untold.first else { return }
    let names = Self.components.filter { name in untold.contains { $0.parts.contains(name) } }
      .joined(separator: ", ")
    let masters = untold.map(\.master).joined(separator: ", ")
    diagnostics.append(
      untold.count == 1
        ? Diagnostic(
          .warning, "its \(names) is not known to be ready yet", detail: Self.kubeletTells,
          host: first.master)
        : Diagnostic(
          .warning, "\(names) are not known to be ready yet on \(masters)",
          detail: Self.kubeletTells))
  }

  private static let kubeletTells =
    "The kubelet tells within two minutes of the start: planetbed status."

  private mutating func judgeMembers(
    _ hosts: [Host], _ answers: ClusterMeasurement.Answers,
    _ readings: [(host: Host, reading: ClusterReading)]
  ) {
    for (host, reading) in readings {
      if case .failed(let words)? = reading.etcd {
        diagnostics.append(
          Diagnostic(
            .error, "its etcd does not agree with the others",
            detail: "\(VisibleText.line(words))\nA majority of the members must be up.",
            host: host.name))
      }
    }
    guard let known = readings.lazy.compactMap(\.reading.members).first else { return }
    members = known.map { member in
      let own = readings.first { $0.host.name == member.name }?.reading.etcd
      return Member(reading: member, isHealthy: own.map { $0 == .well })
    }
    let names = Set(hosts.map(\.name))
    for member in known where !member.isStarted || member.isLearner {
      diagnostics.append(
        Diagnostic(
          .error,
          member.isStarted
            ? "its etcd has no vote yet" : "a member of etcd has never started",
          detail: "A join was cut off, or is not finished: planetbed apply finishes it.",
          host: member.name.isEmpty ? nil : member.name))
    }
    for member in known where member.isStarted && !names.contains(member.name) {
      diagnostics.append(
        Diagnostic(
          .warning, "a member of etcd is no master of the inventory",
          detail: "It counts when a majority is needed.", host: member.name))
    }
  }

  private mutating func judgeCertificates(_ readings: [(host: Host, reading: ClusterReading)]) {
    for (host, reading) in readings {
      let few = (reading.certificates ?? []).filter { $0.days < Self.fewDays }
      certificates += (reading.certificates ?? []).map { .init(host: host.name, reading: $0) }
      guard let first = few.min(by: { $0.days < $1.days }) else { continue }
      let names = few.map { VisibleText.line($0.name) }.joined(separator: ", ")
      diagnostics.append(
        Diagnostic(
          first.days < 0 ? .error : .warning,
          first.days < 0
            ? "a certificate of the control plane has expired"
            : "a certificate of the control plane expires in "
              + (first.days == 1 ? "1 day" : "\(first.days) days"),
          detail: "\(names)\nRenew there: kubeadm certs renew all, and restart the control plane.",
          host: host.name))
    }
  }
}
