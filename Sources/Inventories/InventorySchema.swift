import TOMLReading

/// Every key of an inventory: `InventoryReader` reads by it, and the tables of `docs/inventory.md` are
/// made from it.
package enum InventorySchema {
  /// The tables in the order of the reference.
  package static let tables = [
    Root.schema, TestbedKeys.schema, LabKeys.schema, SSHKeys.schema, KubernetesKeys.schema,
    LoadBalancerKeys.schema, SiteKeys.schema, RouterKeys.schema, HostKeys.schema,
    MachineSSHKeys.schema, LatencyKeys.schema, OneWayKeys.schema,
  ]

  enum Root {
    static let testbed = TOMLKey(
      "testbed", .table, .required, "What is true of the testbed as a whole.")
    static let lab = TOMLKey(
      "lab", .table, .optional("real machines"),
      "Says that the machines are those of a lab on this computer.")
    static let ssh = TOMLKey(
      "ssh", .table, .optional("the defaults of its keys"), "How to log in to every machine.")
    static let kubernetes = TOMLKey(
      "kubernetes", .table, .optional("the defaults of its keys"), "The cluster.")
    static let loadBalancer = TOMLKey(
      "load_balancer", .table, .optional("the defaults of its keys"), "The load balancer.")
    static let site = TOMLKey("site", .tables, .required, "The sites.")
    static let latency = TOMLKey(
      "latency", .tables, .optional("nature's delays"),
      "What the paths between sites are asked to be like.")

    static let schema = TOMLTableSchema(
      "the inventory", "The tables of an inventory.",
      keys: [testbed, lab, ssh, kubernetes, loadBalancer, site, latency])
  }

  enum TestbedKeys {
    static let name = TOMLKey(
      "name", .name, .required,
      "The testbed's name: what planetbed makes on the machines carries it, so two testbeds that "
        + "share a machine need two names.")
    static let topology = TOMLKey(
      "topology", .oneOf(["mesh", "hub"]), .byDefault("mesh"),
      "Which routers have a tunnel between them: every two, or every one and the hub's.")
    static let hub = TOMLKey(
      "hub", .name, .optional("an error with `topology = \"hub\"`"),
      "The site in the middle of a `hub`; its router must be reachable.")
    static let tunnelNetwork = TOMLKey(
      "tunnel_network", .prefix,
      .byDefault(IPv4Prefix(IPv4Address(bits: 172 << 24 | 30 << 16), length: 15)),
      "Where the routers' addresses on their tunnels come from, one for each router.")
    static let tunnelMTU = TOMLKey(
      "tunnel_mtu", .integer(Limits.tunnelMTU), .byDefault(1400),
      "The tunnels' MTU in bytes. Over a path of 1500 bytes at most \(Limits.unfragmentedMTU), or "
        + "full packets travel in two fragments.")
    static let tunnelPort = TOMLKey(
      "tunnel_port", .integer(1024...65535), .byDefault(20000),
      "The first UDP port of the tunnels, which use those up to 32767, or, when it is above, "
        + "up to 65535.")

    static let schema = TOMLTableSchema(
      "[testbed]", "What is true of the testbed as a whole.",
      keys: [name, topology, hub, tunnelNetwork, tunnelMTU, tunnelPort])
  }

  enum LabKeys {
    static let name = TOMLKey(
      "name", .name, .required,
      "The lab's name, by which `planetbed lab` knows it; several may be up at once.")

    static let schema = TOMLTableSchema(
      "[lab]",
      "Says that the machines are those of a lab on this computer, which `planetbed lab up` makes "
        + "from this inventory. planetbed then connects from within the lab's network.",
      keys: [name])
  }

  enum SSHKeys {
    static let user = TOMLKey(
      "user", .word("user name"), .optional("`~/.ssh/config`, then your own; `root` in a lab"),
      "The user to log in as.")
    static let port = TOMLKey(
      "port", .integer(1...65535), .optional("`~/.ssh/config`, then 22"), "The TCP port.")
    static let become = TOMLKey(
      "become", .oneOf(["none", "sudo"]), .byDefault("none"),
      "How that user becomes root.")
    static let identity = TOMLKey(
      "identity", .oneOrMoreStrings, .optional("`~/.ssh/config`, then the usual files"),
      "The private key files to try, in this order; a leading `~/` is your home.")
    static let password = TOMLKey(
      "password", .boolean, .byDefault(false),
      "Whether to ask for a password when no key is accepted.")
    static let jump = TOMLKey(
      "jump", .jump, .optional("hosts: their site's router; routers: none"),
      "The machine of this inventory to log in through; `false` for none.")

    static let schema = TOMLTableSchema(
      "[ssh]",
      "How to log in to every machine. `[site.ssh]` overrides it for the machines of a site, and a "
        + "router's or a host's own `ssh` table overrides both.",
      keys: [user, port, become, identity, password])
    static let siteSchema = TOMLTableSchema(
      "[site.ssh]", "How to log in to the machines of a site.",
      keys: [user, port, become, identity, password])
  }

  enum MachineSSHKeys {
    static let address = TOMLKey(
      "address", .word("address or name"), .optional("a router's `wan`, a host's `address`"),
      "What to connect to.")
    static let hostKey = TOMLKey(
      "host_key", .hostKey, .optional("`known_hosts`"),
      "The only host key to accept: the first two words of the machine's `.pub` file.")

    static let schema = schema(header: "[site.router.ssh] and [site.host.ssh]")
    static let routerSchema = schema(header: "[site.router.ssh]")
    static let hostSchema = schema(header: "[site.host.ssh]")

    private static func schema(header: String) -> TOMLTableSchema {
      TOMLTableSchema(
        header, "How to log in to one machine: the keys of `[ssh]`, and three more.",
        keys: [address, hostKey, SSHKeys.jump] + SSHKeys.schema.keys)
    }
  }

  enum KubernetesKeys {
    static let install = TOMLKey(
      "install", .boolean, .byDefault(true),
      "Whether planetbed makes the cluster; `false` for the network and the load balancer alone.")
    static let version = TOMLKey(
      "version", .kubernetesVersion,
      .optional("the newest that `repository` has; the community's needs a version"),
      "The version to install.")
    static let podNetwork = TOMLKey(
      "pod_network", .prefix,
      .byDefault(IPv4Prefix(IPv4Address(bits: 10 << 24 | 244 << 16), length: 16)),
      "Where pods get their addresses, 256 for each node.")
    static let serviceNetwork = TOMLKey(
      "service_network", .prefix,
      .byDefault(IPv4Prefix(IPv4Address(bits: 10 << 24 | 96 << 16), length: 12)),
      "Where services get their addresses.")
    static let repository = TOMLKey(
      "repository", .packageRepository,
      .optional("the community's for the version's minor release, pkgs.k8s.io"),
      "Where kubeadm, kubelet, kubectl and cri-tools come from: a `deb` line's URI, suite and components, "
        + "or `\"none\"` for the sources that the machines have.")
    static let repositoryKey = TOMLKey(
      "repository_key", .url,
      .optional("with a `repository`: its packages are trusted without a signature"),
      "The public key that signs the `repository`, which the machines fetch.")
    static let imageRepository = TOMLKey(
      "image_repository", .imageRepository, .optional("kubeadm's own"),
      "Where the images of the control plane come from.")
    static let imageArchives = TOMLKey(
      "image_archives", .remoteFolder, .optional("images are pulled"),
      "A folder on each node whose image archives, `*.tar`, are loaded; those in its subfolder `masters` "
        + "on masters alone.")
    static let proxy = TOMLKey(
      "proxy", .proxy, .optional("none"),
      "The HTTP proxy by which the nodes fetch packages and images.")
    static let network = TOMLKey(
      "network", .manifest(or: ["bridge"]), .byDefault(.word("bridge")),
      "What joins the pods: plain bridges and routes, which the site VPN carries, or what these "
        + "manifests make (Calico, Cilium, Flannel, …).")
    static let dns = TOMLKey(
      "dns", .manifest(or: ["kubeadm", "none"]), .byDefault(.word("kubeadm")),
      "Who answers for names within the cluster: kubeadm's CoreDNS, nobody, or what these manifests "
        + "make.")
    static let trialImage = TOMLKey(
      "trial_image", .image, .byDefault(KubernetesSettings.defaultTrialImage),
      "The image of the pods that `apply` runs on every worker to see that the cluster works; it has "
        + "busybox's `httpd` and `wget`.")

    static let schema = TOMLTableSchema(
      "[kubernetes]", "The cluster. Paths of manifests begin at the inventory's folder.",
      keys: [
        install, version, podNetwork, serviceNetwork, repository, repositoryKey, imageRepository,
        imageArchives, proxy, network, dns, trialImage,
      ])
  }

  enum LoadBalancerKeys {
    static let etcd = TOMLKey(
      "etcd", .boolean, .byDefault(false),
      "Whether to forward etcd's port 2379 to the masters too. Nothing in a kubeadm cluster needs it."
    )

    static let schema = TOMLTableSchema(
      "[load_balancer]", "HAProxy before the masters.", keys: [etcd])
  }

  enum SiteKeys {
    static let name = TOMLKey("name", .name, .required, "The site's name.")
    static let lan = TOMLKey(
      "lan", .prefix, .required, "The prefix of its LAN, which no other site's overlaps.")
    static let location = TOMLKey(
      "location", .location, .optional("unknown"),
      "Where it is, in degrees north and east.")
    static let city = TOMLKey(
      "city", .string, .optional("unknown"),
      "Its city, by which a file of measured round-trip times is matched.")
    static let router = TOMLKey(
      "router", .table, .required, "The router between its LAN and the other sites.")
    static let host = TOMLKey("host", .tables, .optional("none"), "The hosts in its LAN.")
    static let ssh = TOMLKey(
      "ssh", .table, .optional("`[ssh]`"),
      "How to log in to its machines: the keys of `[ssh]`, each of which overrides the one there.")

    static let schema = TOMLTableSchema(
      "[[site]]", "The machines of one university, behind one router.",
      keys: [name, lan, location, city, router, host, ssh])
  }

  enum RouterKeys {
    static let name = TOMLKey(
      "name", .name, .required, "Its name, which no other machine has.")
    static let wan = TOMLKey(
      "wan", .address, .required, "Its address on the network that joins the sites.")
    static let lan = TOMLKey("lan", .address, .required, "Its address in the site's LAN.")
    static let reachable = TOMLKey(
      "reachable", .boolean, .byDefault(true),
      "Whether other routers can open a tunnel to its `wan`; `false` for one behind NAT. Of the two "
        + "ends of a tunnel, one must be.")
    static let ssh = TOMLKey(
      "ssh", .table, .optional("`[site.ssh]`, then `[ssh]`"), "How to log in to it.")

    static let schema = TOMLTableSchema(
      "[site.router]", "The router of a site.", keys: [name, wan, lan, reachable, ssh])
  }

  enum HostKeys {
    static let name = TOMLKey(
      "name", .name, .required, "Its name, which no other machine has.")
    static let address = TOMLKey("address", .address, .required, "Its address in the site's LAN.")
    static let role = TOMLKey(
      "role", .oneOf(HostRole.allCases.map(\.rawValue)), .required,
      "What it is for: HAProxy before the masters, a control-plane node, a node that runs pods.")
    static let ssh = TOMLKey(
      "ssh", .table, .optional("`[site.ssh]`, then `[ssh]`"), "How to log in to it.")

    static let schema = TOMLTableSchema(
      "[[site.host]]", "A host of a site.", keys: [name, address, role, ssh])
  }

  enum LatencyKeys {
    static let between = TOMLKey(
      "between", .pair, .optional("every pair of sites that has no rule of its own"),
      "The two sites.")
    static let rtt = TOMLKey(
      "rtt", .duration, .optional("not delayed"),
      "The round-trip time, all of it, at most \(Limits.longestRTT / 1000) s: what the path takes by "
        + "nature is a part of it.")
    static let addedRTT = TOMLKey(
      "added_rtt", .duration, .optional("not delayed"),
      "What is added to the round-trip time that the path takes by nature.")
    static let oneWay = TOMLKey(
      "one_way", .table, .optional("half of the round trip each way"),
      "The delay of each way, all of it, where the two differ; needs `between`.")
    static let jitter = TOMLKey(
      "jitter", .duration, .optional("none, or the matrix's"),
      "By how much the round-trip time varies; needs a delay.")
    static let distribution = TOMLKey(
      "distribution", .oneOf(Jitter.Distribution.allCases.map(\.rawValue)), .byDefault("normal"),
      "How the jitter is spread: `jitter` is the standard deviation, with `uniform` √3 times that.")
    static let correlation = TOMLKey(
      "correlation", .percentage, .optional("none"),
      "How much a packet's delay depends on that of the packet before.")
    static let loss = TOMLKey(
      "loss", .percentage, .optional("none, or the matrix's"),
      "The share of packets that is lost, each way.")
    static let duplicate = TOMLKey(
      "duplicate", .percentage, .optional("none"),
      "The share of packets that arrives twice, each way.")
    static let reorder = TOMLKey(
      "reorder", .percentage, .optional("none"),
      "The share of packets that is not delayed and so overtakes others, each way; needs a delay.")
    static let corrupt = TOMLKey(
      "corrupt", .percentage, .optional("none"),
      "The share of packets in which a bit is wrong, each way.")
    static let rate = TOMLKey(
      "rate", .rate, .optional("not limited"), "How much the path carries, each way.")
    static let matrix = TOMLKey(
      "matrix", .string, .optional("no file"),
      "A CSV file of measured round-trip times, for every pair of sites that it knows; its path begins "
        + "at the inventory's folder.")
    static let servers = TOMLKey(
      "servers", .string, .optional("`matrix` is by the sites' names or cities"),
      "The CSV file of servers that WonderNetwork publishes beside its pings, which `matrix` is then."
    )
    static let model = TOMLKey(
      "model", .oneOf(["geographic"]), .optional("no model"),
      "Round-trip times that follow from the sites' locations: the great circle there and back, times "
        + "`factor`, divided by the speed of light in fibre.")
    static let factor = TOMLKey(
      "factor", .factor, .byDefault(GeographicModel.measuredFactor),
      "How much longer than the great circle a path is.")

    static let schema = TOMLTableSchema(
      "[[latency]]",
      "What the path between two sites, or every path without a rule of its own, is asked to be like, "
        + "in both directions. Of `rtt`, `added_rtt`, `one_way`, `matrix` and `model` one is given, or none.",
      keys: [
        between, rtt, addedRTT, oneWay, jitter, distribution, correlation, loss, duplicate, reorder,
        corrupt, rate, matrix, servers, model, factor,
      ])
  }

  enum OneWayKeys {
    static let from = TOMLKey(
      "from", .duration, .required, "What packets take that leave the first site of `between`.")
    static let to = TOMLKey(
      "to", .duration, .required, "What packets take that come to it.")

    static let schema = TOMLTableSchema(
      "[latency.one_way]",
      "The delay of each way, of which half of the path's natural round-trip time is a part.",
      keys: [from, to])
  }
}

