import Digests
import Diagnostics
import Inventories

#if canImport(Glibc)
  import Glibc
#endif

/// Brings a lab up: looks at what is there, and does the rest.
struct LabRise {
  var lab: Lab
  /// The folder of the recipe of the machines' Kubernetes; nil when there is none.
  var kubernetesRecipe: String?
  /// Whether the machines are to have none.
  var leavesKubernetesOut: Bool
  /// The folder of the recipe of the routers' kernel; nil when there is none.
  var routerKernelRecipe: String?
  var interruption: Interruption
  var progress: @Sendable (LabEvent) -> Void

  private var layout: LabLayout { lab.layout }
  private var store: LabStore { lab.store }
  private var folder: String { store.folder(ofLab: lab.name) }

  /// Brings it up. Throws what is missing, or what went wrong.
  func run() throws(Problem) -> LabStatus {
    try Computer.check()
    try store.check()
    try Computer.require(Computer.machineTools)
    try Computer.requireTunDevice()
    let cgroups = try CgroupHierarchies.mounted()
    try FileTree.makeFolder(store.root)
    let image = try ImageBuilder(
      recipe: lab.image, store: store, interruption: interruption, progress: progress
    ).image()
    let kubernetes = try kubernetes()
    let routerKernel = try routerKernel()
    try FileTree.requireRoom(
      of: UInt64(layout.nodes.count) << 26, at: store.root, for: "\(layout.nodes.count) machines")

    let lock = try LabLock(
      lab.name, store: store, interruption: interruption, progress: progress)
    return try withExtendedLifetime(lock) { () throws(Problem) in
      try FileTree.makeFolder(folder, mode: 0o700)
      try FileTree.write(
        KubernetesChoice.record(kubernetes != nil), to: store.kubernetesRecord(of: lab.name))
      try KernelLimits(store: store, interruption: interruption).raise()
      let operatorKey = try makeOperatorKey()
      let recipes = layout.nodes.map {
        MachineRecipe(
          lab: lab.name, node: $0, image: lab.image, imageKey: image.key, operatorKey: operatorKey,
          kubernetes: $0.runsKubernetes ? kubernetes : nil,
          kernel: $0.isRouter ? routerKernel : nil)
      }
      let maker = MachineMaker(
        store: store, image: image, cgroups: cgroups, interruption: interruption,
        progress: progress)
      try converge(recipes, maker: maker, cgroups: cgroups)
      return try verified()
    }
  }

  /// What masters and workers install Kubernetes from; nil when this lab leaves it out.
  private func kubernetes() throws(Problem) -> KubernetesBuild? {
    let choice = KubernetesChoice(
      settled: KubernetesChoice.settled(
        record: FileTree.read(store.kubernetesRecord(of: lab.name))),
      inventoryAsks: lab.asksForKubernetes, leavesOut: leavesKubernetesOut)
    if let remark = choice.remark { progress(.kubernetes(remark)) }
    guard choice.provides else { return nil }
    return try KubernetesBuilder(
      recipe: kubernetesRecipe, version: lab.kubernetesVersion, store: store,
      interruption: interruption, progress: progress
    ).build()
  }

  /// The kernel that the routers run under; nil when this computer's own does.
  private func routerKernel() throws(Problem) -> RouterKernel? {
    guard lab.asksForDelays, try !Netem.isThere(interruption) else { return nil }
    let kernel = try RouterKernelBuilder(
      recipe: routerKernelRecipe, store: store, interruption: interruption, progress: progress
    ).build()
    progress(.routers(kernel.remark))
    return kernel
  }

