import CPlatform
import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// What a lab needs of the computer that it is on.
enum Computer {
  /// A program and the Debian package that has it.
  struct Tool: Sendable, Hashable {
    var program: String
    var package: String
  }

  /// What bringing a lab up and down takes.
  static let machineTools = [
    Tool(program: "ip", package: "iproute2"),
    Tool(program: "tc", package: "iproute2"),
    Tool(program: "systemd-nspawn", package: "systemd-container"),
    Tool(program: "unshare", package: "util-linux"),
    Tool(program: "nsenter", package: "util-linux"),
    Tool(program: "flock", package: "util-linux"),
    Tool(program: "mount", package: "mount"),
    Tool(program: "umount", package: "mount"),
    Tool(program: "rm", package: "coreutils"),
    Tool(program: "sh", package: "dash"),
    Tool(program: "ssh-keygen", package: "openssh-client"),
    Tool(program: "ssh", package: "openssh-client"),
  ]

  /// What making the base image takes beside.
  static let imageTools = [
    Tool(program: "debootstrap", package: "debootstrap"),
    Tool(program: "apt-get", package: "apt"),
    Tool(program: "apt-ftparchive", package: "apt-utils"),
    Tool(program: "dpkg", package: "dpkg"),
    Tool(program: "chroot", package: "coreutils"),
    Tool(program: "env", package: "coreutils"),
  ]

  /// What building Kubernetes for the machines takes; the compilers are in a Debian of its own.
  static let kubernetesTools = [
    Tool(program: "debootstrap", package: "debootstrap"),
    Tool(program: "apt-get", package: "apt"),
    Tool(program: "dpkg-deb", package: "dpkg"),
    Tool(program: "setpriv", package: "util-linux"),
    Tool(program: "unshare", package: "util-linux"),
    Tool(program: "flock", package: "util-linux"),
    Tool(program: "chroot", package: "coreutils"),
    Tool(program: "awk", package: "mawk"),
    Tool(program: "find", package: "findutils"),
    Tool(program: "tar", package: "tar"),
  ]

  /// What making the routers' kernel takes, beside the kernel itself.
  static let routerKernelTools = [
    Tool(program: "apt-get", package: "apt"),
    Tool(program: "dpkg-deb", package: "dpkg"),
    Tool(program: "xz", package: "xz-utils"),
    Tool(program: "gcc", package: "gcc"),
    Tool(program: "make", package: "make"),
    Tool(program: "flex", package: "flex"),
    Tool(program: "bison", package: "bison"),
    Tool(program: "bc", package: "bc"),
    Tool(program: "perl", package: "perl"),
    Tool(program: "strip", package: "binutils"),
    Tool(program: "setpriv", package: "util-linux"),
  ]

  /// What fetching it as the project publishes it takes besides; see `install-packages.sh official`.
  static let kubernetesFetchTools = [
    Tool(program: "gpgv", package: "gpgv"),
    Tool(program: "skopeo", package: "skopeo"),
  ]

  /// Throws when this is not a computer, or not a user, that can have a lab.
  static func check(userID: uid_t = geteuid()) throws(Problem) {
    #if os(Linux)
      guard userID == 0 else {
        throw Problem(
          "a lab needs root",
          detail: "It makes network namespaces, bridges, mounts and machines. Run the same command "
            + "with sudo.", exitStatus: .failure)
      }
    #else
      throw Problem(
        "a lab needs Linux",
        detail: "Its machines share this computer's kernel. Use a Debian 12 machine, a virtual one "
          + "will do.", exitStatus: .failure)
    #endif
  }

  /// Throws the tools that are missing, and the packages that have them.
  static func require(
    _ tools: [Tool], isThere: (String) -> Bool = { HostCommand.path(of: $0) != nil }
  ) throws(Problem) {
    let missing = tools.filter { !isThere($0.program) }
    guard !missing.isEmpty else { return }
    var packages: [String] = []
    for tool in missing where !packages.contains(tool.package) { packages.append(tool.package) }
    throw Problem(
      "a lab needs \(missing.map(\.program).joined(separator: ", "))",
      detail: "Install what is missing: apt-get install \(packages.joined(separator: " "))",
      exitStatus: .failure)
  }

  /// Throws when the kernel gives no tun devices, without which no router can have a tunnel.
  static func requireTunDevice(at path: String = "/dev/net/tun") throws(Problem) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else {
      throw Problem(
        "this computer has no \(path)",
        detail: "The routers' tunnels need it. Load the kernel's module: modprobe tun",
        exitStatus: .failure)
    }
  }
}
