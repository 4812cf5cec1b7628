import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// Limits of the kernel that all labs of this computer share, raised while there is a lab.
///
/// A machine's systemd and its services watch files with inotify(7), about five instances each, ten
/// with a kubelet, its containerd and kube-proxy, and a machine whose systemd gets none does not boot. The kernel's own limit of 128 for a user
/// (`fs.inotify.max_user_instances`) is used up by a dozen nodes, which all run as this root.
struct KernelLimits {
  var store: LabStore
  var interruption: Interruption
  /// The folder of the setting; another one in tests.
  var folder = "/proc/sys/fs/inotify"

  /// Enough for some two hundred machines; each instance costs memory only when it is used.
  static let instances = 2048

  private var setting: String { "\(folder)/max_user_instances" }
  private var record: String { "\(store.root)/max_user_instances" }

  /// Raises the limit, unless it is high enough, and remembers what it was.
  func raise() throws(Problem) {
    try locked { () throws(Problem) in
      guard let now = number(in: setting), now < Self.instances else { return }
      if number(in: record) == nil { try FileTree.write("\(now)\n", to: record) }
      try FileTree.set(setting, to: "\(Self.instances)")
    }
  }

  /// Puts the limit back when there is no lab any more, unless somebody else has set it since.
  func putBack() throws(Problem) {
    try locked { () throws(Problem) in
      guard Lab.names(in: store).isEmpty, let before = number(in: record) else { return }
      if number(in: setting) == Self.instances { try FileTree.set(setting, to: "\(before)") }
      unlink(record)
    }
  }

  private func number(in path: String) -> Int? {
    FileTree.read(path).flatMap { Int($0.filter { !$0.isWhitespace }) }
  }

  private func locked(_ body: () throws(Problem) -> Void) throws(Problem) {
    let lock = try FileLock("\(store.root)/limits.lock", interruption: interruption) {}
    try withExtendedLifetime(lock) { () throws(Problem) in try body() }
    lock.remove()
  }
}
