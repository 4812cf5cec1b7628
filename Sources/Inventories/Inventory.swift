import Diagnostics

/// A testbed as the user described it in `inventory.toml`: checked, complete, with every default
/// filled in. The fields mean what `docs/inventory.md` says of the keys of the same name.
package struct Inventory: Sendable {
  /// The file that it was read from, as the user gave it.
  package var file: String
  /// SHA-256 of the file's bytes in hexadecimal, and, when it names manifests and files of round trips, of
  /// theirs too: what a saved plan and a run's record name.
  package var digest: String
  /// `[testbed]`.
  package var testbed: Testbed
  /// `[lab]`: set when the machines are those of a lab on this computer.
  package var lab: LabSettings?
  /// `[kubernetes]`; its defaults when the table is absent.
  package var kubernetes: KubernetesSettings
  /// `[load_balancer]`.
  package var loadBalancer: LoadBalancerSettings
  /// `[[site]]`, in the order of the file.
  package var sites: [Site] { didSet { paths = PathIndex(sites: sites, rules: latency) } }
  /// `[[latency]]`, in the order of the file.
  package var latency: [LatencyRule] { didSet { paths = PathIndex(sites: sites, rules: latency) } }
  /// Which of `latency` is about which path.
  private(set) var paths: PathIndex

  /// A testbed.
  package init(
    file: String, digest: String, testbed: Testbed, lab: LabSettings?,
    kubernetes: KubernetesSettings, loadBalancer: LoadBalancerSettings, sites: [Site],
    latency: [LatencyRule]
  ) {
    self.file = file
    self.digest = digest
    self.testbed = testbed
    self.lab = lab
    self.kubernetes = kubernetes
    self.loadBalancer = loadBalancer
    self.sites = sites
    self.latency = latency
    paths = PathIndex(sites: sites, rules: latency)
  }
}

/// `[testbed]`: what is true of the testbed as a whole.
package struct Testbed: Sendable, Hashable {
  /// Which routers have a tunnel between them.
  package enum Topology: Sendable, Hashable {
    /// Every two.
    case mesh
    /// Every one and the named site's.
    case hub(site: String)
  }

  /// Its name: letters, digits, `-`, at most 32; unit names, folders and locks carry it.
  package var name: String
  /// Which routers have a tunnel between them.
  package var topology: Topology
  /// Where the routers' addresses on their tunnels come from, one for each; `172.30.0.0/15` unless
  /// said otherwise: private (RFC 1918), and clear of the defaults of `[kubernetes]`.
  package var tunnelNetwork: IPv4Prefix
  /// The tunnels' MTU in bytes; 1400 unless said otherwise.
  package var tunnelMTU: Int
  /// The first UDP port of the tunnels; 20000 unless said otherwise. A tunnel's port follows from its two sites.
  package var tunnelPort: Int

  /// `[testbed]`.
  package init(
    name: String, topology: Topology, tunnelNetwork: IPv4Prefix, tunnelMTU: Int, tunnelPort: Int
  ) {
    self.name = name
    self.topology = topology
    self.tunnelNetwork = tunnelNetwork
    self.tunnelMTU = tunnelMTU
    self.tunnelPort = tunnelPort
  }
}

/// `[lab]`: the lab on this computer that has the machines.
package struct LabSettings: Sendable, Hashable {
  /// The lab's name; network namespaces and folders carry it.
  package var name: String

  /// `[lab]`.
  package init(name: String) { self.name = name }
}

/// `[load_balancer]`.
package struct LoadBalancerSettings: Sendable, Hashable {
  /// Whether etcd's port 2379 is forwarded too, as the seed's load balancer did.
  package var etcd: Bool

  /// `[load_balancer]`.
  package init(etcd: Bool) { self.etcd = etcd }
}

