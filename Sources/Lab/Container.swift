#if canImport(Glibc)
  import Glibc
#endif

/// Machines of systemd-nspawn.
enum Container: MachineRuntime {
  static let isInRealTime = false

  static func folders(in folder: MachineFolder) -> [String] {
    MachineRecipe.stateFolders.map(folder.state)
  }

  static func seeds(_ recipe: MachineRecipe) -> [MachineRecipe.Seed] { [] }

  static func program(_ recipe: MachineRecipe, in folder: MachineFolder) -> [String] {
    [
      "systemd-nspawn", "--quiet", "--boot", "--directory=\(folder.root)",
      "--machine=\(recipe.unique)", "--hostname=\(recipe.node.name)",
      "--network-namespace-path=\(MachineRecipe.namespacePath(recipe.node.namespace))",
      // Not a unit of a systemd outside, which need not be there.
      "--register=no", "--keep-unit", "--notify-ready=yes",
      // A router's and a kubelet's work: tunnels, traffic control, mounts, BPF, keyrings.
      "--capability=all", "--system-call-filter=@keyring bpf", "--bind=/dev/kmsg",
      // What the machine says goes to its log; its files are its own and not this computer's.
      "--console=read-only", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
    ] + MachineRecipe.stateFolders.map { "--bind=\(folder.state($0)):/var/lib/\($0)" }
      + (recipe.kubernetes.map {
        ["--bind-ro=\($0.folder):\(KubernetesBuild.machineFolder)"]
      } ?? [])
  }

  static func environment(in folder: MachineFolder) -> [String: String] {
    [
      // systemd says on this socket that it has booted.
      "NOTIFY_SOCKET": folder.notify,
      // Roles set sysctls, and a kubelet does: /proc/sys and /sys are the machine's to write.
      "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes",
    ]
  }

  static func saysBooted(_ message: [UInt8]) -> Bool {
    String(decoding: message, as: UTF8.self).split(separator: "\n").contains("READY=1")
  }

  /// To systemd-nspawn SIGTERM is the wish to shut its machine down, as SIGRTMIN+3 is to systemd.
  static func askToShutDown(_ process: HostProcess, in folder: MachineFolder) {
    process.signal(SIGTERM)
  }

  /// Its own, so that the answer is about the server and not about the way to it.
  static func greetingNamespace(of node: LabLayout.Node, in lab: String) -> String {
    node.namespace
  }

  static func shell(
    on node: LabLayout.Node, of lab: String, process: HostProcess, login: LabAccess,
    terminal: String, command: [String]
  ) -> [String]? {
    guard let leader = process.children.first else { return nil }
    return [
      "--target", String(leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--",
      "/usr/bin/env", "-i", "--chdir=/root", "TERM=\(terminal)", "HOME=/root", "USER=root",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "/bin/bash", "-l",
    ] + (command.isEmpty ? [] : becomesItsArguments + command)
  }
}
