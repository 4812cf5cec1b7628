import Foundation
import Reporting
import Testing

@Suite struct JSONValueTests {
  @Test func writesWhatOthersRead() throws {
    let value: JSONValue = [
      "text": "a\"b\\c\n\t\u{1}\u{7F}\u{2028}慶應", "null": .null, "yes": true, "number": -3,
      "measured": .measured(1.23456), "whole": .measured(2), "infinite": .number(.infinity),
      "list": [1, "two", []], "object": [:],
    ]
    for text in [value.compact, value.pretty] {
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
      let read = try #require(object as? [String: Any])
      #expect(read["text"] as? String == "a\"b\\c\n\t\u{1}\u{7F}\u{2028}慶應")
      #expect(read["measured"] as? Double == 1.235)
      #expect(read["infinite"] is NSNull)
      #expect(read["number"] as? Int == -3)
    }
    #expect(value.compact.hasPrefix(#"{"text":"a\"b\\c\n\t\u0001\u007f\u2028慶應","null":null"#))
    #expect(value["whole"] == .number(2))
  }

  @Test func isPretty() {
    let value: JSONValue = ["a": [1, 2], "b": [], "c": ["d": .null]]
    #expect(
      value.pretty == """
        {
          "a": [
            1,
            2
          ],
          "b": [],
          "c": {
            "d": null
          }
        }
        """)
  }
}
