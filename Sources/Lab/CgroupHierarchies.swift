import CPlatform
import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// The cgroup hierarchies of this computer: v1's one for each controller, v2's single one, or both
/// side by side; whatever is mounted.
struct CgroupHierarchies: Sendable, Hashable {
  /// A mounted hierarchy.
  struct Hierarchy: Sendable, Hashable {
    /// Where it is mounted.
    var path: String
    /// The controllers of v1 that it is of; of v2 none are told.
    var controllers: Set<String>

    /// Whether it is v1's cpuset, in which a new group has no processor until it is given some.
    var isCpuset: Bool { controllers.contains("cpuset") }
    /// Whether it is v1's cpu, whose new groups may not run anything in real time
    /// (`cpu.rt_runtime_us` is 0) where the kernel divides that among groups.
    var dividesRealTime: Bool { controllers.contains("cpu") }
  }

  /// What is mounted, each path once.
  var hierarchies: [Hierarchy]

  /// The hierarchies in the lines of `/proc/self/mountinfo`.
  init(mountInfo: String) {
    var found: [Hierarchy] = []
    for line in mountInfo.split(whereSeparator: \.isNewline) {
      let sides = line.split(separator: " - ", maxSplits: 1).map {
        $0.split(separator: " ").map(String.init)
      }
      guard sides.count == 2, sides[0].count >= 5, sides[1].count >= 3,
        ["cgroup", "cgroup2"].contains(sides[1][0]),
        !found.contains(where: { $0.path == sides[0][4] })
      else { continue }
      let options = sides[1][2].split(separator: ",").map(String.init)
      found.append(
        Hierarchy(path: sides[0][4], controllers: sides[1][0] == "cgroup" ? Set(options) : []))
    }
    hierarchies = found
  }

  /// The hierarchies of this computer. Throws when there are none.
  static func mounted() throws(Problem) -> CgroupHierarchies {
    let all = CgroupHierarchies(mountInfo: FileTree.read("/proc/self/mountinfo") ?? "")
    guard !all.hierarchies.isEmpty else {
      throw Problem(
        "no cgroup hierarchy is mounted on this computer",
        detail:
          "The lab's machines run systemd, which needs one. Mount it: mount -t cgroup2 cgroup2 "
          + "/sys/fs/cgroup", exitStatus: .failure)
    }
    return all
  }

  /// The groups of that name.
  func groups(_ name: String) -> [String] { hierarchies.map { "\($0.path)/\(name)" } }

  /// The groups that a machine joins; one in real time stays out of those in which it could not be.
  func groups(joinedBy name: String, inRealTime: Bool) -> [String] {
    hierarchies.map { inRealTime && $0.dividesRealTime ? $0.path : "\($0.path)/\(name)" }
  }

  /// Makes a group of that name in every hierarchy, each the machine's own: two systemds in one
  /// group would fight over what is below it.
  func make(_ name: String) throws(Problem) {
    for hierarchy in hierarchies {
      let group = "\(hierarchy.path)/\(name)"
      if mkdir(group, 0o755) != 0, errno != EEXIST {
        throw Problem.system("cannot make the cgroup \(group)", errno)
      }
      guard hierarchy.isCpuset else { continue }
      for file in ["cpuset.cpus", "cpuset.mems"] {
        let all = FileTree.read("\(hierarchy.path)/\(file)") ?? ""
        try FileTree.set("\(group)/\(file)", to: all)
      }
      try FileTree.set("\(group)/cgroup.clone_children", to: "1")
    }
  }

  /// The names of the groups that start with `prefix`.
  func names(startingWith prefix: String) -> [String] {
    Set(hierarchies.flatMap { FileTree.names(in: $0.path) }.filter { $0.hasPrefix(prefix) })
      .sorted()
  }

  /// Ends whatever still runs in the groups of that name, and removes them. They are the lab's own,
  /// so that whoever is in them came with its machine.
  func remove(_ name: String, interruption: Interruption) throws(Problem) {
    for group in groups(name) where FileTree.exists(group) {
      for folder in Self.tree(group) {
        try Self.end(in: folder, interruption: interruption)
        if rmdir(folder) != 0, errno != ENOENT {
          throw Problem.system("cannot remove the cgroup \(folder)", errno)
        }
      }
    }
  }

  /// The groups of a node that would outlast an orderly end: who starts containers, in the order in
  /// which nobody starts another meanwhile, and the containers themselves.
  static let containerGroups = [
    ["kubelet.service"], ["containerd.service"], ["kubepods", "kubepods.slice"],
  ]

  /// Ends the containers in the groups of that name, and what would start them again. A container's
  /// first process need not mind SIGTERM, and a machine's systemd waits for it for a minute and a half.
  func endContainers(_ name: String, interruption: Interruption) throws(Problem) {
    let folders = groups(name).flatMap(Self.tree)
    for names in Self.containerGroups {
      for folder in folders
      where folder.split(separator: "/").contains(where: { part in
        names.contains { $0 == part }
      }) {
        try Self.end(in: folder, interruption: interruption)
      }
    }
  }

  /// A group and all below it, the deepest first.
  private static func tree(_ group: String) -> [String] {
    FileTree.names(in: group).map { "\(group)/\($0)" }.filter { path in
      var status = stat()
      return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }.flatMap(tree) + [group]
  }

  /// Kills who is in the group, and waits for their end. A group can be left by its last process
  /// and joined by that process's last child, so that it is looked at again, a few times.
  private static func end(in group: String, interruption: Interruption) throws(Problem) {
    for _ in 0..<64 {
      let ids = (FileTree.read("\(group)/cgroup.procs") ?? "").split(whereSeparator: \.isNewline)
        .compactMap { pid_t($0) }.filter { $0 > 0 }
      if ids.isEmpty { return }
      let processes = ids.compactMap { HostProcess(id: $0) }
      for process in processes { process.signal(SIGKILL) }
      _ = try HostProcess.waitForEnd(of: processes, seconds: 30, interruption: interruption)
    }
  }
}
