import Diagnostics
import Glibc
import TOMLReading

/// A folder of the source tree.
struct Folder {
  let path: String

  static let fixtures = Folder(path: "\(root)/Tests/LatencyProfilesTests/Fixtures")
  static let profiles = Folder(path: "\(root)/inventory/profiles")
  static let inventory = Folder(path: "\(root)/inventory")
  static let docs = Folder(path: "\(root)/docs")

  private static var root: String {
    #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
  }

  func bytes(_ name: String) throws -> [UInt8] { try SourceFile.bytes(of: "\(path)/\(name)") }

  func read(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  func names(endingWith suffix: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    return names.sorted()
  }
}
