import Foundation

/// A text that is compared with a file of the tree; PLANETBED_WRITE_SNAPSHOTS=1 writes the file.
package enum Snapshot {
  /// What the file says, or would say: nil when it is as the text, else a message for the test.
  package static func difference(of text: String, from path: String) throws -> String? {
    if ProcessInfo.processInfo.environment["PLANETBED_WRITE_SNAPSHOTS"] == "1" {
      let file = URL(filePath: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      return nil
    }
    let known = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    if known == text { return nil }
    let old = known.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let changes = new.difference(from: old).map {
      switch $0 {
      case .insert(let place, let line, _): "+\(place + 1): \(line)"
      case .remove(let place, let line, _): "-\(place + 1): \(line)"
      }
    }
    return "\(path) differs; PLANETBED_WRITE_SNAPSHOTS=1 renews it:\n"
      + changes.joined(separator: "\n")
  }
}
