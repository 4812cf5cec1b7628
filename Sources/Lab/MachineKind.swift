import Diagnostics

/// What a machine of a lab is on this computer.
enum MachineKind: String, Sendable, Hashable, CaseIterable {
  /// A machine of systemd-nspawn: it shares this computer's kernel.
  case container
  /// A kernel of its own, run as a program of this computer: slower, and with Debian's netem wherever it
  /// runs.
  case userModeLinux = "user-mode-linux"

  /// The kind that a machine's folder names. One without a name is of a planetbed that knew
  /// containers alone.
  init(record: String?) {
    self = record.flatMap(MachineKind.init) ?? .container
  }

  /// How machines of the kind are run.
  var runtime: any MachineRuntime.Type {
    switch self {
    case .container: Container.self
    case .userModeLinux: UserModeLinux.self
    }
  }
}

/// How machines of one kind are made, started, awaited, stopped and entered. All kinds have this in
/// common: a folder and its layer over the image, a cgroup, one process of this computer that is the
/// machine, and a socket on which it says that it has booted.
protocol MachineRuntime {
  /// Whether this computer lets the machine run before all that is not in real time.
  static var isInRealTime: Bool { get }

  /// The folders that the machine has of its own on this computer, beside those of its overlay.
  static func folders(in folder: MachineFolder) -> [String]

  /// What the machine has in its files that machines of other kinds have not.
  static func seeds(_ recipe: MachineRecipe) -> [MachineRecipe.Seed]

  /// The program that becomes the machine, with its arguments, where its root file system is mounted.
  static func program(_ recipe: MachineRecipe, in folder: MachineFolder) -> [String]

  /// What the program has in its environment.
  static func environment(in folder: MachineFolder) -> [String: String]

  /// Whether a message on the machine's socket is that it has booted.
  static func saysBooted(_ message: [UInt8]) -> Bool

  /// Wishes that the machine shuts down in order.
  static func askToShutDown(_ process: HostProcess, in folder: MachineFolder)

  /// The namespace in which the machine's SSH server is asked whether it answers.
  static func greetingNamespace(of node: LabLayout.Node, in lab: String) -> String

  /// The arguments of `nsenter` for a login shell of root's in the machine, which replaces itself by a
  /// command when there is one. Nil when the machine is not far enough to be entered.
  static func shell(
    on node: LabLayout.Node, of lab: String, process: HostProcess, login: LabAccess,
    terminal: String, command: [String]
  ) -> [String]?
}

extension MachineRuntime {
  /// What a login shell is told so that it becomes a command, in the environment that it has set up.
  static var becomesItsArguments: [String] { ["-c", "exec \"$@\"", "bash"] }
}
