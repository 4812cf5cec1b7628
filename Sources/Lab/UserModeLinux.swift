import Digests

#if canImport(Glibc)
  import Glibc
#endif

/// Machines with a kernel of their own: Debian's `linux.uml`, whose processes are processes of this
/// computer, and whose root file system is a folder of it.
enum UserModeLinux: MachineRuntime {
  /// The machine's memory, in MiB. A router with its tunnels uses 40.
  static let memory = 256

  /// It delays packets by milliseconds, and must not wait that long for other programs.
  static let isInRealTime = true

  static func folders(in folder: MachineFolder) -> [String] { [folder.memory] }

  static func seeds(_ recipe: MachineRecipe) -> [MachineRecipe.Seed] {
    [
      // In the place of what the image does for machines that share this computer's kernel.
      .init(path: "/usr/lib/planetbed-lab", mode: 0o755),
      .init(
        path: "/usr/lib/planetbed-lab/prepare",
        text: """
          #!/bin/sh
          # The kernel calls this machine's cards vec0, vec1; they get the lab's names and addresses.
          set -eu
          ip -batch - <<END
          \(cards(recipe.node.links).joined(separator: "\n"))
          END

          """, mode: 0o755),
      .init(path: "/etc/systemd", mode: 0o755),
      .init(path: "/etc/systemd/system", mode: 0o755),
      .init(
        path: "/etc/systemd/system/\(readyUnit)",
        text: """
          [Unit]
          Description=Tell the computer outside that this machine has booted

          [Service]
          ExecStart=-/bin/sh -c 'systemctl is-system-running --wait >/dev/null; echo READY=1 >/proc/mconsole'

          """, mode: 0o644),
      // What the computer outside can ask for is Ctrl-Alt-Del: it switches this machine off.
      .init(
        path: "/etc/systemd/system/ctrl-alt-del.target",
        text: """
          [Unit]
          Description=Power off
          DefaultDependencies=no
          Requires=systemd-poweroff.service
          After=systemd-poweroff.service
          AllowIsolate=yes

          """, mode: 0o644),
    ]
  }

  /// Lines for `ip -batch` in the machine.
  static func cards(_ links: [LabLayout.Link]) -> [String] {
    ["link set lo up"]
      + links.enumerated().flatMap { index, link in
        [
          "link set vec\(index) name \(link.name)",
          "address add \(link.address)/\(link.prefixLength) dev \(link.name)",
          "link set \(link.name) up",
        ]
      }
  }

  private static let readyUnit = "planetbed-lab-ready.service"

  /// Units that take a router's slow processor a while at boot, and are of no use to it.
  static let maskedUnits = [
    "dev-mqueue.mount", "systemd-logind.service", "systemd-random-seed.service",
    "systemd-remount-fs.service", "systemd-tmpfiles-clean.timer", "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service",
  ]

  static func program(_ recipe: MachineRecipe, in folder: MachineFolder) -> [String] {
    let bridges = MachineRecipe.namespacePath(LabLayout.bridgesNamespace(of: recipe.lab))
    let cards = recipe.node.links.enumerated().map { index, link in
      "vec\(index):transport=tap,ifname=\(link.port),"
        + "mac=\(hardwareAddress(lab: recipe.lab, port: link.port)),depth=64,gro=1"
    }
    return ["sh", "-c", launcher, "planetbed-lab", folder.memory, "\(2 * memory)"]
      // Where the taps are.
      + ["nsenter", "--net=\(bridges)", "--", "env", "TMPDIR=\(folder.memory)"]
      + (recipe.kernel.map { ["LD_PRELOAD=\($0.preload)"] } ?? [])
      + [
        "linux.uml", "mem=\(memory)M", "root=/dev/root", "rootfstype=hostfs",
        "rootflags=\(folder.root)", "rw",
      ] + cards
      + [
        // All that the machine says goes to the log; nobody types.
        "con=null", "con0=null,fd:1", "quiet", "selinux=0",
        "uml_dir=\(folder.path)", "umid=\(MachineFolder.controlName)",
        "mconsole=notify:\(folder.notify)", "systemd.wants=\(readyUnit)",
      ] + maskedUnits.map { "systemd.mask=\($0)" }
  }

  /// The machine's memory is a file; this one is in memory too, and goes with the machine's mounts.
  /// Where real time is not to be had, as in some containers, the machine is one program among others.
  static let launcher = """
    set -eu
    mount -t tmpfs -o "size=${2}m,mode=0700" planetbed-lab "$1"
    shift 2
    if chrt --rr 1 true 2>/dev/null; then set -- chrt --rr 1 "$@"; fi
    exec "$@"
    """

  /// A card's address, the same each time, so that neighbours need not ask for it anew.
  static func hardwareAddress(lab: String, port: String) -> String {
    let digits = Array(StableHash(["card", lab, port]).hexadecimal.prefix(10))
    return "02"
      + stride(from: 0, to: digits.count, by: 2).map { ":\(String(digits[$0..<$0 + 2]))" }.joined()
  }

  static func environment(in folder: MachineFolder) -> [String: String] { [:] }

  /// The message that writing to `/proc/mconsole` in the machine makes: four numbers of 32 bits (a
  /// mark, a version, the type, the length) and the text.
  static func saysBooted(_ message: [UInt8]) -> Bool {
    message.count > 16 && message.starts(with: Self.bytes(consoleMark))
      && Array(message[8..<12]) == Self.bytes(3)
      && String(decoding: message[16...], as: UTF8.self).hasPrefix("READY=1")
  }

  /// Presses Ctrl-Alt-Del on the machine's management console; one that has none yet is ended.
  static func askToShutDown(_ process: HostProcess, in folder: MachineFolder) {
    if !SocketAddress.send(request("cad"), to: folder.managementConsole) { process.signal(SIGKILL) }
  }

  /// A request to the management console: a mark, a version, the length, and room for 512 bytes.
  static func request(_ command: String) -> [UInt8] {
    let text = Array(command.utf8)
    return bytes(consoleMark) + bytes(2) + bytes(UInt32(text.count)) + text
      + Array(repeating: 0, count: 512 - text.count)
  }

  private static let consoleMark: UInt32 = 0xcafe_babe

  private static func bytes(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  /// The operator's: the machine's own networks are in its own kernel.
  static func greetingNamespace(of node: LabLayout.Node, in lab: String) -> String {
    LabLayout.operatorNamespace(of: lab)
  }

  /// Its processes cannot be entered: to this computer, they are not at files and networks of their
  /// own. So it is SSH, from where the operator is.
  static func shell(
    on node: LabLayout.Node, of lab: String, process: HostProcess, login: LabAccess,
    terminal: String, command: [String]
  ) -> [String]? {
    let operatorNamespace = MachineRecipe.namespacePath(LabLayout.operatorNamespace(of: lab))
    let words = ["exec", "bash", "-l"] + becomesItsArguments + command
    return [
      "--net=\(operatorNamespace)", "--", "/usr/bin/env", "TERM=\(terminal)", "ssh", "-F", "none",
      "-i", login.identityFile, "-p", String(node.sshPort), "-o", "IdentitiesOnly=yes",
      "-o", "UserKnownHostsFile=\(login.knownHostsFile)", "-o", "GlobalKnownHostsFile=/dev/null",
      "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR", "root@\(node.address)",
    ] + (command.isEmpty ? [] : ["--", words.map(quoted).joined(separator: " ")])
  }

  /// A word as a shell reads it back.
  private static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
