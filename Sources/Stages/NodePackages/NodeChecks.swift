import Diagnostics
import Inventories
import Roles

/// What a machine must be before it can be a node.
struct NodeChecks {
  /// The machine.
  let host: Host
  /// What is asked of the cluster.
  let settings: KubernetesSettings
  /// What its probe reported.
  let facts: HostFacts

  /// What kubeadm asks of a master (`NumCPU` and `Mem` of its preflight checks): 1700 MiB.
  static let masterProcessors = 2
  static let masterMemoryKiB = 1700 * 1024

  /// All that stands in the way, or looks wrong.
  var all: [Diagnostic] {
    [release, kernel, architecture, processors, memory, swap].compactMap(\.self)
  }

  private var name: String { host.name }
  private var system: SystemFacts { facts.system }

  /// Processors, memory and swap, as the role's fact tells them.
  private var resources: (processors: Int, memory: Int, swap: Int)? {
    let words = facts.registered[NodePackages.Fact.resources]?.split(separator: " ") ?? []
    let numbers = words.compactMap { Int($0) }
    return numbers.count == 3 ? (numbers[0], numbers[1], numbers[2]) : nil
  }

  private var release: Diagnostic? {
    let first = ["debian": "12", "ubuntu": "22.04"]
    guard let needed = first[system.osID], !system.osVersion.isEmpty,
      Version(system.osVersion) < Version(needed)
    else { return nil }
    return Diagnostic(
      .error, "\(system.osName) on \(name) is too old for a node",
      detail:
        "Its containerd is older than 1.6, which kubelets need from Kubernetes 1.26 on. Upgrade to "
        + "Debian 12, Ubuntu 22.04 or later.",
      host: name)
  }

  private var kernel: Diagnostic? {
    guard !system.kernel.isEmpty, Version(system.kernel) < Version("4.19") else { return nil }
    return Diagnostic(
      .error, "Linux \(system.kernel) on \(name) is too old for a node",
      detail: "Kubernetes is made for 4.19 and later. Upgrade the kernel.", host: name)
  }

  private var architecture: Diagnostic? {
    guard settings.packages == .community, !system.architecture.isEmpty,
      !["x86_64", "aarch64", "ppc64le", "s390x"].contains(system.architecture)
    else { return nil }
    return Diagnostic(
      .error,
      "there are no packages of Kubernetes for \(name), whose processor is \(system.architecture)",
      detail: "The community makes them for x86_64, aarch64, ppc64le and s390x.", host: name)
  }

  private var processors: Diagnostic? {
    guard host.role == .master, let resources, resources.processors < Self.masterProcessors else {
      return nil
    }
    return Diagnostic(
      .warning, "\(name) has one processor",
      detail: "A master needs two: with one, leases of the control plane may run out under load.",
      host: name)
  }

  private var memory: Diagnostic? {
    guard host.role == .master, let resources, resources.memory < Self.masterMemoryKiB else {
      return nil
    }
    return Diagnostic(
      .warning, "\(name) has \(resources.memory / 1024) MiB of memory",
      detail: "A master needs 1700 MiB; with less, etcd or the API server may be killed.",
      host: name
    )
  }

  private var swap: Diagnostic? {
    guard let resources, resources.swap > 0 else { return nil }
    return Diagnostic(
      .warning, "\(name) has \(resources.swap / 1024) MiB of swap",
      detail:
        "Kubelets are told to run in spite of it (failSwapOn: false), but what is measured on "
        + "pods that swap may mean little. swapoff -a turns it off.",
      host: name)
  }
}
