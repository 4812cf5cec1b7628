/// A template cut at its tags.
enum TemplatePieces {
  /// A text between tags, or what stands in a tag.
  enum Piece: Hashable, Sendable {
    case text(String)
    /// The inside of `{{ }}`, and where it begins.
    case value(String, TextPlace)
    /// The inside of `{% %}`, and where it begins.
    case statement(String, TextPlace)
  }

  /// Cuts a template, white space that tags take with them left out.
  static func of(_ text: String) throws(TemplateError) -> [Piece] {
    var cursor = TextCursor(text)
    var pieces: [Piece] = []
    var gathered = ""
    while !cursor.isAtEnd {
      guard let tag = tags.first(where: { cursor.goesOn(with: $0.open) }) else {
        gathered += cursor.take()
        continue
      }
      let begin = cursor.place
      cursor.take(2)
      let stripsBefore = cursor.next == "-"
      if stripsBefore { cursor.take() }
      let place = cursor.place
      let inside = try inside(of: tag, in: &cursor, from: begin)
      let stripsAfter = inside.last == "-"
      let content = stripsAfter ? String(inside.dropLast()) : inside
      if stripsBefore {
        while gathered.last?.isWhitespace == true { gathered.removeLast() }
      } else if tag.open != "{{" {
        takeOwnLine(before: &gathered, isFirst: pieces.isEmpty, begin, &cursor)
      }
      if stripsAfter { _ = cursor.take(while: \.isWhitespace) }
      if !gathered.isEmpty { pieces.append(.text(gathered)) }
      gathered = ""
      switch tag.open {
      case "{{": pieces.append(.value(content, place))
      case "{%": pieces.append(.statement(content, place))
      default: break
      }
    }
    if !gathered.isEmpty { pieces.append(.text(gathered)) }
    return pieces
  }

  private static let tags: [(open: String, close: String)] = [
    ("{{", "}}"), ("{%", "%}"), ("{#", "#}"),
  ]

  /// The inside of a tag up to its end; quotes in a value or a statement may hold its end.
  private static func inside(
    of tag: (open: String, close: String), in cursor: inout TextCursor, from begin: TextPlace
  ) throws(TemplateError) -> String {
    var inside = ""
    var quote: Character?
    while let next = cursor.next {
      if quote == nil, cursor.goesOn(with: tag.close) {
        cursor.take(2)
        return inside
      }
      // No expression has these: the tag before was left open, and that place is the one to tell.
      if tag.open != "{#", quote == nil, cursor.goesOn(with: "{{") || cursor.goesOn(with: "{%") {
        break
      }
      if tag.open != "{#" {
        if quote == next {
          quote = nil
        } else if quote == nil, next == "\"" || next == "'" {
          quote = next
        } else if quote != nil, next == "\\" {
          inside += cursor.take()
        }
      }
      inside += cursor.take()
    }
    throw TemplateError("\"\(tag.open)\" is not closed with \"\(tag.close)\"", at: begin)
  }

  /// When the tag stands alone on its line, takes the blanks before it and the line's end.
  private static func takeOwnLine(
    before gathered: inout String, isFirst: Bool, _ begin: TextPlace, _ cursor: inout TextCursor
  ) {
    let blanks = gathered.reversed().prefix { $0 == " " || $0 == "\t" }.count
    guard blanks == begin.column - 1 else { return }
    var ahead = cursor
    _ = ahead.take { $0 == " " || $0 == "\t" }
    guard ahead.isAtEnd || ahead.next == "\n" || ahead.next == "\r\n" else { return }
    ahead.take()
    gathered.removeLast(blanks)
    cursor = ahead
  }
}

/// Builds a template's parts from its pieces.
struct TemplateReader {
  private static let deepest = 32

  private let pieces: [TemplatePieces.Piece]
  private var index = 0
  private var depth = 0

  init(_ pieces: [TemplatePieces.Piece]) { self.pieces = pieces }

