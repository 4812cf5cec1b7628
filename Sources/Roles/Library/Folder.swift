import Diagnostics
import Glibc

/// A folder of roles or templates.
enum Folder {
  /// The files below a folder, as paths relative to it, sorted; links are followed, hidden ones left out.
  /// - Throws: `Problem` when a folder cannot be read, or there is no end to them.
  static func files(below root: String) throws(Problem) -> [String] {
    var found: [String] = []
    var waiting = [""]
    while let folder = waiting.popLast() {
      guard found.count < 10_000, folder.utf8.count < 2_000 else {
        throw Problem(
          "\(root) has too many files", detail: "Does a link in it lead back to it?",
          exitStatus: .usage)
      }
      for name in try names(in: folder.isEmpty ? root : "\(root)/\(folder)") {
        let path = folder.isEmpty ? name : "\(folder)/\(name)"
        var status = stat()
        guard stat("\(root)/\(path)", &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          waiting.append(path)
        } else {
          found.append(path)
        }
      }
    }
    return found.sorted()
  }

  private static func names(in folder: String) throws(Problem) -> [String] {
    guard let stream = opendir(folder) else {
      throw Problem(
        "cannot read the folder \(folder): \(String(cString: strerror(errno)))",
        exitStatus: .usage)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}