  private func converge(
    _ recipes: [MachineRecipe], maker: MachineMaker, cgroups: CgroupHierarchies
  ) throws(Problem) {
    let networks = LabNetworks(store: store, interruption: interruption)
    let fall = LabFall(
      lab: lab.name, store: store, interruption: interruption, progress: progress)
    var ports = try networks.ports(layout)
    let mark = "\(folder)/networks"
    let backbone = Set(layout.bridges + [layout.operatorLink.port])
    if FileTree.read(mark) != backboneDigest || !ports.isSuperset(of: backbone) {
      unlink(mark)
      try networks.makeBackbone(layout)
      try FileTree.write(backboneDigest, to: mark)
      ports = backbone
    }

    let kept = recipes.filter { isUp($0, ports: ports) }
    for recipe in kept { progress(.kept(machine: recipe.node.name)) }
    let keptNames = Set(kept.map(\.node.name))
    let missing = recipes.filter { !keptNames.contains($0.node.name) }
    // A machine of another recipe, or of none any more, goes with its files; one that only does not
    // run, after this computer was off for instance, starts again with what was written to it.
    let gone = fall.machines.filter { !keptNames.contains($0) }
    try fall.stop(gone, cgroups: cgroups)
    let sound = Set(
      missing.filter {
        FileTree.read(store.machine($0.node.name, of: lab.name).recipe) == $0.digest
      }.map(\.node.name))
    try fall.remove(gone.filter { !sound.contains($0) })

    // Links of containers go with their namespaces, those of other machines stay.
    let wanted = backbone.union(recipes.flatMap(\.node.links).map(\.port)).union(["lo"])
    try networks.detach(ports.subtracting(wanted).sorted(), layout: layout)
    try networks.make(missing, layout: layout)
    progress(.networks(machines: missing.count))
    try Interruption.forEach(missing) { recipe throws(Problem) in try maker.prepare(recipe) }
    try FileTree.write(
      recipes.map(maker.knownHosts).joined(),
      to: LabAccess.login(lab: LabSettings(name: lab.name), store: store).knownHostsFile)
    try maker.start(missing)
  }

  /// Changes when the bridges or the operator's end are not those that are asked for.
  private var backboneDigest: String {
    let link = layout.operatorLink
    return StableHash.wideHexadecimal(
      ["planetbed backbone 1", "\(link.address)/\(link.prefixLength)"] + layout.bridges)
  }

  /// Whether a machine is as it should be: of this recipe, booted, running, and attached.
  private func isUp(_ recipe: MachineRecipe, ports: Set<String>) -> Bool {
    let machine = store.machine(recipe.node.name, of: lab.name)
    let record = FileTree.read(machine.process) ?? ""
    return FileTree.read(machine.recipe) == recipe.digest
      && FileTree.read(machine.booted) == record && HostProcess.of(record: record) != nil
      && (recipe.kind != .container
        || FileTree.exists(MachineRecipe.namespacePath(recipe.node.namespace)))
      && recipe.node.links.allSatisfy { ports.contains($0.port) }
  }

  /// The operator's key of this lab alone, made with the lab. Returns its public half.
  private func makeOperatorKey() throws(Problem) -> String {
    let path = LabAccess.login(lab: LabSettings(name: lab.name), store: store).identityFile
    if !FileTree.exists(path) || !FileTree.exists(path + ".pub") {
      for leftover in ["", ".pub", ".new", ".new.pub"] { unlink(path + leftover) }
      try HostCommand(
        "ssh-keygen",
        ["-q", "-t", "ed25519", "-N", "", "-C", "planetbed lab \(lab.name)", "-f", path + ".new"]
      ).run(interruption)
      for half in [".pub", ""] where rename(path + ".new" + half, path + half) != 0 {
        throw Problem.system("cannot put the operator's key in its place \(path)", errno)
      }
    }
    return FileTree.read(path + ".pub") ?? ""
  }

  /// How the lab is, with every SSH server answering.
  private func verified() throws(Problem) -> LabStatus {
    let status = lab.observe(seconds: 60)
    let silent = status.machines.filter { !$0.sshAnswers }
    guard silent.isEmpty else {
      throw Problem(
        silent.map {
          Diagnostic(
            .error, "the machine has booted, and no SSH server answers at \($0.address)",
            detail: "See: planetbed lab logs \($0.name)", host: $0.name)
        }, exitStatus: .failure)
    }
    return status
  }
}

/// Keeps two planetbeds from working on one lab at once.
final class LabLock {
  private let lock: FileLock

  /// Takes the lock on the lab of that name; waits when another has it.
  init(
    _ lab: String, store: LabStore, interruption: Interruption,
    progress: @Sendable (LabEvent) -> Void
  ) throws(Problem) {
    try FileTree.makeFolder(store.labs, mode: 0o700)
    lock = try FileLock("\(store.labs)/\(lab).lock", interruption: interruption) {
      progress(.waiting(for: "lab \(lab)"))
    }
  }

  // The file goes with the lock: a waiter sees that and makes a new one.
  deinit { lock.remove() }
}
