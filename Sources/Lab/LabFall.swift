import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// Takes a lab down. It goes by what is there under the lab's name, and not by what an inventory
/// says now.
struct LabFall {
  var lab: String
  var store: LabStore
  var interruption: Interruption
  var progress: @Sendable (LabEvent) -> Void

  /// How long machines may take to shut down in order, in seconds, before they are ended.
  static let orderlySeconds = 15

  /// The machines that have a folder, whole or half made, or a namespace.
  var machines: [String] {
    let folders = FileTree.names(in: "\(store.folder(ofLab: lab))/machines").map {
      $0.hasSuffix(".new") ? String($0.dropLast(4)) : $0
    }
    let prefix = LabLayout.machineNamespacePrefix(of: lab)
    let namespaces = LabNetworks.namespaces(of: lab).filter { $0.hasPrefix(prefix) }.map {
      String($0.dropFirst(prefix.count))
    }
    return Set(folders + namespaces).sorted()
  }

  /// Takes it down.
  func run() throws(Problem) {
    try Computer.check()
    try store.check()
    try Computer.require(Computer.machineTools)
    let networks = LabNetworks(store: store, interruption: interruption)
    let cgroups = try CgroupHierarchies.mounted()
    let lock = try LabLock(
      lab, store: store, interruption: interruption, progress: progress)
    try withExtendedLifetime(lock) { () throws(Problem) in
      let machines = machines
      try stop(machines, cgroups: cgroups)
      for name in cgroups.names(startingWith: LabLayout.machineNamespacePrefix(of: lab)) {
        try cgroups.remove(name, interruption: interruption)
      }
      try networks.delete(LabNetworks.namespaces(of: lab))
      try remove(machines)
      try HostCommand(
        "rm", ["-rf", "--one-file-system", store.folder(ofLab: lab)]
      ).run(interruption)
    }
    try KernelLimits(store: store, interruption: interruption).putBack()
  }

  /// Stops machines, in order when they can, and whatever else runs in their cgroups.
  func stop(_ machines: [String], cgroups: CgroupHierarchies) throws(Problem) {
    let running = machines.compactMap { machine in
      let folder = store.machine(machine, of: lab)
      return HostProcess.of(record: FileTree.read(folder.process) ?? "").map { ($0, folder) }
    }
    let processes = running.map(\.0)
    for machine in machines {
      try cgroups.endContainers(
        MachineRecipe.unique(machine: machine, of: lab), interruption: interruption)
    }
    for (process, folder) in running {
      MachineKind(record: FileTree.read(folder.kind)).runtime.askToShutDown(process, in: folder)
    }
    let left = try HostProcess.waitForEnd(
      of: processes, seconds: Self.orderlySeconds, interruption: interruption)
    for process in left { process.signal(SIGKILL) }
    let immortal = try HostProcess.waitForEnd(of: left, seconds: 60, interruption: interruption)
    if let process = immortal.first {
      throw Problem(
        "process \(process.id) of lab \(lab) does not end",
        detail: "It was sent SIGKILL a minute ago: the kernel waits for something, see its log.",
        exitStatus: .failure)
    }
    HostProcess.waitUntilGone(processes, seconds: 10)
    for machine in machines {
      try cgroups.remove(
        MachineRecipe.unique(machine: machine, of: lab), interruption: interruption)
      Self.forget(MachineRecipe.unique(machine: machine, of: lab))
      let folder = store.machine(machine, of: lab)
      for path in [folder.process, folder.booted, folder.notify] { unlink(path) }
    }
  }

  /// Removes what stopped machines had: namespace and files.
  func remove(_ machines: [String]) throws(Problem) {
    try LabNetworks(store: store, interruption: interruption).delete(
      machines.map { LabLayout.machineNamespace($0, of: lab) })
    for machine in machines {
      let folder = store.machine(machine, of: lab).path
      try HostCommand(
        "rm", ["-rf", "--one-file-system", folder, folder + ".new"]
      ).run(interruption)
      progress(.removed(machine: machine))
    }
  }

  /// Removes the folders that systemd-nspawn makes for a machine, and leaves when it is killed;
  /// those that all machines share go with the last.
  private static func forget(_ unique: String) {
    let shared = "/run/systemd/nspawn"
    rmdir("\(shared)/propagate/\(unique)")
    for folder in ["propagate", "locks", "unix-export"] { rmdir("\(shared)/\(folder)") }
    rmdir(shared)
  }
}
