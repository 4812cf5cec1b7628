import Foundation
import Inventories
import Roles
import TestSupport
import Testing

/// Files beside the tests: the cases and what is expected of them.
enum CaseFiles {
  /// The folder of these tests.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  /// The root of the tree.
  static let root = folder.deletingLastPathComponent().deletingLastPathComponent()
  /// The names of the cases.
  static let cases = ["mesh", "hub", "nat", "single-site", "manifests"]

  /// The inventory of a case.
  static func inventory(_ name: String) throws -> Inventory {
    try InventoryReader.read(file: folder.appending(path: "Cases/\(name).toml").path).inventory
  }

  /// Compares a text with the file of that name under Expected/.
  static func expect(
    _ text: String, as name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let difference = try Snapshot.difference(
      of: text, from: folder.appending(path: "Expected/\(name)").path)
    #expect(difference == nil, sourceLocation: sourceLocation)
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
