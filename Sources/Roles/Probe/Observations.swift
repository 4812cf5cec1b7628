/// What a probe found of everything that its tasks ask, by what it is, not by who asked: a task
/// that is rendered again with more facts finds its answer here.
struct Observations: Sendable, Hashable {
  /// Where the probe looked.
  var layout = HostLayout(testbed: "")
  /// The files and folders that exist, by their paths.
  var files: [String: FileState] = [:]
  /// Installed packages, by name; nil when the machine has no dpkg.
  var packages: [String: PackageState]?
  /// The units asked for, by name; nil when systemd does not run the machine.
  var units: [String: UnitState]?
  /// Running values of kernel parameters, by name; absent when the kernel has no such parameter.
  var sysctls: [String: String] = [:]
  /// Kernel modules asked for, by name.
  var modules: [String: ModuleState] = [:]
  /// Whether a command task's guard says that nothing needs to be done.
  var commands: [TaskID: Bool] = [:]
  /// Units that run with files that planetbed has changed since they were started.
  var staleUnits: Set<String> = []
  /// Files whose replacement was interrupted before its validation.
  var unfinishedFiles: Set<String> = []

  /// A file or folder, as stat tells it.
  struct FileState: Sendable, Hashable {
    /// Type and permissions: `st_mode`.
    var mode: UInt32
    /// Bytes.
    var size: Int
    /// The owner's number.
    var userID: String
    /// The group's number.
    var groupID: String
    /// The owner's name.
    var user: String
    /// The group's name.
    var group: String
    /// The SHA-256 of a regular file's content, in hexadecimal.
    var digest: String?
    /// A regular file's content, when it was sent.
    var content: [UInt8]?
  }

  /// An installed package.
  struct PackageState: Sendable, Hashable {
    /// Its version.
    var version: String
    /// Whether it is kept from being upgraded.
    var isHeld: Bool
  }

  /// A systemd unit.
  struct UnitState: Sendable, Hashable {
    /// `loaded`, `not-found`, …
    var load: String
    /// `active`, `inactive`, `failed`, …
    var active: String
    /// `enabled`, `disabled`, `static`, …; empty when there is no unit file.
    var file: String
  }

  /// What there is of a kernel module.
  enum ModuleState: String, Sendable, Hashable {
    /// Its functions are not there.
    case absent
    /// It is loaded, and nothing loads it at boot but what others may have configured.
    case loaded
    /// It is part of the kernel, or of the kernel that this container shares.
    case builtIn = "builtin"
  }
}

extension Observations.FileState {
  /// Whether it is a regular file.
  var isRegular: Bool { mode & 0o170000 == 0o100000 }
  /// Whether it is a folder.
  var isDirectory: Bool { mode & 0o170000 == 0o040000 }

  /// What it is, in words.
  var typeName: String {
    switch mode & 0o170000 {
    case 0o100000: "file"
    case 0o040000: "folder"
    case 0o120000: "symbolic link"
    default: "special file"
    }
  }

  /// Whether its user and group are these, each by name or by number.
  func belongs(to owner: Ownership) -> Bool {
    (owner.user == user || owner.user == userID) && (owner.group == group || owner.group == groupID)
  }
}

extension Observations.UnitState {
  /// Whether it runs, or is on its way to.
  var isActive: Bool { ["active", "reloading", "activating"].contains(active) }
  /// Whether it is started at boot.
  var isEnabled: Bool { ["enabled", "enabled-runtime"].contains(file) }
  /// Whether it has nothing to enable: another unit starts it.
  var needsNoEnabling: Bool {
    ["static", "alias", "indirect", "generated", "transient", "linked", "linked-runtime"]
      .contains(file)
  }
}
