/// A part of the page with a heading, to which the table of contents leads.
struct Section: Sendable {
  /// What names it in the page's address.
  var id: String
  /// Its heading.
  var heading: String
  /// What is below the heading.
  var content: [Markup]

  /// The section as an element of the page.
  var markup: Markup {
    Markup(
      "section", ["id": id, "aria-labelledby": "\(id)-heading"],
      [Markup("h2", ["id": "\(id)-heading"], text: heading)] + content)
  }

  /// A figure: drawings of the same thing for wide and for narrow pages, what they show, and the same
  /// figures as a table.
  static func figure(_ drawings: [Drawing], caption: [Markup], tables: [Markup]) -> Markup {
    Markup(
      "figure", [:],
      drawings.map(\.markup) + [Markup("figcaption", [:], caption)] + tables)
  }

  /// A paragraph.
  static func paragraph(_ text: String, _ kind: String? = nil) -> Markup {
    Markup("p", ["class": kind], text: text)
  }

  /// A legend's line: a sign as drawings have it, and what it means.
  static func key(_ sign: [Markup], _ meaning: String) -> Markup {
    Markup(
      "li", [:],
      [
        Markup("svg", ["class": "key", "viewBox": "0 0 22 14", "aria-hidden": "true"], sign),
        .text(meaning),
      ])
  }
}
