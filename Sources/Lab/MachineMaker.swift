import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// Makes the machines' folders, and starts the machines in them.
struct MachineMaker: Sendable {
  /// Where the lab is.
  var store: LabStore
  /// The image that all machines lie over.
  var image: ImageBuilder.Image
  /// Where the machines get a group each.
  var cgroups: CgroupHierarchies
  /// Stops the work.
  var interruption: Interruption
  /// Tells of the steps.
  var progress: @Sendable (LabEvent) -> Void

  /// How long all machines together may take to boot, in seconds: long, because it only ends the
  /// waiting for something that hangs.
  static let bootSeconds = 180

  private func folder(_ recipe: MachineRecipe) -> MachineFolder {
    store.machine(recipe.node.name, of: recipe.lab)
  }

  /// Makes the machine's folder, unless it is there: under another name first, so that a folder of
  /// the right name is always whole.
  func prepare(_ recipe: MachineRecipe) throws(Problem) {
    let whole = folder(recipe)
    if FileTree.exists(whole.path) { return }
    let new = MachineFolder(path: whole.path + ".new")
    try HostCommand("rm", ["-rf", "--one-file-system", new.path]).run(interruption)
    for path in [new.upper, new.work, new.root] + recipe.kind.runtime.folders(in: new) {
      try FileTree.makeFolder(path)
    }
    for seed in recipe.seeds {
      let path = new.upper + seed.path
      if let text = seed.text {
        try FileTree.write(text, to: path, mode: mode_t(seed.mode))
      } else {
        try FileTree.makeFolder(path, mode: mode_t(seed.mode))
      }
      if let owner = seed.owner, chown(path, owner.user, owner.group) != 0 {
        throw Problem.system("cannot give \(path) to its owner", errno)
      }
    }
    for type in MachineRecipe.hostKeyTypes {
      try HostCommand(
        "ssh-keygen",
        [
          "-q", "-t", type, "-N", "", "-C", "root@\(recipe.node.name)", "-f",
          "\(new.upper)/etc/ssh/ssh_host_\(type)_key",
        ]
      ).run(interruption)
    }
    try FileTree.write(recipe.kind.rawValue, to: new.kind)
    try FileTree.write(recipe.digest, to: new.recipe)
    if rename(new.path, whole.path) != 0 {
      throw Problem.system("cannot put the machine in its place \(whole.path)", errno)
    }
  }

  /// The machine's lines for the known_hosts file.
  func knownHosts(_ recipe: MachineRecipe) -> String {
    let keys = MachineRecipe.hostKeyTypes.compactMap {
      FileTree.read("\(folder(recipe).upper)/etc/ssh/ssh_host_\($0)_key.pub")
    }
    return recipe.knownHosts(publicKeys: keys)
  }

  /// Starts the machines and waits until each says that it has booted. They go on when this
  /// process ends. Throws the console's end of the first that ends instead.
  func start(_ recipes: [MachineRecipe]) throws(Problem) {
    var booting: [Boot] = []
    for recipe in recipes {
      try interruption.check()
      let boot = try Boot(recipe, in: folder(recipe))
      try cgroups.make(recipe.unique)
      let leftovers = [folder(recipe).volatileMark, folder(recipe).control]
      try HostCommand("rm", ["-rf"] + leftovers).run(interruption)
      let groups = cgroups.groups(
        joinedBy: recipe.unique, inRealTime: recipe.kind.runtime.isInRealTime)
      try boot.start(imageRoot: image.root, cgroups: groups)
      progress(.starting(machine: recipe.node.name))
      booting.append(boot)
    }
    let deadline = Deadline(seconds: Self.bootSeconds)
    while !booting.isEmpty {
      var entries = booting.flatMap {
        [
          pollfd(fd: $0.notices, events: Int16(POLLIN), revents: 0),
          pollfd(fd: $0.process?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
      }
      entries.append(pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0))
      let count = poll(&entries, nfds_t(entries.count), deadline.milliseconds)
      if count < 0 { continue }
      try interruption.check()
      guard count > 0 else { throw Self.stuck(booting) }
      var left: [Boot] = []
      for (index, boot) in booting.enumerated() {
        if entries[2 * index].revents != 0, boot.hasBooted() {
          try boot.record()
          progress(.ready(machine: boot.recipe.node.name))
        } else if entries[2 * index + 1].revents != 0 {
          throw boot.ended
        } else {
          left.append(boot)
        }
      }
      booting = left
    }
  }

  private static func stuck(_ boots: [Boot]) -> Problem {
    Problem(
      boots.map {
        Diagnostic(
          .error, "the machine has not booted within \(bootSeconds) s",
          detail: "The end of \($0.folder.console):\n\($0.consoleEnd)", host: $0.recipe.node.name)
      }, exitStatus: .failure)
  }
}

/// A machine between its start and its readiness.
private final class Boot {
  let recipe: MachineRecipe
  let folder: MachineFolder
  /// The socket on which the machine says how far it is.
  let notices: Int32
  private(set) var process: HostProcess?

  init(_ recipe: MachineRecipe, in folder: MachineFolder) throws(Problem) {
    self.recipe = recipe
    self.folder = folder
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    notices = socket(AF_UNIX, type, 0)
    guard notices >= 0 else { throw Problem.system("cannot make a socket", errno) }
    unlink(folder.notify)
    // The longest of the paths of the machine's sockets.
    guard SocketAddress.fits(folder.managementConsole) else {
      throw Problem.system("cannot have a socket at \(folder.managementConsole)", ENAMETOOLONG)
    }
    guard SocketAddress.bind(notices, to: folder.notify) else {
      throw Problem.system("cannot listen at \(folder.notify)", errno)
    }
  }

  deinit {
    close(notices)
    unlink(folder.notify)
  }

  func start(imageRoot: String, cgroups: [String]) throws(Problem) {
    let console = open(
      folder.console, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard console >= 0 else { throw Problem.system("cannot write \(folder.console)", errno) }
    defer { close(console) }
    let command = recipe.start(in: folder, imageRoot: imageRoot, cgroups: cgroups)
    let id = try command.start([-1, console, console], outlivesUs: true)
    process = HostProcess(id: id)
  }

  /// Whether one of the notices is that the machine's own systemd is ready.
  func hasBooted() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(notices, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      if recipe.kind.runtime.saysBooted(Array(buffer[..<count])) { return true }
    }
  }

  /// Writes down that this very process has booted.
  func record() throws(Problem) {
    try FileTree.write(FileTree.read(folder.process) ?? "", to: folder.booted)
  }

  var consoleEnd: String {
    let console = FileTree.read(folder.console, limit: 8192, fromEnd: true) ?? ""
    return VisibleText.lastLines(of: Array(console.utf8), count: 15).joined(separator: "\n")
  }

  var ended: Problem {
    if let process { waitpid(process.id, nil, WNOHANG) }
    return Problem(
      "the machine ended while it booted",
      detail: "The end of \(folder.console):\n\(consoleEnd)", host: recipe.node.name,
      exitStatus: .failure)
  }
}
