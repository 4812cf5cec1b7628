import Digests
import Diagnostics
import Glibc
import Inventories

/// The folder on the operator's computer that keeps what outlives a run of one testbed: the
/// journal, the lock, and the mark by which this operator's locks are known.
///
/// Making the value touches nothing: only `prepare` writes, and only runs that change something
/// call it, so that `plan` and `check` need no writable folder.
package struct StateFolder: Sendable, Hashable {
  /// Its absolute path.
  package let path: String

  /// `$XDG_STATE_HOME/planetbed/<testbed>-<digest>`, or the same under `~/.local/state`; the
  /// digest is of the inventory's absolute path, so that two testbeds of one name do not meet.
  /// - Throws: `Problem` (usage) when the environment names neither folder.
  package init(inventory: Inventory, environment: [String: String]) throws(Problem) {
    // The XDG base directory specification: a relative path is to be ignored.
    let base: String
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      base = state
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      base = home + "/.local/state"
    } else {
      throw Problem(
        "there is no folder for the run journal and the lock",
        detail: "Neither XDG_STATE_HOME nor HOME names an absolute path; set one of them.",
        exitStatus: .usage)
    }
    let digest = StableHash([Self.absolute(inventory.file)]).hexadecimal
    self.path = "\(base)/planetbed/\(inventory.testbed.name)-\(digest)"
  }

  /// A state folder at a path of the caller's own choice.
  package init(path: String) { self.path = path }

  /// Makes the folder, readable by nobody else, unless it is there.
  /// - Throws: `Problem` when it cannot be made or written to.
  package func prepare() throws(Problem) {
    var partial = ""
    for part in path.split(separator: "/") {
      partial += "/\(part)"
      if mkdir(partial, 0o700) != 0, errno != EEXIST { throw problem("make", errno) }
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw problem("use", errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw problem("use", ENOTDIR) }
    // The folder may have been made by hand: what it keeps is nobody else's to read.
    if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 { throw problem("use", errno) }
    guard access(path, W_OK | X_OK) == 0 else { throw problem("write to", errno) }
  }

  /// The mark by which a lock on a router is known to come from this folder: whoever holds this
  /// folder's own lock may take such a lock over at once. Made at first use.
  /// - Throws: `Problem` when the file cannot be read or written.
  func mark() throws(Problem) -> String {
    let file = path + "/mark"
    if let known = try read(file), known.count == 32,
      known.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    {
      return known
    }
    var generator = SystemRandomNumberGenerator()
    let fresh = (0..<16).map { _ in
      let byte = UInt8.random(in: 0...255, using: &generator)
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw problem("write to", errno) }
    defer { close(descriptor) }
    let bytes = Array(fresh.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw problem("write to", errno)
    }
    return fresh
  }

  private func read(_ file: String) throws(Problem) -> String? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw problem("read", errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw problem("read", errno) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  private func problem(_ what: String, _ code: Int32) -> Problem {
    Problem(
      "cannot \(what) the state folder \(path): \(String(cString: strerror(code)))",
      detail: "It keeps the run journal and the lock. Free some room or mend its permissions, "
        + "or set XDG_STATE_HOME to a folder that you may write to.", exitStatus: .failure)
  }

  /// The path with links and dots resolved; as it is when the file is not there.
  private static func absolute(_ file: String) -> String {
    guard let resolved = realpath(file, nil) else { return file }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
