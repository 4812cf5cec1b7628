import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// The folder that has the cached images and, while they are up, the labs.
///
///     images/<key>/root            the base image's root folder
///     kubernetes-<key>/            what masters and workers see as /srv/kubernetes
///     router-kernel-<key>/         what routers with a kernel of their own have of it
///     labs/<lab>/                  a lab's key, known_hosts and machines; gone after `down`
///     labs/<lab>/machines/<name>/  a machine's own layer over the image, its process and console
package struct LabStore: Sendable, Hashable {
  /// The folder's absolute path.
  package let root: String

  /// The store in that folder, which need not exist; by default the computer's own, see
  /// `standardRoot`.
  package init(root: String = LabStore.standardRoot) { self.root = root }

  /// `$PLANETBED_LAB_ROOT`, or `/var/lib/planetbed/lab`.
  package static var standardRoot: String {
    guard let value = getenv("PLANETBED_LAB_ROOT"), value.pointee != 0 else {
      return "/var/lib/planetbed/lab"
    }
    return String(cString: value)
  }

  var images: String { "\(root)/images" }
  var labs: String { "\(root)/labs" }

  /// The folder of a build of Kubernetes.
  func kubernetes(_ key: String) -> String { "\(root)/kubernetes-\(key)" }

  /// The folder of a build of the routers' kernel.
  func routerKernel(_ key: String) -> String { "\(root)/router-kernel-\(key)" }

  /// What is written down of whether a lab's machines have Kubernetes to install.
  func kubernetesRecord(of lab: String) -> String { "\(folder(ofLab: lab))/kubernetes" }

  /// The folder of the lab of that name.
  func folder(ofLab lab: String) -> String { "\(labs)/\(lab)" }

  /// The folder of one machine of a lab.
  func machine(_ machine: String, of lab: String) -> MachineFolder {
    MachineFolder(path: "\(folder(ofLab: lab))/machines/\(machine)")
  }

  /// Whether the root can be used: absolute, short enough for a socket below it, and without the
  /// characters that mean something in mount options and in systemd-nspawn's `--bind`. Throws what
  /// to do when it cannot.
  func check() throws(Problem) {
    let special = root.unicodeScalars.contains {
      ",:\\\"%".unicodeScalars.contains($0) || $0.value < 33
    }
    guard root.hasPrefix("/"), !special, root.utf8.count <= 60 else {
      throw Problem(
        "\(root.debugDescription) cannot hold a lab",
        detail: "PLANETBED_LAB_ROOT must be an absolute path of at most 60 bytes without spaces, "
          + "commas, colons, quotes, percent signs and backslashes, because mount options and "
          + "socket addresses carry it.", exitStatus: .usage)
    }
  }
}

/// Where the parts of one machine lie.
struct MachineFolder: Sendable, Hashable {
  /// The machine's folder.
  let path: String

  /// The machine's own layer over the image.
  var upper: String { "\(path)/upper" }
  /// What overlayfs needs for itself.
  var work: String { "\(path)/work" }
  /// Where the machine's own mount namespace has its root file system.
  var root: String { "\(path)/root" }
  /// What remains in `work` of a mount with `volatile`, and forbids the next one.
  var volatileMark: String { "\(work)/work/incompat" }
  /// The options of the overlay over folders, the highest first, the image's root the last. Nothing is written through to the disk
  /// at once, whatever a program in the machine asks for: packages install several times as fast, and
  /// a lab is not to be relied on after this computer crashed.
  func overlay(over layers: [String]) -> String {
    "lowerdir=\(layers.joined(separator: ":")),upperdir=\(upper),workdir=\(work),volatile"
  }
  /// Everything that the machine said on its console, its journal included.
  var console: String { "\(path)/console.log" }
  /// `/proc/<pid>/stat` of the machine's process as it was when it started.
  var process: String { "\(path)/process" }
  /// The process that has booted, as in `process`; absent until then.
  var booted: String { "\(path)/booted" }
  /// The digest of the recipe that the machine was made by.
  var recipe: String { "\(path)/recipe" }
  /// What the machine is on this computer, as `MachineKind` names it.
  var kind: String { "\(path)/kind" }
  /// Where a machine with a kernel of its own has its memory, in mounts of its own.
  var memory: String { "\(path)/memory" }
  /// What such a kernel calls itself: the name of its folder in the machine's.
  static let controlName = "uml"
  /// Where such a kernel has its management console's socket and its process id.
  var control: String { "\(path)/\(Self.controlName)" }
  /// The socket of its management console.
  var managementConsole: String { "\(control)/mconsole" }
  /// The socket on which the machine says that it has booted.
  var notify: String { "\(path)/notify" }
  /// The folder that the machine sees as `/var/lib/<name>`: not on its overlay, so that a container
  /// runtime can put overlays there.
  func state(_ name: String) -> String { "\(path)/\(name)" }
}
