import Digests
import ShellPrograms

/// Where things are on a machine. Tests put all of it below a folder of their own.
struct HostLayout: Sendable, Hashable {
  /// The folder below which all paths here are; empty for a machine.
  var root = ""
  /// The testbed's name, which is part of the paths of what planetbed adds.
  var testbed: String

  /// What planetbed keeps on the machine for this testbed.
  var state: String { "\(states)/\(testbed)" }
  /// What planetbed keeps on the machine for all testbeds.
  var states: String { "\(root)/var/lib/planetbed" }
  /// The kernel parameters' folder.
  var kernelParameters: String { "\(root)/proc/sys" }
  /// The kernel modules that are there.
  var sysModule: String { "\(root)/sys/module" }
  /// The kernel modules that could be loaded, by kernel release.
  var moduleFolders: String { "\(root)/lib/modules" }
  /// What exists only when systemd runs the machine.
  var systemd: String { "\(root)/run/systemd/system" }
  /// What dpkg leaves there while it works.
  var dpkgUpdates: String { "\(root)/var/lib/dpkg/updates" }

  /// The file of a kernel parameter, by its name with dots; a slash in the name stands for a dot
  /// of an interface's name (sysctl(8)).
  func parameterFile(_ name: String) -> String {
    kernelParameters + "/"
      + String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
  }

  /// What sets a kernel parameter at boot.
  func sysctlFile(_ task: SysctlTask) -> FileTask {
    let name = String(task.name.map { $0 == "/" ? "-" : $0 })
    return FileTask(
      path: "\(root)/etc/sysctl.d/60-planetbed-\(testbed)-\(name).conf",
      content: task.value.map { Array("\(task.name) = \($0)\n".utf8) }, owner: .root, mode: 0o644,
      validate: nil, secret: false)
  }

  /// What loads a kernel module at boot.
  func moduleFile(_ name: String) -> FileTask {
    FileTask(
      path: "\(root)/etc/modules-load.d/planetbed-\(testbed)-\(name).conf",
      content: Array("\(name)\n".utf8), owner: .root, mode: 0o644, validate: nil, secret: false)
  }

  /// The first and last line of a marked block.
  func markers(_ block: BlockTask) -> (begin: String, end: String) {
    let name = "planetbed \(testbed): \(block.marker)"
    return ("# BEGIN \(name)", "# END \(name)")
  }

  /// A marked block with its markers; nil while a fact is missing.
  func wholeBlock(_ block: BlockTask) -> String? {
    let (begin, end) = markers(block)
    return block.content.map { "\(begin)\n\($0)\(end)\n" }
  }

  /// What a thing is called in the names of the files that keep its state: short, and safe as one.
  static func key(_ target: String) -> String {
    String(SHA256.hexadecimal(of: target.utf8).prefix(16))
  }

  /// What a file's temporary copy is called, beside it.
  static func temporary(for path: String) -> String {
    let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
    return "\(folder).planetbed-\(key(path))"
  }
}

extension Ownership {
  /// What belongs to the machine's administrator.
  static let root = Ownership(user: "root", group: "root")

  /// As chown takes it.
  var text: String { "\(user):\(group)" }
}

extension RoleTask {
  /// The files and folders that it looks at, with what a file should be where that is known.
  func files(in layout: HostLayout) -> [FileNeed] {
    switch kind {
    case .file(let file): [FileNeed(file)]
    case .directory(let directory): [FileNeed(path: directory.path, sending: .never)]
    case .sysctl(let sysctl): [FileNeed(layout.sysctlFile(sysctl))]
    case .kernelModule(let name): [FileNeed(layout.moduleFile(name))]
    case .line(let line): [FileNeed(path: line.path, sending: .always)]
    case .block(let block): [FileNeed(path: block.path, sending: .always)]
    case .package, .service, .command: []
    }
  }
}

/// A file or folder that a probe looks at.
struct FileNeed: Sendable, Hashable {
  /// Whether the probe sends the file's content.
  enum Sending: Sendable, Hashable {
    case never
    case unless(digest: String)
    case always
  }

  /// Where it is.
  var path: String
  /// Whether the probe sends its content.
  var sending: Sending

  init(path: String, sending: Sending) {
    self.path = path
    self.sending = sending
  }

  init(_ file: FileTask) {
    path = file.path
    sending =
      if file.secret {
        .never
      } else if let content = file.content {
        .unless(digest: SHA256.hexadecimal(of: content))
      } else {
        .always
      }
  }
}
