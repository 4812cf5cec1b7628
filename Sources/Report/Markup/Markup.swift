import Diagnostics

/// A piece of the page: an element of HTML or SVG, or text. Text and attributes are escaped when they
/// are written, and only there, so that no name of a site, host or pod can become markup. What is
/// written is well-formed as HTML and as XML.
struct Markup: Sendable {
  private enum Kind: Sendable {
    case element(String, [(name: String, value: String)], [Markup])
    case text(String)
    case stylesheet(String)
    case group([Markup])
  }

  private let kind: Kind

  private init(_ kind: Kind) { self.kind = kind }

  /// An element; an attribute whose value is nil is left out.
  init(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ content: [Markup] = []
  ) {
    kind = .element(
      name, attributes.compactMap { key, value in value.map { (name: key, value: $0) } }, content)
  }

  /// An element that holds text alone.
  init(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String) {
    self.init(name, attributes, [.text(text)])
  }

  /// Text; characters that would hide or turn the direction of writing are shown as escapes.
  static func text(_ text: String) -> Markup { Markup(.text(text)) }

  /// Pieces that follow one another.
  static func group(_ pieces: [Markup]) -> Markup { Markup(.group(pieces)) }

  /// The page's own stylesheet, the one text that is not escaped; it holds none of `<`, `>` and `&`.
  static func stylesheet(_ rules: StaticString) -> Markup { Markup(.stylesheet(rules.description)) }

  /// Nothing.
  static let nothing = Markup.group([])
}

extension Markup {
  /// Elements of HTML that have neither content nor an end tag (HTML, 13.1.2 "Elements").
  private static let void: Set<String> = ["meta", "link", "br", "input", "col"]
  /// Elements that stand on a line of their own, so that the page's source can be read.
  private static let blocks: Set<String> = [
    "html", "head", "meta", "link", "title", "style", "body", "header", "nav", "main", "footer",
    "section", "figure", "figcaption", "div", "h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt",
    "dd", "table", "caption", "thead", "tbody", "tr", "td", "th", "details", "summary", "svg", "g",
    "desc", "path", "line", "rect", "circle", "clipPath", "polyline", "polygon", "text",
  ]

  /// The piece as it stands in the file.
  func write(to text: inout String) {
    switch kind {
    case .text(let content): text += Self.escaped(content)
    case .stylesheet(let rules): text += "\n" + rules + "\n"
    case .group(let pieces): for piece in pieces { piece.write(to: &text) }
    case .element(let name, let attributes, let content):
      text += "<" + name
      for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
      if Self.void.contains(name) {
        text += "/>"
      } else {
        text += ">"
        for piece in content { piece.write(to: &text) }
        text += "</\(name)>"
      }
      if Self.blocks.contains(name) { text += "\n" }
    }
  }

  /// Text that is no markup, in an element as in an attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in VisibleText.line(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // XML knows no such characters, escaped or not (XML 1.0, 2.2).
      case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
