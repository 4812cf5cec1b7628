import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// The few things that a lab does with files itself.
enum FileTree {
  /// Whether anything is there; a dangling link counts.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes a folder and those above it, unless they are there. The mode is that of the last one,
  /// and is set even when the folder was there.
  static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(Problem) {
    var end = path.startIndex
    while end != path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      if mkdir(String(path[..<end]), 0o755) != 0, errno != EEXIST {
        throw Problem.system("cannot make the folder \(path[..<end])", errno)
      }
    }
    if chmod(path, mode) != 0 { throw Problem.system("cannot set the mode of \(path)", errno) }
  }

  /// Makes the folder that the path's last part is in, and those above it, unless they are there.
  static func makeParent(of path: String) throws(Problem) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    if !exists(folder) { try makeFolder(folder) }
  }

  /// Writes a file whole: under another name first, so that nobody sees half of it, and with its
  /// mode from the start.
  static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(Problem) {
    let new = path + ".new"
    let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
    guard file >= 0 else { throw Problem.system("cannot write \(path)", errno) }
    defer { close(file) }
    if fchmod(file, mode) != 0 { throw Problem.system("cannot set the mode of \(path)", errno) }
    try write(text, to: file, named: path)
    if rename(new, path) != 0 { throw Problem.system("cannot write \(path)", errno) }
  }

  /// Writes into a file that is there, as the kernel's control files need it.
  static func set(_ path: String, to text: String) throws(Problem) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw Problem.system("cannot write \(path)", errno) }
    defer { close(file) }
    try write(text, to: file, named: path)
  }

  private static func write(
    _ text: String, to file: Int32, named path: String
  ) throws(Problem) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Problem.system("cannot write \(path)", errno) }
      done += count
    }
  }

  /// A file's text, of at most so many bytes from its start or its end; nil when it cannot be read.
  static func read(_ path: String, limit: Int = 1 << 20, fromEnd: Bool = false) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    if fromEnd {
      let size = lseek(file, 0, SEEK_END)
      lseek(file, max(0, size - off_t(limit)), SEEK_SET)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }

  /// The names in a folder, sorted; none when it is not there.
  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The bytes that are free for planetbed in the file system of a folder.
  static func freeBytes(at path: String) throws(Problem) -> UInt64 {
    var status = statvfs()
    if statvfs(path, &status) != 0 {
      throw Problem.system("cannot tell how much room \(path) has", errno)
    }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Throws when a folder's file system has too little room for what is to be done.
  static func requireRoom(
    of needed: UInt64, at path: String, for purpose: String
  ) throws(Problem) {
    let free = try freeBytes(at: path)
    guard free < needed else { return }
    throw Problem(
      "too little room in \(path) for \(purpose)",
      detail: "It needs \(needed >> 20) MiB, and \(free >> 20) MiB are free. Make room, or set "
        + "PLANETBED_LAB_ROOT to a folder of another file system.", exitStatus: .failure)
  }
}
