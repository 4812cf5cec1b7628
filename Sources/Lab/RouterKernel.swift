import Diagnostics

/// The kernel that routers run under where this computer's own has no netem: Debian's user-mode Linux,
/// with what it lacks for a router.
struct RouterKernel: Sendable, Hashable {
  /// What it was made of and how, as the recipe's digest.
  var key: String
  /// Its folder.
  var folder: String
  /// What the kernel calls itself: `6.1.176`.
  var release: String

  /// A folder that lies between the image and a router's own layer: the kernel's modules.
  var layer: String { "\(folder)/root" }
  /// A library that the kernel's program is started with.
  var preload: String { "\(folder)/xstate.so" }

  /// What is said when routers run under it.
  var remark: String {
    let series = release.split(separator: ".").prefix(2).joined(separator: ".")
    return "run under user-mode Linux \(series), since this kernel has no netem"
  }
}

/// Makes the routers' kernel, once for each version of Debian's package, and finds it again.
struct RouterKernelBuilder: Sendable {
  /// The recipe's folder; nil when planetbed does not find the one that it came with.
  var recipe: String?
  /// Where builds are kept.
  var store: LabStore
  /// Whether a program is installed.
  var isThere: @Sendable (String) -> Bool = { HostCommand.path(of: $0) != nil }
  /// Stops the work.
  var interruption: Interruption
  /// Tells of the steps.
  var progress: @Sendable (LabEvent) -> Void

  /// A finished build of the recipe, made when it is not there.
  func build() throws(Problem) -> RouterKernel {
    guard isThere("linux.uml") else {
      throw Problem(
        "the routers need user-mode Linux, and it is not installed",
        detail: "The inventory asks for delays ([[latency]]). Routers make them with netem, which "
          + "this computer's kernel has not, so that they run under a kernel of their own.\n"
          + "Install what is missing: apt-get install user-mode-linux", exitStatus: .failure)
    }
    guard let recipe else {
      throw Problem(
        "the recipe of the routers' kernel is not found",
        detail: "It is the folder scripts/lab-router-kernel that planetbed comes with. Set "
          + "PLANETBED_SHARE to the folder that has roles, templates and scripts.",
        exitStatus: .usage)
    }
    let program = BuildRecipe(program: "\(recipe)/build.sh")
    let key = try program.key(interruption, refusal: Self.refusal)
    let folder = store.routerKernel(key)
    if !BuildRecipe.isFinished(folder) {
      try Computer.require(Computer.routerKernelTools, isThere: isThere)
      try FileTree.makeFolder(store.root)
      try program.build(
        in: folder, interruption,
        eachLine: { line in
          if let step = BuildRecipe.progress(line) { progress(.routers("their kernel: \(step)")) }
        }, refusal: Self.refusal)
    }
    let release = FileTree.read("\(folder)/release") ?? ""
    return RouterKernel(
      key: key, folder: folder, release: release.filter { !$0.isWhitespace })
  }

  private static func refusal(_ reason: String) -> Problem {
    Problem(
      "the routers' kernel could not be built",
      detail: reason + "\nWithout [[latency]] in the inventory, routers do not need it.",
      exitStatus: .failure)
  }
}

/// Whether this computer's own kernel can delay packets.
enum Netem {
  /// Tries it on the loopback of a network namespace that goes with the trial.
  static func isThere(_ interruption: Interruption) throws(Problem) -> Bool {
    try isThere(
      after: HostCommand(
        "unshare",
        ["--net", "--", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]
      ).runToEnd(interruption))
  }

  /// What a trial tells. Throws when it tells nothing of netem.
  static func isThere(after trial: HostCommand.Output) throws(Problem) -> Bool {
    if trial.status == 0 { return true }
    // tc's words for it, of newer kernels and of older ones.
    let words = ["Specified qdisc", "No such file or directory"]
    if words.contains(where: trial.errors.contains) { return false }
    throw Problem(
      "cannot tell whether this computer's kernel has netem",
      detail: "tc was asked to delay a network namespace's loopback, and ended with status "
        + "\(trial.status):\n"
        + VisibleText.lastLines(of: Array(trial.errors.utf8), count: 5).joined(separator: "\n"),
      exitStatus: .failure)
  }
}