/// Bounds that come from what planetbed builds on.
enum Limits {
  /// The MTU that a tunnel may have: every IPv4 host must take 576 bytes (RFC 791, section 3.1); a
  /// jumbo frame carries 9000, less what OpenVPN adds.
  static let tunnelMTU = 576...(9000 - tunnelOverhead)

  /// What OpenVPN adds to a packet: IPv4 20 (RFC 791), UDP 8 (RFC 768), and of its own protocol's
  /// data packet 4 for opcode and peer, 4 for the packet's number and 16 for the AEAD tag.
  static let tunnelOverhead = 20 + 8 + 4 + 4 + 16

  /// The largest MTU whose packets fit into Ethernet's 1500 bytes unfragmented.
  static let unfragmentedMTU = 1500 - tunnelOverhead

  /// The highest port that a tunnel may have: Linux gives those from 32768 on to programs that ask for
  /// any (ip_local_port_range), so a tunnel gets one of them only when the user begins there.
  static func lastTunnelPort(from first: Int) -> Int { first < 32768 ? 32767 : 65535 }

  /// The longest round-trip time in milliseconds; half of it is netem's one-way delay, which tc
  /// counts in 32 bits of 64 ns each (`PSCHED_SHIFT` in the kernel's include/net/pkt_sched.h).
  static let longestRTT = 540_000

  /// How much longer than a great circle a path may be: not shorter, and a hundred times is a mistake.
  static let geographicFactor = 1.0...100.0

  /// How many addresses kube-controller-manager gives to each node: a /24 (`--node-cidr-mask-size`).
  static let nodePrefixLength = 24

  /// The lengths that the service network's prefix may have: kubeadm wants 10 addresses at least and
  /// 20 bits at most (`MinimumAddressesInServiceSubnet`, `MaximumBitsForServiceSubnet`).
  static let servicePrefixLength = 12...28

  /// The lengths that a LAN's prefix may have: a router and a host fit, and it is no part of the
  /// Internet's size.
  static let lanPrefixLength = 8...30
}
