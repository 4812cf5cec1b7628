import ShellPrograms
import Diagnostics
import Glibc

/// The known_hosts files: read when they changed, and written to when a new key is accepted.
actor KnownHostsFiles {
  /// What tells that a file changed.
  private struct Version: Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private var cache: [String: (version: Version, entries: [KnownHostEntry])] = [:]

  /// What is known of a machine's key.
  /// - Throws: `Problem` when a file cannot be read, or the inventory's key is none.
  func keys(for plan: LoginPlan) throws -> KnownHostKeys {
    switch plan.hostKeyRule {
    case .exactly(let text):
      let fields = text.split(separator: " ")
      guard fields.count >= 2, let blob = Base64.decode(fields[1].utf8),
        keyType(of: blob) == String(fields[0])
      else {
        throw Problem(
          "`host_key` of \(plan.machine) is no host key",
          detail: "it is written `ssh-ed25519 AAAA…`, as in the machine's "
            + "/etc/ssh/ssh_host_ed25519_key.pub",
          host: plan.machine, exitStatus: .usage)
      }
      guard SessionLoop.hostKeyTypes.contains(String(fields[0])) else {
        throw Problem(
          "`host_key` of \(plan.machine) is of type \(fields[0]), which cannot be checked here",
          detail: "libssh2 of Debian 12 checks Ed25519 and ECDSA host keys; name the key in the "
            + "machine's /etc/ssh/ssh_host_ed25519_key.pub",
          host: plan.machine, exitStatus: .usage)
      }
      return KnownHostKeys(demanded: blob)
    case .knownHosts(let files, _):
      let name = plan.knownName
      return KnownHostKeys(
        entries: try files.flatMap { try entries(of: $0).filter { $0.matches(name) } })
    }
  }

  private func entries(of file: String) throws -> [KnownHostEntry] {
    var status = stat()
    guard stat(file, &status) == 0 else {
      // What is missing knows nobody; what may not be read is told below.
      if errno == ENOENT || errno == ENOTDIR { return [] }
      return parseKnownHosts(try readFile(file) ?? [], file: file)
    }
    let version = Version(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
    if let cached = cache[file], cached.version == version { return cached.entries }
    let entries = parseKnownHosts(try readFile(file) ?? [], file: file)
    cache[file] = (version, entries)
    return entries
  }

  /// Decides about the key that a server shows; a new one is remembered when that is allowed.
  /// - Throws: `Problem` when the key is not to be trusted.
  func check(_ key: ShownHostKey, _ known: KnownHostKeys, _ plan: LoginPlan) throws {
    switch known.verdict(on: key) {
    case .known: return
    case .revoked(let entry): throw Self.revoked(key, entry, plan)
    case .changed(let entry): throw Self.changed(key, entry, plan)
    case .notDemanded: throw Self.notDemanded(key, plan)
    case .unknown:
      guard case .knownHosts(let files, true) = plan.hostKeyRule, let file = files.first else {
        throw Self.unknown(key, plan)
      }
      try remember(key, plan, in: file)
    }
  }

  /// Appends a key, under a lock that other planetbeds respect, with one write, so that a reader
  /// never sees half a line.
  private func remember(_ key: ShownHostKey, _ plan: LoginPlan, in file: String) throws {
    func failed(_ reason: String) -> Problem {
      Problem(
        "the host key of \(plan.machine) cannot be written to \(file): \(reason)",
        host: plan.machine, exitStatus: .failure)
    }
    try makeFolder(of: file, failed)
    let descriptor = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failed(systemMessage(errno)) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failed(systemMessage(errno)) }
    }
    let text = try readAll(descriptor, path: file)
    let name = plan.knownName
    let now = parseKnownHosts(text, file: file).filter { $0.matches(name) }
    // Somebody else may have met the machine in the meantime.
    switch KnownHostKeys(entries: now).verdict(on: key) {
    case .known: return
    case .revoked(let entry): throw Self.revoked(key, entry, plan)
    case .changed(let entry): throw Self.changed(key, entry, plan)
    case .notDemanded, .unknown: break
    }
    let separator = text.isEmpty || text.last == 0x0A ? "" : "\n"
    let line = Array("\(separator)\(name) \(key.text)\n".utf8)
    let written = write(descriptor, line, line.count)
    guard written == line.count else {
      let reason = written < 0 ? systemMessage(errno) : "the disk is full"
      ftruncate(descriptor, off_t(text.count))
      throw failed(reason)
    }
  }

  private func makeFolder(of file: String, _ failed: (String) -> Problem) throws {
    guard let slash = file.lastIndex(of: "/"), slash > file.startIndex else { return }
    let folder = String(file[..<slash])
    if access(folder, F_OK) == 0 { return }
    try makeFolder(of: folder, failed)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failed(systemMessage(errno)) }
  }

  // MARK: - What is said

  private static func unknown(_ key: ShownHostKey, _ plan: LoginPlan) -> Problem {
    let port = plan.port == 22 ? "" : "-p \(plan.port) "
    return Problem(
      "the host key of \(plan.host) is not known",
      detail: """
        it shows the \(key.type) key \(key.fingerprint)
        compare that with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine, then
        - run again with --accept-new-host-keys, which remembers the keys of machines not yet known, or
        - write host_key = "\(key.text)" for this machine in the inventory, or
        - connect once by hand and answer yes: ssh \(port)\(plan.user)@\(plan.host)
        """, host: plan.machine, exitStatus: .failure)
  }

  private static func changed(
    _ key: ShownHostKey, _ entry: KnownHostEntry, _ plan: LoginPlan
  ) -> Problem {
    let sameType = entry.type == key.type
    let summary =
      sameType
      ? "the host key of \(plan.host) has changed"
      : "\(plan.host) shows an \(key.type) key, but is known by an \(entry.type) key"
    return Problem(
      summary,
      detail: """
        it shows the \(key.type) key \(key.fingerprint), and \(entry.place) has another one
        the machine was set up anew, or somebody stands between it and you
        once you know that it was set up anew: ssh-keygen -f \(entry.file) -R '\(plan.knownName)', then connect again
        """, host: plan.machine, exitStatus: .failure)
  }

  private static func revoked(
    _ key: ShownHostKey, _ entry: KnownHostEntry, _ plan: LoginPlan
  ) -> Problem {
    Problem(
      "the host key of \(plan.host) is revoked",
      detail: "\(entry.place) marks the \(key.type) key \(key.fingerprint) @revoked; the machine "
        + "needs a new host key, and whoever has the old one must not be trusted",
      host: plan.machine, exitStatus: .failure)
  }

  private static func notDemanded(_ key: ShownHostKey, _ plan: LoginPlan) -> Problem {
    Problem(
      "\(plan.host) does not show the host key that the inventory demands",
      detail: "it shows the \(key.type) key \(key.fingerprint); if that is right, write "
        + "host_key = \"\(key.text)\" for \(plan.machine)",
      host: plan.machine, exitStatus: .failure)
  }
}