/// `[[site]]`: the machines of one university, behind one router.
package struct Site: Sendable, Hashable {
  /// Its name: letters, digits, `-`, at most 32.
  package var name: String
  /// The prefix of its LAN.
  package var lan: IPv4Prefix
  /// Latitude and longitude in degrees, when given.
  package var location: Location?
  /// The city, by which a file of measured round-trip times is matched.
  package var city: String?
  /// The router between the LAN and the others.
  package var router: Router
  /// The hosts in the LAN, in the order of the file.
  package var hosts: [Host]
  /// Where the file names it.
  package var position: SourcePosition

  /// A place on the globe.
  package struct Location: Sendable, Hashable {
    /// Degrees north, −90 to 90.
    package var latitude: Double
    /// Degrees east, −180 to 180.
    package var longitude: Double

    /// A place on the globe.
    package init(latitude: Double, longitude: Double) {
      self.latitude = latitude
      self.longitude = longitude
    }
  }

  /// `[[site]]`.
  package init(
    name: String, lan: IPv4Prefix, location: Location?, city: String?, router: Router,
    hosts: [Host], position: SourcePosition
  ) {
    self.name = name
    self.lan = lan
    self.location = location
    self.city = city
    self.router = router
    self.hosts = hosts
    self.position = position
  }
}

/// `site.router`.
package struct Router: Sendable, Hashable {
  /// Its name, unique in the testbed.
  package var name: String
  /// Its address on the network that joins the sites.
  package var wan: IPv4Address
  /// Its address in the site's LAN.
  package var lan: IPv4Address
  /// Whether other routers can open a tunnel to it; false for one behind NAT.
  package var reachable: Bool
  /// How the operator logs in to it.
  package var ssh: SSHSettings
  /// Where the file names it.
  package var position: SourcePosition

  /// `site.router`.
  package init(
    name: String, wan: IPv4Address, lan: IPv4Address, reachable: Bool, ssh: SSHSettings,
    position: SourcePosition
  ) {
    self.name = name
    self.wan = wan
    self.lan = lan
    self.reachable = reachable
    self.ssh = ssh
    self.position = position
  }
}

/// What a host is for.
package enum HostRole: String, Sendable, Hashable, CaseIterable, Codable {
  /// HAProxy before the masters.
  case loadBalancer = "loadbalancer"
  /// A control-plane node.
  case master
  /// A node that runs pods.
  case worker
}

/// `[[site.host]]`.
package struct Host: Sendable, Hashable {
  /// Its name, unique in the testbed.
  package var name: String
  /// Its address in the site's LAN.
  package var address: IPv4Address
  /// What it is for.
  package var role: HostRole
  /// How the operator logs in to it.
  package var ssh: SSHSettings
  /// Where the file names it.
  package var position: SourcePosition

  /// `[[site.host]]`.
  package init(
    name: String, address: IPv4Address, role: HostRole, ssh: SSHSettings, position: SourcePosition
  ) {
    self.name = name
    self.address = address
    self.role = role
    self.ssh = ssh
    self.position = position
  }
}

/// How the operator logs in to one machine: `[ssh]`, overridden by the site's and by the machine's own.
package struct SSHSettings: Sendable, Hashable {
  /// The address or name that SSH connects to; the machine's WAN (router) or LAN (host) address unless said otherwise.
  package var address: String
  /// The TCP port, when said.
  package var port: Int?
  /// The user, when said.
  package var user: String?
  /// Private key files, when said; `~` is not yet expanded.
  package var identityFiles: [String]
  /// Whether `sudo` makes the user root.
  package var sudo: Bool
  /// The machine to jump through: the site's router for its hosts, nil for routers, unless said otherwise.
  package var jump: String?
  /// The only host key to accept, `ssh-ed25519 AAAA…`, when said.
  package var hostKey: String?
  /// Whether a password may be asked for.
  package var allowsPassword: Bool

  /// How the operator logs in.
  package init(
    address: String, port: Int? = nil, user: String? = nil, identityFiles: [String] = [],
    sudo: Bool = false, jump: String? = nil, hostKey: String? = nil, allowsPassword: Bool = false
  ) {
    self.address = address
    self.port = port
    self.user = user
    self.identityFiles = identityFiles
    self.sudo = sudo
    self.jump = jump
    self.hostKey = hostKey
    self.allowsPassword = allowsPassword
  }
}