  /// All parts.
  mutating func all() throws(TemplateError) -> [Template.Part] {
    let (parts, end) = try parts()
    if let end {
      throw TemplateError("\"\(end.word)\" closes nothing", at: end.parser.token.place)
    }
    return parts
  }

  /// A statement that ends a list of parts.
  private struct End {
    var word: String
    var parser: ExpressionParser
  }

  /// Parts up to the end, or to a statement that closes or continues what is open.
  private mutating func parts() throws(TemplateError) -> ([Template.Part], End?) {
    var parts: [Template.Part] = []
    while index < pieces.count {
      let piece = pieces[index]
      index += 1
      switch piece {
      case .text(let text): parts.append(.text(text))
      case .value(let text, let place):
        parts.append(.value(try ExpressionParser.parse(text, at: place)))
      case .statement(let text, let place):
        var parser = try ExpressionParser(text, at: place)
        guard case .name(let word) = parser.token.kind else {
          throw TemplateError("a statement begins with a word such as \"if\"", at: place)
        }
        switch word {
        case "if": parts.append(try choice(&parser, place))
        case "for": parts.append(try loop(&parser, place))
        case "elif", "else", "endif", "endfor": return (parts, End(word: word, parser: parser))
        default:
          throw TemplateError(
            "there is no statement \"\(word)\"",
            detail: "Statements: if, elif, else, endif, for, endfor.", at: parser.token.place)
        }
      }
    }
    return (parts, nil)
  }

  private mutating func nested(
    in word: String, from place: TextPlace
  ) throws(TemplateError) -> ([Template.Part], End) {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else {
      throw TemplateError("statements are nested too deeply", at: place)
    }
    let (parts, end) = try parts()
    guard let end else {
      throw TemplateError("\"\(word)\" is not closed with \"end\(word)\"", at: place)
    }
    return (parts, end)
  }

  private mutating func choice(
    _ parser: inout ExpressionParser, _ place: TextPlace
  ) throws(TemplateError) -> Template.Part {
    var branches: [Template.Branch] = []
    var condition = try condition(&parser)
    while true {
      let (parts, end) = try nested(in: "if", from: place)
      branches.append(Template.Branch(condition: condition, parts: parts))
      var closing = end.parser
      switch end.word {
      case "elif": condition = try self.condition(&closing)
      case "endif":
        try expectNothing(after: &closing)
        return .choice(branches, otherwise: [])
      case "else":
        try expectNothing(after: &closing)
        let (otherwise, end) = try nested(in: "if", from: place)
        guard end.word == "endif" else {
          throw TemplateError(
            "\"\(end.word)\" cannot come after \"else\"", at: end.parser.token.place)
        }
        return .choice(branches, otherwise: otherwise)
      default:
        throw TemplateError("\"\(end.word)\" closes nothing", at: end.parser.token.place)
      }
    }
  }

  private func condition(_ parser: inout ExpressionParser) throws(TemplateError) -> Expression {
    parser.advance()
    let expression = try parser.expression()
    try parser.expectEnd()
    return expression
  }

  private func expectNothing(after parser: inout ExpressionParser) throws(TemplateError) {
    parser.advance()
    try parser.expectEnd()
  }

  private mutating func loop(
    _ parser: inout ExpressionParser, _ place: TextPlace
  ) throws(TemplateError) -> Template.Part {
    parser.advance()
    let variable = try parser.name("the loop's variable")
    guard parser.takes(word: "in") else {
      throw TemplateError("\"in\" is missing", at: parser.token.place)
    }
    let list = try parser.expression()
    try parser.expectEnd()
    let (body, end) = try nested(in: "for", from: place)
    guard end.word == "endfor" else {
      throw TemplateError("\"\(end.word)\" closes nothing", at: end.parser.token.place)
    }
    var closing = end.parser
    try expectNothing(after: &closing)
    return .loop(variable: variable, list, body)
  }
}
