import Diagnostics
import Inventories
import TOMLReading
import TestSupport
import Testing

/// Each `Fixtures/NAME.toml` is an inventory, and `NAME.expected` is everything that is said about it.
@Suite struct FixtureTests {
  @Test(arguments: Folder.fixtures.names(endingWith: ".toml"))
  func saysWhatIsExpected(name: String) throws {
    let text = try Folder.fixtures.read(name)
    let said = Self.judgement(text, file: name, in: .fixtures)
    let expectation = name.replacingSuffix(".toml", by: ".expected")
    let difference = try Snapshot.difference(
      of: said, from: "\(Folder.fixtures.path)/\(expectation)")
    #expect(difference == nil)
  }

  @Test(arguments: ["lab.toml", "ten-cities.toml", "thesis.toml"])
  func examplesHaveNoProblem(name: String) throws {
    let said = Self.judgement(try Folder.inventory.read(name), file: name, in: .inventory)
    #expect(said == "nothing is wrong\n")
  }

  /// All that reading an inventory says, as a person would like to see it.
  static func judgement(_ text: String, file: String, in folder: Folder? = nil) -> String {
    let diagnostics: [Diagnostic]
    do throws(Problem) {
      diagnostics = try InventoryReader.read(
        Array(text.utf8), file: file, folder: folder?.path
      ).warnings
    } catch {
      guard error.exitStatus == .usage else { return "exit status \(error.exitStatus)\n" }
      diagnostics = error.diagnostics
    }
    guard !diagnostics.isEmpty else { return "nothing is wrong\n" }
    return diagnostics.map { render($0, in: folder) }.joined(separator: "\n")
  }

  private static func render(_ diagnostic: Diagnostic, in folder: Folder?) -> String {
    var lines: [String] = []
    let place =
      diagnostic.position.map { position in
        let beginning = folder.map { "\($0.path)/" } ?? ""
        let isThere = position.file.hasPrefix(beginning)
        let file = isThere ? String(position.file.dropFirst(beginning.count)) : position.file
        return "\(file):\(position.line):\(position.column): "
      } ?? ""
    lines.append("\(place)\(diagnostic.severity.rawValue): \(diagnostic.summary)")
    if let line = diagnostic.sourceLine, let position = diagnostic.position {
      lines.append("  | \(line)")
      lines.append("  | \(String(repeating: " ", count: position.column - 1))^")
    }
    if !diagnostic.detail.isEmpty { lines.append("  \(diagnostic.detail)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
