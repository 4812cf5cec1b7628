import TOMLReading
import TestSupport
import Testing

@testable import Roles

/// docs/roles.md tells what the code reads.
@Suite struct ReferenceTests {
  private static let mark = "<!-- What follows is written by ReferenceTests. -->\n"

  private var reference: String {
    var text = Self.mark + "\n## role.toml\n\n" + RoleSchema.role.markdown
    text += "\n### `[variables]`\n\nEach variable is a table:\n\n" + RoleSchema.variable.markdown
    text += "\n### `[[task]]`\n\n" + RoleSchema.task.meaning + "\n\n" + RoleSchema.task.markdown
    for schema in RoleSchema.kindSchemas {
      text += "\n#### `\(schema.header)`\n\n\(schema.meaning)\n\n\(schema.markdown)"
    }
    text += "\n## Filters\n\n| Filter | Result |\n| --- | --- |\n"
    for (name, filter) in Filters.all.sorted(by: { $0.key < $1.key }) {
      let parameters =
        filter.parameters.isEmpty ? "" : "(\(filter.parameters.joined(separator: ", ")))"
      text += "| `\(name)\(parameters)` | \(filter.meaning) |\n"
    }
    text += "\n## Names that every role has\n\n"
    text += RoleReader.builtIns.map { "`\($0)`" }.joined(separator: ", ")
    text +=
      ", and `item` in a task with a loop. Fields of `system`, known once the machine has answered: "
    text += TaskRenderer.systemFields.map { "`\($0)`" }.joined(separator: ", ") + ".\n"
    return text
  }

  @Test func isWhatTheCodeReads() throws {
    let path = #filePath.replacingEach("Tests/RolesTests/ReferenceTests.swift", by: "docs/roles.md")
    let text = String(decoding: try SourceFile.bytes(of: path), as: UTF8.self)
    let head = text[..<(text.firstRange(of: Self.mark)?.lowerBound ?? text.endIndex)]
    let wanted = head + reference
    let difference = try Snapshot.difference(of: String(wanted), from: path)
    #expect(difference == nil)
  }
}
