/// A word of an expression.
struct Token: Hashable, Sendable {
  /// What it is.
  enum Kind: Hashable, Sendable {
    case name(String)
    case string(String)
    case integer(Int)
    case symbol(String)
    case end
  }

  var kind: Kind
  var place: TextPlace
}

/// A text by characters, that knows at which line and column it is.
struct TextCursor {
  let characters: [Character]
  private(set) var index = 0
  private(set) var place: TextPlace

  init(_ text: String, at place: TextPlace = TextPlace(line: 1, column: 1)) {
    characters = Array(text)
    self.place = place
  }

  var isAtEnd: Bool { index >= characters.count }
  var next: Character? { index < characters.count ? characters[index] : nil }

  /// Whether the text goes on with `word`.
  func goesOn(with word: String) -> Bool { characters[index...].starts(with: word) }

  /// Goes on by so many characters, and tells them.
  @discardableResult mutating func take(_ count: Int = 1) -> ArraySlice<Character> {
    let end = min(index + count, characters.count)
    let taken = characters[index..<end]
    for character in taken {
      if character == "\n" || character == "\r\n" {
        place.line += 1
        place.column = 1
      } else {
        place.column += 1
      }
    }
    index = end
    return taken
  }

  /// Goes on while the characters are such, and tells them.
  mutating func take(while isSuch: (Character) -> Bool) -> String {
    var end = index
    while end < characters.count, isSuch(characters[end]) { end += 1 }
    return String(take(end - index))
  }
}

/// The words of an expression.
enum Tokens {
  private static let symbols = [
    "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ".", ",", "|", "+", "-", "*", "~",
  ]

  /// Splits an expression that begins at `place` into words; the last is `end`.
  static func of(_ text: String, at place: TextPlace) throws(TemplateError) -> [Token] {
    var cursor = TextCursor(text, at: place)
    var tokens: [Token] = []
    while true {
      _ = cursor.take(while: \.isWhitespace)
      let place = cursor.place
      guard let next = cursor.next else {
        tokens.append(Token(kind: .end, place: place))
        return tokens
      }
      if next.isLetter || next == "_" {
        let name = cursor.take { $0.isLetter || $0.isNumber || $0 == "_" }
        tokens.append(Token(kind: .name(name), place: place))
      } else if next.isASCII, next.isNumber {
        let digits = cursor.take { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else {
          throw TemplateError("\(digits) is too large a number", at: place)
        }
        tokens.append(Token(kind: .integer(number), place: place))
      } else if next == "\"" || next == "'" {
        tokens.append(Token(kind: .string(try string(in: &cursor, quote: next)), place: place))
      } else if let symbol = symbols.first(where: { cursor.goesOn(with: $0) }) {
        cursor.take(symbol.count)
        tokens.append(Token(kind: .symbol(symbol), place: place))
      } else {
        throw TemplateError("\"\(next)\" has no meaning in an expression", at: place)
      }
    }
  }

  private static func string(
    in cursor: inout TextCursor, quote: Character
  ) throws(TemplateError) -> String {
    let place = cursor.place
    cursor.take()
    var text = ""
    while let next = cursor.next {
      cursor.take()
      if next == quote { return text }
      guard next == "\\" else {
        text.append(next)
        continue
      }
      switch cursor.take().first {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case .some(let escaped): text.append(escaped)
      case nil: break
      }
    }
    throw TemplateError("a string is not closed", at: place)
  }
}
