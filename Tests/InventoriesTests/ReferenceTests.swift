import Inventories
import TOMLReading
import TestSupport
import Testing

/// `docs/inventory.md` says what the program does.
@Suite struct ReferenceTests {
  @Test func tablesAreTheSchemas() throws {
    let text = try Folder.docs.read("inventory.md")
    let begin = "<!-- keys -->\n"
    let end = "<!-- /keys -->\n"
    let start = try #require(text.firstRange(of: begin))
    let stop = try #require(text.firstRange(of: end))
    let tables = InventorySchema.tables.map { schema in
      "### \(Self.title(schema))\n\n\(schema.meaning)\n\n\(schema.markdown)"
    }.joined(separator: "\n")
    let right =
      text[..<start.upperBound] + "\n" + tables + "\n" + text[stop.lowerBound...]
    let difference = try Snapshot.difference(
      of: String(right), from: "\(Folder.docs.path)/inventory.md")
    #expect(difference == nil)
  }

  @Test func exampleIsAnInventory() throws {
    let text = try Folder.docs.read("inventory.md")
    let begin = try #require(text.firstRange(of: "```toml\n"))
    let rest = text[begin.upperBound...]
    let end = try #require(String(rest).firstRange(of: "```"))
    let example = String(rest)[..<end.lowerBound]
    #expect(FixtureTests.judgement(String(example), file: "example") == "nothing is wrong\n")
  }

  private static func title(_ schema: TOMLTableSchema) -> String {
    schema.header.hasPrefix("[") ? "`\(schema.header)`" : "The outermost table"
  }
}
