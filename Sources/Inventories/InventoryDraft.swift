import Diagnostics
import TOMLReading

/// An inventory as the file has it: what could not be read is nil and has been noted, so that the
/// checks can still look at the rest.
struct InventoryDraft {
  /// A network that the inventory sets aside.
  struct Network {
    var prefix: IPv4Prefix
    /// Where the file gives it; nil when it is the default.
    var position: SourcePosition?
  }

  var testbedPosition: SourcePosition
  var name: String?
  var topology: Located<String>?
  var hub: Located<String>?
  /// Whether the file gives a hub, be it rightly written or not.
  var hubIsGiven: Bool
  var tunnelNetwork: Network?
  var tunnelMTU: Located<Int>?
  var tunnelPort: Located<Int>?
  /// Whether there is a `[lab]`.
  var isLab: Bool
  var labName: String?
  var kubernetes: KubernetesDraft?
  var podNetwork: Network?
  var serviceNetwork: Network?
  var etcd: Bool
  var ssh: SSHDraft
  var sites: [SiteDraft]
  var latency: [LatencyDraft]
  /// The SHA-256 of the files of round trips, by their paths as the user gave them.
  var matrixDigests: [String: String] = [:]

  /// Reads all of a document by `InventorySchema`, and notes what is wrong.
  init(_ document: TOMLDocument, findings: TOMLFindings) {
    let start = SourcePosition(file: document.file, line: 1, column: 1)
    let root = TOMLTableReader(
      Located(document.root, at: start), by: InventorySchema.Root.schema, findings: findings)
    /// A table that may be left out reads as an empty one, so that its defaults hold; a required one
    /// that is missing has been noted, and its keys are not asked for.
    func reader(_ key: TOMLKey<TOMLTable>, _ schema: TOMLTableSchema) -> TOMLTableReader? {
      if let table = root.read(key) {
        return TOMLTableReader(table, by: schema, findings: findings)
      }
      if case .required = key.presence { return nil }
      if root.has(key) { return nil }
      return TOMLTableReader(Located(TOMLTable(), at: start), by: schema, findings: findings)
    }

    let testbed = reader(InventorySchema.Root.testbed, InventorySchema.TestbedKeys.schema)
    testbedPosition = testbed?.position ?? start
    name = testbed?.read(InventorySchema.TestbedKeys.name)?.value
    topology = testbed?.readOrDefault(InventorySchema.TestbedKeys.topology)
    hub = testbed?.read(InventorySchema.TestbedKeys.hub)
    hubIsGiven = testbed?.has(InventorySchema.TestbedKeys.hub) ?? false
    tunnelNetwork = testbed?.network(InventorySchema.TestbedKeys.tunnelNetwork)
    tunnelMTU = testbed?.readOrDefault(InventorySchema.TestbedKeys.tunnelMTU)
    tunnelPort = testbed?.readOrDefault(InventorySchema.TestbedKeys.tunnelPort)

    isLab = root.has(InventorySchema.Root.lab)
    labName =
      isLab
      ? reader(InventorySchema.Root.lab, InventorySchema.LabKeys.schema)?
        .read(InventorySchema.LabKeys.name)?.value : nil

    let kubernetes = reader(InventorySchema.Root.kubernetes, InventorySchema.KubernetesKeys.schema)
    self.kubernetes = kubernetes.map(KubernetesDraft.init)
    if !root.has(InventorySchema.Root.kubernetes) { self.kubernetes?.position = nil }
    podNetwork = kubernetes?.network(InventorySchema.KubernetesKeys.podNetwork)
    serviceNetwork = kubernetes?.network(InventorySchema.KubernetesKeys.serviceNetwork)

    let loadBalancer = reader(
      InventorySchema.Root.loadBalancer, InventorySchema.LoadBalancerKeys.schema)
    etcd = loadBalancer?.readOrDefault(InventorySchema.LoadBalancerKeys.etcd)?.value ?? false

    ssh =
      reader(InventorySchema.Root.ssh, InventorySchema.SSHKeys.schema).map(SSHDraft.init)
      ?? SSHDraft()
    let sitesTables = root.read(InventorySchema.Root.site)
    if let sitesTables, sitesTables.value.isEmpty {
      findings.error("the inventory has no site", at: sitesTables.position)
    }
    sites = (sitesTables?.value ?? []).map {
      SiteDraft(TOMLTableReader($0, by: InventorySchema.SiteKeys.schema, findings: findings))
    }
    latency = (root.read(InventorySchema.Root.latency)?.value ?? []).map {
      LatencyDraft(TOMLTableReader($0, by: InventorySchema.LatencyKeys.schema, findings: findings))
    }
  }

  /// Every machine, site by site, the router before its hosts.
  var machines: [MachineDraft] {
    sites.flatMap { site in (site.router.map { [$0.machine] } ?? []) + site.hosts.map(\.machine) }
  }
}

