import Foundation
import Inventories
import Roles
import Testing

/// Files beside the tests: the cases and what is expected of them.
enum Snapshot {
  /// The folder of these tests.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  /// The root of the tree.
  static let root = folder.deletingLastPathComponent().deletingLastPathComponent()
  /// The names of the cases.
  static let cases = ["mesh", "hub", "nat", "single-site"]

  /// The inventory of a case.
  static func inventory(_ name: String) throws -> Inventory {
    try InventoryReader.read(file: folder.appending(path: "Cases/\(name).toml").path).inventory
  }

  /// Compares a text with the file of that name under Expected/. With PLANETBED_WRITE_SNAPSHOTS=1 in the
  /// environment it writes the file instead, to be looked at and committed.
  static func expect(
    _ text: String, as name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appending(path: "Expected/\(name)")
    if ProcessInfo.processInfo.environment["PLANETBED_WRITE_SNAPSHOTS"] == "1" {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      return
    }
    let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let difference = zip(
      text.split(separator: "\n", omittingEmptySubsequences: false) + [""],
      expected.split(separator: "\n", omittingEmptySubsequences: false) + [""]
    ).first { $0 != $1 }
    #expect(
      text == expected,
      "\(name): \(difference.map { "\"\($0)\" is not \"\($1)\"" } ?? "another length")",
      sourceLocation: sourceLocation)
  }
}

extension Variable {
  /// The value in the notation of TOML; a fact as `fact NAME of HOST`.
  var notation: String {
    switch self {
    case .string(let text): "\"\(text)\""
    case .integer(let number): String(number)
    case .boolean(let truth): String(truth)
    case .list(let values): "[" + values.map(\.notation).joined(separator: ", ") + "]"
    case .table(let values):
      "{ "
        + values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.notation)" }
        .joined(separator: ", ") + " }"
    case .fact(let reference): "fact \(reference.name) of \(reference.host)"
    }
  }
}
