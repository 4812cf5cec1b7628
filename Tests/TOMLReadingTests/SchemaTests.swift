import Diagnostics
import TOMLReading
import Testing

/// Reading by a schema, as every kind of file does it.
@Suite struct SchemaTests {
  private static let name = TOMLKey("name", .string, .required, "A name.")
  private static let size = TOMLKey("size", .integer(1...9), .byDefault(3), "A size.")
  private static let note = TOMLKey("note", .string, .optional("nothing"), "A note.")
  private static let part = TOMLKey("part", .tables, .optional("none"), "Parts.")
  private static let schema = TOMLTableSchema(
    "[thing]", "A thing.", keys: [name, size, note, part])

  @Test func givesValuesWithTheirPlaces() throws {
    let (reader, findings) = try reader("name = \"a\"\nnote = \"b\"\n[[part]]\n[[part]]\n")
    #expect(reader.read(Self.name)?.value == "a")
    #expect(reader.read(Self.name)?.position == SourcePosition(file: "f", line: 1, column: 8))
    #expect(reader.keyPosition(Self.note) == SourcePosition(file: "f", line: 2, column: 1))
    #expect(reader.keyPosition(Self.size) == reader.position)
    #expect(reader.has(Self.note) && !reader.has(Self.size))
    #expect(reader.read(Self.size) == nil)
    #expect(reader.readOrDefault(Self.size)?.value == 3)
    #expect(reader.readOrDefault(Self.note)?.value == "b")
    #expect(reader.read(Self.part)?.value.map(\.position.line) == [3, 4])
    #expect(findings.diagnostics.isEmpty)
  }

  @Test func notesEverythingThatIsWrong() throws {
    let (reader, findings) = try reader("size = 10\nnmae = \"a\"\nquantity = 1\n")
    #expect(reader.readOrDefault(Self.size) == nil)
    #expect(reader.read(Self.name) == nil)
    #expect(reader.readOrDefault(Self.note) == nil)
    #expect(findings.hasErrors)
    #expect(
      findings.sorted.map { "\($0.position?.line ?? 0) \($0.summary). \($0.detail)" } == [
        "1 [thing] has no name. name: A name.",
        "1 size must be 1 to 9, not 10. ",
        "2 unknown key \"nmae\" in [thing]. Did you mean \"name\"?",
        "3 unknown key \"quantity\" in [thing]. It takes name, size, note, part.",
      ])
    #expect(findings.sorted.last?.sourceLine == "quantity = 1")
  }

  @Test func aWarningIsNoError() throws {
    let (reader, findings) = try reader("name = \"a\"\n")
    findings.warning("odd", at: reader.position)
    #expect(!findings.hasErrors)
    #expect(findings.diagnostics.map(\.severity) == [.warning])
  }

  @Test func writesTheReference() {
    #expect(
      Self.schema.markdown == """
        | Key | Value | When left out | Meaning |
        | --- | --- | --- | --- |
        | `name` | string | an error | A name. |
        | `size` | 1 to 9 | `3` | A size. |
        | `note` | string | nothing | A note. |
        | `part` | tables | none | Parts. |

        """)
  }

  @Test func manyMistakesNeedNoLongSearch() throws {
    let lines = (0..<1200).map { "nam\($0 % 10)\($0) = 1" }.joined(separator: "\n")
    let (_, findings) = try reader("nam = 1\n" + lines)
    #expect(findings.diagnostics.count == 1000)
    #expect(findings.sorted.count == 1001)
    #expect(findings.sorted.last?.summary == "201 more problems in f")
    #expect(findings.sorted.last?.detail == "Mend the first 1000, and look again.")
    #expect(findings.diagnostics.first?.detail == "Did you mean \"name\"?")
    #expect(findings.meant(by: "nam", among: ["name"]) == nil)
  }

  @Test(
    arguments: [
      ("nmae", "name"), ("Name", "name"), ("topolgy", "topology"), ("x", nil), ("nothing", nil),
      ("", nil), (String(repeating: "name", count: 1000), nil),
    ] as [(String, String?)])
  func suggestsWhatWasMeant(word: String, meant: String?) {
    #expect(Suggestion.closest(to: word, among: ["topology", "name", "role"]) == meant)
  }

  @Test func aNameOfOneLetterIsNoMisspelling() {
    #expect(Suggestion.closest(to: "c", among: ["b"]) == nil)
    #expect(Suggestion.closest(to: "B", among: ["b"]) == "b")
    #expect(Suggestion.closest(to: "b", among: ["b1"]) == "b1")
  }

  @Test func showsWhatCannotBeSeen() {
    #expect(tomlLiteral("a\"\\\n\t\u{1b}\u{202e}é") == "\"a\\\"\\\\\\n\\t\\u001B\\u202Eé\"")
  }

  private func reader(_ text: String) throws -> (TOMLTableReader, TOMLFindings) {
    let document = try TOMLDocument.read(text, file: "f")
    let findings = TOMLFindings(in: document)
    let start = SourcePosition(file: "f", line: 1, column: 1)
    return (
      TOMLTableReader(Located(document.root, at: start), by: Self.schema, findings: findings),
      findings
    )
  }
}