/// A `[[site]]` as the file has it.
struct SiteDraft {
  var position: SourcePosition
  var name: Located<String>?
  var lan: Located<IPv4Prefix>?
  var location: Site.Location?
  var city: Located<String>?
  var router: RouterDraft?
  var hosts: [HostDraft]
  /// Whether `hosts` are all that the file gives.
  var hostsAreComplete: Bool
  var ssh: SSHDraft

  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.SiteKeys
    position = reader.position
    name = reader.read(Keys.name)
    lan = reader.read(Keys.lan)
    location = reader.read(Keys.location)?.value
    city = reader.read(Keys.city)
    router = reader.table(Keys.router, by: InventorySchema.RouterKeys.schema)
      .map(RouterDraft.init)
    let hostTables = reader.read(Keys.host)?.value
    hostsAreComplete = hostTables != nil || !reader.has(Keys.host)
    hosts = (hostTables ?? []).map {
      HostDraft(
        TOMLTableReader($0, by: InventorySchema.HostKeys.schema, findings: reader.findings))
    }
    ssh =
      reader.table(Keys.ssh, by: InventorySchema.SSHKeys.siteSchema).map(SSHDraft.init)
      ?? SSHDraft()
  }

  /// What to call it in an error.
  var label: String { name.map { "site \(tomlLiteral($0.value))" } ?? "a site" }
}

/// What a router and a host have in common.
struct MachineDraft {
  var position: SourcePosition
  var name: Located<String>?
  var ssh: SSHDraft

  /// What to call it in an error.
  var label: String { name?.value ?? "a machine" }
}

/// A `[site.router]` as the file has it.
struct RouterDraft {
  var machine: MachineDraft
  var wan: Located<IPv4Address>?
  var lan: Located<IPv4Address>?
  var reachable: Located<Bool>?

  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.RouterKeys
    machine = MachineDraft(
      position: reader.position, name: reader.read(Keys.name),
      ssh: reader.machineSSH(Keys.ssh, by: InventorySchema.MachineSSHKeys.routerSchema))
    wan = reader.read(Keys.wan)
    lan = reader.read(Keys.lan)
    reachable = reader.readOrDefault(Keys.reachable)
  }
}

/// A `[[site.host]]` as the file has it.
struct HostDraft {
  var machine: MachineDraft
  var address: Located<IPv4Address>?
  var role: Located<HostRole>?

  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.HostKeys
    machine = MachineDraft(
      position: reader.position, name: reader.read(Keys.name),
      ssh: reader.machineSSH(Keys.ssh, by: InventorySchema.MachineSSHKeys.hostSchema))
    address = reader.read(Keys.address)
    role = reader.read(Keys.role).flatMap { written in
      HostRole(rawValue: written.value).map { Located($0, at: written.position) }
    }
  }
}

/// An `ssh` table of any level; nil is what it leaves to the level above.
struct SSHDraft {
  var user: String?
  var port: Int?
  var sudo: Bool?
  var identityFiles: [String]?
  var password: Bool?
  var address: String?
  var hostKey: String?
  var jump: Located<Jump>?

  /// An empty table.
  init() {}

  /// The keys that every level has.
  init(_ reader: TOMLTableReader) {
    typealias Keys = InventorySchema.SSHKeys
    user = reader.read(Keys.user)?.value
    port = reader.read(Keys.port)?.value
    sudo = reader.read(Keys.become).map { $0.value == "sudo" }
    identityFiles = reader.read(Keys.identity)?.value
    password = reader.read(Keys.password)?.value
  }
}

extension TOMLTableReader {
  /// A reader of a table in this one, when it is there.
  fileprivate func table(_ key: TOMLKey<TOMLTable>, by schema: TOMLTableSchema) -> TOMLTableReader?
  {
    read(key).map { TOMLTableReader($0, by: schema, findings: findings) }
  }

  /// The `ssh` table of a machine.
  fileprivate func machineSSH(
    _ key: TOMLKey<TOMLTable>, by schema: TOMLTableSchema
  ) -> SSHDraft {
    typealias Keys = InventorySchema.MachineSSHKeys
    guard let reader = table(key, by: schema) else { return SSHDraft() }
    var draft = SSHDraft(reader)
    draft.address = reader.read(Keys.address)?.value
    draft.hostKey = reader.read(Keys.hostKey)?.value
    draft.jump = reader.read(InventorySchema.SSHKeys.jump)
    return draft
  }

  /// A network, and whether the file gives it.
  fileprivate func network(_ key: TOMLKey<IPv4Prefix>) -> InventoryDraft.Network? {
    readOrDefault(key).map {
      InventoryDraft.Network(prefix: $0.value, position: has(key) ? $0.position : nil)
    }
  }
}
