import Diagnostics
import TOMLReading
import Testing

@Suite struct TOMLDocumentTests {
  @Test func keepsEveryTypeOfValue() throws {
    let document = try TOMLDocument.read(
      """
      text = "a\\n\\u00e9\\u0000"
      lines = '''
      one
      two'''
      whole = 0x10
      decimal = 2.5
      truth = true
      instant = 1979-05-27T07:32:00Z
      day = 1979-05-27
      time = 07:32:00
      list = [1, [2, "x"], {}]
      inline = { b = 1, a.c = 2 }
      """, file: "t.toml")
    #expect(document.root.entries.map(\.key).first == "text")
    #expect(document.root["text"]?.string == "a\né\0")
    #expect(document.root["lines"]?.string == "one\ntwo")
    #expect(document.root["whole"]?.integer == 16)
    #expect(document.root["decimal"]?.number == 2.5)
    #expect(document.root["whole"]?.number == 16)
    #expect(document.root["truth"]?.boolean == true)
    let dateTimes = ["instant", "day", "time"].map { key -> String? in
      if case .dateTime(let text)? = document.root[key]?.content { text } else { nil }
    }
    #expect(dateTimes == ["1979-05-27T07:32:00Z", "1979-05-27", "07:32:00"])
    #expect(document.root["list"]?.array?.count == 3)
    #expect(document.root["list"]?.array?[1].array?.last?.string == "x")
    #expect(document.root["inline"]?.table?.entries.map(\.key) == ["b", "a"])
    #expect(document.root["inline"]?.table?["a"]?.table?["c"]?.integer == 2)
    #expect(document.root["none"] == nil)
  }

  @Test func keepsTheOrderAndThePlaces() throws {
    let document = try TOMLDocument.read(
      """
      # a comment
      [zebra]
      b = 1
      a = 2
      [[ant]]
      dotted.key = [ 10,
        20 ]
      [[ant]]
      """, file: "t.toml")
    #expect(document.root.entries.map(\.key) == ["zebra", "ant"])
    let zebra = try #require(document.root["zebra"])
    #expect(place(zebra.position) == [2, 1])
    #expect(place(document.root.entries[0].keyPosition) == [2, 2])
    let inner = try #require(zebra.table).entries
    #expect(inner.map(\.key) == ["b", "a"])
    #expect(place(inner[1].keyPosition) == [4, 1])
    #expect(place(inner[1].value.position) == [4, 5])
    let ants = try #require(document.root["ant"]?.array)
    #expect(ants.map { place($0.position) } == [[5, 1], [8, 1]])
    let dotted = try #require(ants.first?.table?["dotted"]?.table?.entries.first)
    #expect(place(dotted.keyPosition) == [6, 8])
    #expect(dotted.value.array.map { $0.map { place($0.position) } } == [[6, 16], [7, 3]])
  }

  @Test func countsColumnsInCharacters() throws {
    let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}"
    let text = "a = { x = \"\(family)e\u{301}\", y = 1, z = 2 }\r\nb = \"é\" # é\r\n"
    let document = try TOMLDocument.read(text, file: "t.toml")
    let inner = try #require(document.root["a"]?.table)
    #expect(inner.entries.map { $0.keyPosition.column } == [7, 17, 24])
    #expect(inner.entries.map { $0.value.position.column } == [11, 21, 28])
    let position = try #require(document.root["b"]?.position)
    #expect(place(position) == [2, 5])
    #expect(document.diagnostic(.warning, "odd", at: position).sourceLine == "b = \"é\" # é")
  }

  @Test func skipsAByteOrderMark() throws {
    let document = try TOMLDocument.read([0xef, 0xbb, 0xbf] + Array("a = 1".utf8), file: "t.toml")
    let entry = try #require(document.root.entries.first)
    #expect(place(entry.keyPosition) == [1, 1])
    #expect(document.diagnostic(.error, "", at: entry.keyPosition).sourceLine == "a = 1")
  }

  @Test func showsNoEndlessLine() throws {
    let text = "a = '\(String(repeating: "x", count: 1000))'\nb = 1"
    let document = try TOMLDocument.read(text, file: "t.toml")
    let lines = document.root.entries.map {
      document.diagnostic(.error, "", at: $0.keyPosition).sourceLine
    }
    #expect(lines == [nil, "b = 1"])
  }

  private func place(_ position: SourcePosition) -> [Int] { [position.line, position.column] }
}
