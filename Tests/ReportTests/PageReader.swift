/// Reads a page back, strictly: every element is closed in its order, every attribute is quoted and told
/// once, and no `&`, `<` or `>` stands where it should be escaped. What it takes is HTML and XML at once.
struct PageReader {
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// An element that was opened.
  struct Element {
    var name: String
    var attributes: [String: String]
    /// The text inside, that of the elements inside it too.
    var text = ""
  }

  /// Every element, in the order of their ends.
  private(set) var elements: [Element] = []

  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]

  init(_ page: String) throws {
    let doctype = "<!DOCTYPE html>\n"
    guard page.hasPrefix(doctype) else {
      throw Fault(description: "it does not begin with \(doctype)")
    }
    var rest = page.dropFirst(doctype.count)
    var open: [Element] = []
    while let next = rest.firstIndex(of: "<") {
      let text = try Self.plain(rest[..<next])
      for place in open.indices { open[place].text += text }
      guard let end = Self.end(of: rest[next...]) else {
        throw Fault(description: "a tag has no end")
      }
      let tag = rest[rest.index(after: next)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard let element = open.popLast(), element.name == tag.dropFirst() else {
          throw Fault(description: "<\(tag)> ends what is not open")
        }
        elements.append(element)
      } else {
        let element = try Self.element(tag.hasSuffix("/") ? tag.dropLast() : tag)
        if tag.hasSuffix("/") { elements.append(element) } else { open.append(element) }
      }
    }
    if let element = open.last { throw Fault(description: "<\(element.name)> has no end") }
  }

  /// The tag's end: the first `>` that is not inside an attribute.
  private static func end(of text: Substring) -> String.Index? {
    var isQuoted = false
    return text.indices.first { index in
      if text[index] == "\"" { isQuoted.toggle() }
      return text[index] == ">" && !isQuoted
    }
  }

  private static func element(_ tag: Substring) throws -> Element {
    let name = tag.prefix { $0 != " " }
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
      throw Fault(description: "<\(tag)> has no name")
    }
    var element = Element(name: String(name), attributes: [:])
    var rest = tag.dropFirst(name.count)
    while let equals = rest.firstIndex(of: "=") {
      let key = String(rest[..<equals].drop { $0 == " " })
      let quoted = rest[rest.index(after: equals)...]
      guard quoted.first == "\"", let close = quoted.dropFirst().firstIndex(of: "\"") else {
        throw Fault(description: "\(key) in <\(tag)> is not quoted")
      }
      guard key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }),
        element.attributes[key] == nil
      else { throw Fault(description: "\(key) in <\(tag)> is no attribute, or is there twice") }
      element.attributes[key] = try plain(quoted[quoted.index(after: quoted.startIndex)..<close])
      rest = quoted[quoted.index(after: close)...]
    }
    guard rest.allSatisfy({ $0 == " " }) else { throw Fault(description: "<\(tag)> is malformed") }
    return element
  }

  private static func plain(_ text: Substring) throws -> String {
    guard !text.contains(">"), !text.contains("<") else {
      throw Fault(description: "not escaped: \(text.prefix(80))")
    }
    let parts = text.split(separator: "&", omittingEmptySubsequences: false)
    var plain = String(parts.first ?? "")
    for part in parts.dropFirst() {
      guard let end = part.firstIndex(of: ";"), let character = entities[String(part[..<end])]
      else {
        throw Fault(description: "no reference: &\(part.prefix(20))")
      }
      plain += character + part[part.index(after: end)...]
    }
    return plain
  }

  /// The cells of the table with that caption, row by row.
  func rows(_ caption: String) throws -> [[String]] {
    var tables: [(caption: String, rows: [[String]])] = []
    var current = ""
    var rows: [[String]] = []
    var cells: [String] = []
    for element in elements {
      switch element.name {
      case "th", "td": cells.append(element.text.filter { !$0.isNewline })
      case "tr":
        rows.append(cells)
        cells = []
      case "caption": current = element.text.filter { !$0.isNewline }
      case "table":
        tables.append((current, rows))
        rows = []
      default: break
      }
    }
    guard let table = tables.first(where: { $0.caption == caption }) else {
      throw Fault(description: "there is no table \"\(caption)\" among \(tables.map(\.caption))")
    }
    return table.rows
  }

  /// The elements of a name, with an attribute of that value when one is given.
  func all(_ name: String, _ attribute: String? = nil, _ value: String? = nil) -> [Element] {
    elements.filter { element in
      element.name == name && (attribute == nil || element.attributes[attribute ?? ""] == value)
    }
  }
}
