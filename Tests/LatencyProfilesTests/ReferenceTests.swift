import LatencyProfiles
import TOMLReading
import TestSupport
import Testing

/// `docs/profiles.md` says what the program does. One test may write what the others read.
@Suite(.serialized) struct ReferenceTests {
  @Test func tablesAreTheSchemas() throws {
    let text = try Folder.docs.read("profiles.md")
    let start = try #require(text.firstRange(of: "<!-- keys -->\n"))
    let stop = try #require(text.firstRange(of: "<!-- /keys -->\n"))
    let tables = ProfileSchema.tables.map { schema in
      "### \(Self.title(schema))\n\n\(schema.meaning)\n\n\(schema.markdown)"
    }.joined(separator: "\n")
    let right = text[..<start.upperBound] + "\n" + tables + "\n" + text[stop.lowerBound...]
    let difference = try Snapshot.difference(
      of: String(right), from: "\(Folder.docs.path)/profiles.md")
    #expect(difference == nil)
  }

  @Test func examplesFitTheLab() throws {
    let parts = try Folder.docs.read("profiles.md").split(separator: "```toml\n").dropFirst()
    let examples = try parts.map { part in
      String(part[..<(try #require(part.firstRange(of: "```"))).lowerBound])
    }
    #expect(examples.count == 2)
    for example in examples {
      let said = Judgement.of(
        example, file: "example", in: .profiles, for: try FixtureTests.lab())
      #expect(!said.contains("error") && !said.contains("warning"))
    }
  }

  /// What the page says that a run tells is what it tells.
  @Test func announcementsAreThoseOfThePage() throws {
    let text = try Folder.docs.read("profiles.md")
    let begin = try #require(text.firstRange(of: "```toml\n"))
    let end = try #require(text.firstRange(of: "```\n"))
    let profile = try LatencyProfile.read(
      Array(text[begin.upperBound..<end.lowerBound].utf8), file: "example")
    let told = profile.announcements.map { "    \($0.timedText)\n" }.joined()
    #expect(text.contains("\n\n\(told)\n"))
  }

  private static func title(_ schema: TOMLTableSchema) -> String {
    schema.header.hasPrefix("[") ? "`\(schema.header)`" : "\(schema.header)"
  }
}
