import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// Makes the base image, once for each recipe, and finds it again.
struct ImageBuilder: Sendable {
  /// What the image is made of.
  var recipe: ImageRecipe
  /// Where images are kept.
  var store: LabStore
  /// Stops the work.
  var interruption: Interruption
  /// Tells of the steps.
  var progress: @Sendable (LabEvent) -> Void

  /// An image that is there.
  struct Image: Sendable, Hashable {
    /// What it was made of, and from where.
    var key: String
    /// Its root folder, never written to after it was made.
    var root: String
  }

  private static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

  /// The image, made when it is not there.
  func image() throws(Problem) -> Image {
    try Computer.require([Computer.Tool(program: "apt-get", package: "apt")])
    let targets = try HostCommand(
      "apt-get", ["indextargets", "--format", AptSources.format, "Created-By: Packages"]
    ).run(interruption)
    let sources = try AptSources(lines: targets.text, release: recipe.release)
    let key = recipe.key(sources: sources)
    let folder = "\(store.images)/\(key)"
    let image = Image(key: key, root: "\(folder)/root")
    if FileTree.exists(folder) { return image }

    try Computer.require(Computer.imageTools)
    try FileTree.makeFolder(store.images)
    let lock = try FileLock("\(store.images)/lock", interruption: interruption) {
      progress(.waiting(for: "the base image"))
    }
    try withExtendedLifetime(lock) { () throws(Problem) in
      guard !FileTree.exists(folder) else { return }
      try interruption.check()
      try FileTree.requireRoom(of: 2 << 30, at: store.images, for: "the base image")
      try build(in: folder + ".building", from: sources)
      if rename(folder + ".building", folder) != 0 {
        throw Problem.system("cannot put the image in its place \(folder)", errno)
      }
      progress(.image("ready"))
    }
    return image
  }

  private func build(in folder: String, from sources: AptSources) throws(Problem) {
    // What a builder that was interrupted left.
    try HostCommand("rm", ["-rf", "--one-file-system", folder]).run(interruption)
    let root = "\(folder)/root"
    try FileTree.makeFolder(root)

    progress(.image("installing Debian \(recipe.release) (about a minute, once)"))
    try isolated(
      "debootstrap",
      [
        "--variant=minbase", "--keyring=\(Self.keyring)",
        "--include=\(recipe.base.joined(separator: ","))", recipe.release, root, sources.mirror,
      ])

    progress(.image("downloading \(recipe.repository.count) packages and what they need"))
    try downloadPackages(folder: folder, root: root, sources: sources)

    progress(.image("configuring"))
    try configure(root: root)
    try HostCommand("rm", ["-rf", "--one-file-system", "\(folder)/apt"]).run(interruption)
  }

  /// Downloads what the image's own dpkg says that it lacks, with this computer's apt and network.
  private func downloadPackages(
    folder: String, root: String, sources: AptSources
  ) throws(Problem) {
    let apt = "\(folder)/apt"
    let archives = root + ImageRecipe.repositoryFolder
    for part in ["state/lists/partial", "cache", "parts"] {
      try FileTree.makeFolder("\(apt)/\(part)")
    }
    try FileTree.makeFolder("\(archives)/partial")
    try FileTree.write(sources.list(keyring: Self.keyring), to: "\(apt)/sources.list")
    // This computer's own configuration stays in force (proxies, certificates), but for the hooks.
    let own = FileTree.exists("/etc/apt/apt.conf") ? "#include \"/etc/apt/apt.conf\";\n" : ""
    try FileTree.write(
      own + """
        Dir::State "\(apt)/state";
        Dir::State::status "\(root)/var/lib/dpkg/status";
        Dir::Cache "\(apt)/cache";
        Dir::Cache::archives "\(archives)";
        Dir::Etc::sourcelist "\(apt)/sources.list";
        Dir::Etc::sourceparts "\(apt)/parts";
        Dir::Etc::preferences "/dev/null";
        Dir::Etc::preferencesparts "\(apt)/parts";
        APT::Sandbox::User "root";
        APT::Install-Recommends "false";
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;
        #clear DPkg::Pre-Invoke;
        #clear DPkg::Post-Invoke;

        """, to: "\(apt)/lab.conf")
    try FileTree.write("Dir::Etc::main \"\(apt)/lab.conf\";\n", to: "\(apt)/apt.conf")
    let configuration = ["APT_CONFIG": "\(apt)/apt.conf"]
    try HostCommand("apt-get", ["-q", "update"], environment: configuration).run(interruption)
    try HostCommand(
      "apt-get", ["-q", "-y", "--download-only", "install"] + recipe.repository,
      environment: configuration
    ).run(interruption)
    for leftover in ["lock", "partial"] {
      try HostCommand("rm", ["-rf", "\(archives)/\(leftover)"]).run(interruption)
    }
    let index = try HostCommand(
      "env", ["--chdir=\(archives)", "apt-ftparchive", "packages", "."]
    ).run(interruption)
    try FileTree.write(index.text, to: "\(archives)/Packages")
  }

  private func configure(root: String) throws(Problem) {
    for name in FileTree.names(in: "\(root)/etc/ssh") where name.hasPrefix("ssh_host_") {
      unlink("\(root)/etc/ssh/\(name)")
    }
    unlink("\(root)/etc/resolv.conf")
    for file in recipe.files {
      try FileTree.makeParent(of: root + file.path)
      try FileTree.write(file.text, to: root + file.path, mode: mode_t(file.mode))
    }
    let units = "\(root)/etc/systemd/system"
    for unit in recipe.maskedUnits { try link("\(units)/\(unit)", to: "/dev/null") }
    for (unit, target) in ImageRecipe.enabledUnits {
      try FileTree.makeFolder("\(units)/\(target).wants")
      try link("\(units)/\(target).wants/\(unit)", to: "/usr/lib/systemd/system/\(unit)")
    }
    try isolated(
      "chroot",
      [
        root, "useradd", "--create-home", "--no-user-group", "--gid", String(recipe.groupID),
        "--uid", String(recipe.userID), "--shell", "/bin/bash", recipe.user,
      ])
    // The machines' package lists are those of the folder, and need no update before an install.
    try HostCommand(
      "rm", ["-rf", "\(root)/var/lib/apt/lists", "\(root)/var/cache/apt/archives"]
    ).run(interruption)
    try isolated("chroot", [root, "apt-get", "-q", "update"])
    try isolated("chroot", [root, "apt-get", "-q", "clean"])
  }

  private func link(_ path: String, to target: String) throws(Problem) {
    unlink(path)
    if symlink(target, path) != 0 { throw Problem.system("cannot make the link \(path)", errno) }
  }

  /// Runs a program with mounts and processes of its own, so that nothing of either stays however
  /// it ends.
  private func isolated(_ program: String, _ arguments: [String]) throws(Problem) {
    try HostCommand(
      "unshare",
      [
        "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
        "--", program,
      ] + arguments
    ).run(interruption)
  }
}
