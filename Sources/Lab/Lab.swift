import Diagnostics
import Inventories

#if canImport(Glibc)
  import Glibc
#endif

/// A testbed on this computer: the machines of an inventory that names a lab, in networks of their
/// own that lead nowhere else.
package struct Lab: Sendable {
  let layout: LabLayout
  let store: LabStore
  let image = ImageRecipe()
  /// Whether the inventory makes a cluster of the machines.
  let asksForKubernetes: Bool
  /// Whether the inventory asks for delays between its sites.
  let asksForDelays: Bool
  /// The version that it asks for; nil when it names none.
  let kubernetesVersion: String?
  /// The inventory's file, to be named where the user is told what to do.
  private let file: String

  /// The lab that the inventory names, up or not, in a store. Throws when the inventory names none,
  /// or its machines cannot be a lab's (exit status 2).
  package init(inventory: Inventory, store: LabStore = LabStore()) throws(Problem) {
    layout = try LabLayout(inventory)
    self.store = store
    asksForKubernetes =
      inventory.kubernetes.installs && layout.nodes.contains { $0.kind == HostRole.master.rawValue }
    asksForDelays = !inventory.latency.isEmpty
    kubernetesVersion = inventory.kubernetes.version
    file = inventory.file
  }

  /// The lab's name.
  package var name: String { layout.lab }

  /// The names of the labs that are up, wholly or in part.
  package static func names(in store: LabStore) -> [String] {
    FileTree.names(in: store.labs).filter { !$0.contains(".") }
  }

  /// Brings up what is not up: the base image, the networks, the machines. Machines that are as
  /// they should be are left alone. Returns how the lab is then; throws when a machine does not boot
  /// or its SSH server does not answer. Ended in the middle, it can be begun again.
  ///
  /// Masters and workers get Kubernetes to install when the inventory makes a cluster of them, unless
  /// `withoutKubernetes`; it is built or fetched by the recipe in the folder `kubernetesRecipe` when
  /// it is not there. Which of the two a lab is stays as it was the first time, until it is taken down.
  ///
  /// When the inventory asks for delays and this computer's kernel has no netem, routers run under a
  /// kernel that has: user-mode Linux, of which the recipe in the folder `routerKernelRecipe` makes a
  /// router's kernel. Throws when that is not installed.
  package func up(
    kubernetesRecipe: String?, routerKernelRecipe: String? = nil, withoutKubernetes: Bool = false,
    progress: @escaping @Sendable (LabEvent) -> Void = { _ in }
  ) async throws -> LabStatus {
    try await Interruption.withBlockingWork { [self] interruption throws(Problem) in
      try LabRise(
        lab: self, kubernetesRecipe: kubernetesRecipe, leavesKubernetesOut: withoutKubernetes,
        routerKernelRecipe: routerKernelRecipe, interruption: interruption, progress: progress
      ).run()
    }
  }

  /// Takes down everything that the lab has on this computer, but for the image that all labs
  /// share. It works on a lab that is half up, and on one that is not.
  package func down(
    progress: @escaping @Sendable (LabEvent) -> Void = { _ in }
  ) async throws {
    try await Self.down(name, store: store, progress: progress)
  }

  /// Takes down the lab of that name, whatever its inventory was.
  package static func down(
    _ name: String, store: LabStore, progress: @escaping @Sendable (LabEvent) -> Void = { _ in }
  ) async throws {
    try await Interruption.withBlockingWork { interruption throws(Problem) in
      try LabFall(
        lab: name, store: store, interruption: interruption, progress: progress
      ).run()
    }
  }

  /// How the machines are, each asked for its SSH greeting, for at most 5 s all together.
  package func status() async throws -> LabStatus {
    try await Interruption.withBlockingWork { [self] _ throws(Problem) in
      try Computer.check()
      return observe(seconds: 5)
    }
  }

  /// The machines as they are now.
  func observe(seconds: Int) -> LabStatus {
    let running = Dictionary(
      uniqueKeysWithValues: layout.nodes.map { ($0.name, process(of: $0.name)?.id) })
    let answering = SSHGreeting.answering(
      layout.nodes.filter { running[$0.name] != .some(nil) }.map {
        ($0, kind(of: $0.name).runtime.greetingNamespace(of: $0, in: name))
      }, seconds: seconds)
    return LabStatus(
      lab: name,
      machines: layout.nodes.map { node in
        let id = running[node.name] ?? nil
        return LabStatus.Machine(
          name: node.name, site: node.site, kind: node.kind, address: node.address.description,
          running: id != nil, sshAnswers: answering.contains(node.name), pid: id)
      },
      kubernetes: KubernetesChoice.settled(
        record: FileTree.read(store.kubernetesRecord(of: name))))
  }

  /// What a machine is on this computer.
  private func kind(of machine: String) -> MachineKind {
    MachineKind(record: FileTree.read(store.machine(machine, of: name).kind))
  }

  /// The machine's process on this computer; nil when it does not run.
  func process(of machine: String) -> HostProcess? {
    HostProcess.of(record: FileTree.read(store.machine(machine, of: name).process) ?? "")
  }

  /// What to execute, as root, for a login shell in a machine, or for a command there. Throws when
  /// there is no such machine or it does not run.
  package func shellCommand(
    on machine: String, running command: [String] = []
  ) throws(Problem) -> (path: String, arguments: [String]) {
    try Computer.check()
    try Computer.require(Computer.machineTools)
    let node = try layout.node(machine)
    guard let path = HostCommand.path(of: "nsenter"),
      let process = process(of: node.name),
      let arguments = kind(of: node.name).runtime.shell(
        on: node, of: name, process: process,
        login: .login(lab: LabSettings(name: name), store: store),
        terminal: getenv("TERM").map { String(cString: $0) } ?? "linux", command: command)
    else {
      throw Problem(
        "\(node.name) does not run",
        detail: "Bring lab \(name) up with: planetbed lab up \(file)", host: node.name,
        exitStatus: .failure)
    }
    return (path, ["nsenter"] + arguments)
  }

  /// The file with all that the machine said on its console, its journal included. Throws when there
  /// is no such machine, or it has never run.
  package func logs(of machine: String) throws(Problem) -> String {
    let node = try layout.node(machine)
    let path = store.machine(node.name, of: name).console
    guard FileTree.exists(path) else {
      throw Problem(
        "\(node.name) has no log",
        detail: "Bring lab \(name) up with: planetbed lab up \(file)\nOnly root sees its log.",
        host: node.name, exitStatus: .failure)
    }
    return path
  }
}
