import Digests

/// How one machine of a lab is made and started, as a value.
struct MachineRecipe: Sendable, Hashable {
  /// A folder or file of the machine's own layer over the image.
  struct Seed: Sendable, Hashable {
    /// Its path in the machine.
    var path: String
    /// Its text; nil for a folder.
    var text: String?
    /// Its mode.
    var mode: UInt32
    /// Its owner, when that is not root.
    var owner: Owner?
  }

  /// A user and a group, by number.
  struct Owner: Sendable, Hashable {
    var user: UInt32
    var group: UInt32
  }

  /// The lab's name.
  var lab: String
  /// The machine and its place in the networks.
  var node: LabLayout.Node
  /// The image's recipe.
  var image: ImageRecipe
  /// The image's key.
  var imageKey: String
  /// The operator's public key, which opens root and the image's other user.
  var operatorKey: String
  /// What the machine installs Kubernetes from; nil for one that does not.
  var kubernetes: KubernetesBuild?
  /// The kernel that the machine runs under; nil for one that shares this computer's.
  var kernel: RouterKernel?

  /// What the machine is on this computer.
  var kind: MachineKind { kernel == nil ? .container : .userModeLinux }

  /// What systemd-nspawn calls the machine, and its cgroups are called: unique on the computer, and
  /// short enough for a host name.
  var unique: String { Self.unique(machine: node.name, of: lab) }
  static func unique(machine: String, of lab: String) -> String {
    let name = LabLayout.machineNamespace(machine, of: lab)
    return name.utf8.count <= 64 ? name : name.prefix(47) + "-" + StableHash([name]).hexadecimal
  }

  /// The folders of `/var/lib` that are real folders, not on the machine's overlay: overlayfs
  /// cannot sit on overlayfs, and a container runtime, a kubelet and an etcd bring their own.
  static let stateFolders = ["containerd", "kubelet", "etcd"]

  /// Changes when a machine that is there is not the one that is asked for.
  var digest: String {
    var parts = [
      "planetbed machine 1", lab, node.name, imageKey, operatorKey, String(node.sshPort),
    ]
    for link in node.links {
      parts += [link.name, "\(link.address)/\(link.prefixLength)", link.bridge, link.port]
    }
    if let kubernetes { parts += ["kubernetes", kubernetes.key] }
    if let kernel {
      parts += [kind.rawValue, kernel.key]
      for seed in kind.runtime.seeds(self) { parts += [seed.path, seed.text ?? ""] }
    }
    return StableHash.wideHexadecimal(parts)
  }

  /// What the machine has over the image, folders before what is in them.
  var seeds: [Seed] {
    let user = Owner(user: image.userID, group: image.groupID)
    let home = "/home/\(image.user)"
    var seeds = [
      Seed(path: "/etc", mode: 0o755),
      Seed(path: "/etc/hostname", text: "\(node.name)\n", mode: 0o644),
      Seed(
        path: "/etc/hosts", text: "127.0.0.1\tlocalhost\n127.0.1.1\t\(node.name)\n", mode: 0o644),
      Seed(
        path: "/etc/machine-id",
        text: StableHash.wideHexadecimal(["machine-id", lab, node.name]) + "\n",
        mode: 0o444),
      Seed(path: "/etc/ssh", mode: 0o755),
      Seed(path: "/root", mode: 0o700),
      Seed(path: "/root/.ssh", mode: 0o700),
      Seed(path: "/root/.ssh/authorized_keys", text: operatorKey, mode: 0o600),
      Seed(path: "/home", mode: 0o755),
      Seed(path: home, mode: 0o700, owner: user),
      Seed(path: "\(home)/.ssh", mode: 0o700, owner: user),
      Seed(path: "\(home)/.ssh/authorized_keys", text: operatorKey, mode: 0o600, owner: user),
    ]
    if node.sshPort != 22 {
      seeds += [
        Seed(path: "/etc/ssh/sshd_config.d", mode: 0o755),
        Seed(
          path: "/etc/ssh/sshd_config.d/planetbed-lab-port.conf", text: "Port \(node.sshPort)\n",
          mode: 0o644),
      ]
    }
    return seeds + kind.runtime.seeds(self)
  }

  /// The types of the machine's SSH host keys. RSA is left out: libssh2 of Debian 12 cannot use it,
  /// and it takes long to make.
  static let hostKeyTypes = ["ed25519", "ecdsa"]

  /// The program that becomes the machine, with its arguments. It sees the root file system in
  /// mounts of its own, which go when it goes.
  func start(in folder: MachineFolder, imageRoot: String, cgroups: [String]) -> HostCommand {
    let layers = [kernel?.layer, imageRoot].compactMap(\.self)
    return HostCommand(
      "unshare",
      ["--mount", "--propagation", "slave", "--", "sh", "-c", Self.launcher, "planetbed-lab"]
        + [folder.process, folder.root, folder.overlay(over: layers)] + cgroups + ["--"]
        + kind.runtime.program(self, in: folder), environment: kind.runtime.environment(in: folder))
  }

  /// Joins the machine's cgroups, mounts its root file system, writes down which process it is, and
  /// becomes the machine's program: one process all along, so that what is written down stays true.
  static let launcher = """
    set -eu
    record=$1 root=$2 overlay=$3
    shift 3
    while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done
    shift
    mount -t overlay -o "$overlay" planetbed-lab "$root"
    read -r stat < /proc/$$/stat
    echo "$stat" > "$record.new"
    mv "$record.new" "$record"
    exec "$@"
    """

  /// Where `ip netns` names a namespace.
  static func namespacePath(_ namespace: String) -> String { "\(namespaces)/\(namespace)" }

  /// The folder in which `ip netns` names namespaces.
  static let namespaces = "/run/netns"

  /// The machine's lines in the known_hosts file: every name that the operator may use.
  func knownHosts(publicKeys: [String]) -> String {
    let names = node.aliases.map { node.sshPort == 22 ? $0 : "[\($0)]:\(node.sshPort)" }
    return publicKeys.map { key in
      let parts = key.split(separator: " ").prefix(2).joined(separator: " ")
      return "\(names.joined(separator: ",")) \(parts)\n"
    }.joined()
  }
}
