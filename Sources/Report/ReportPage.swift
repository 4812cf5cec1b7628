/// The report: one HTML file that needs nothing beside itself. It holds no program and fetches nothing,
/// and its content security policy forbids both.
package struct ReportPage: Sendable {
  private let contents: ReportContents

  /// The report of what was measured.
  package init(_ contents: ReportContents) { self.contents = contents }

  /// The file; throws only what the encoder of the JSON download throws.
  package var html: String {
    get throws {
      var text = "<!DOCTYPE html>\n"
      Markup(
        "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"], [head, try body]
      ).write(to: &text)
      return text
    }
  }

  private var head: Markup {
    Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content":
              "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
          ]),
        Markup(
          "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("meta", ["name": "color-scheme", "content": "light dark"]),
        Markup("meta", ["name": "generator", "content": "planetbed \(contents.planetbed)"]),
        // Without an icon of its own, a browser asks the server for one.
        Markup("link", ["rel": "icon", "href": "data:,"]),
        Markup("title", text: "\(contents.testbed) – planetbed report"),
        Markup("style", [:], [.stylesheet(Stylesheet.rules)]),
      ])
  }

  private var body: Markup {
    get throws {
      let sections = [
        SummarySection(contents).section, TopologySection(contents).section,
        ReachabilitySection(contents).section, DelaySection(contents).section,
        StartSection(contents).section, ManifestSection(contents).section,
        try DownloadSection(contents).section,
      ]
      return Markup(
        "body", [:],
        [
          Markup("a", ["class": "skip", "href": "#main"], text: "Skip to the content"),
          Markup(
            "header", [:],
            [
              Markup("p", ["class": "kind"], text: "planetbed report"),
              Markup("h1", text: contents.testbed),
              Markup("p", ["class": "note"], text: PointInTime.text(contents.made)),
            ]),
          Markup(
            "nav", ["aria-label": "Contents"],
            [
              Markup(
                "ol", [:],
                sections.map {
                  Markup("li", [:], [Markup("a", ["href": "#\($0.id)"], text: $0.heading)])
                })
            ]),
          Markup("main", ["id": "main"], sections.map(\.markup)),
          Markup(
            "footer", [:],
            [
              Section.paragraph(
                "Made by planetbed \(contents.planetbed), \(PointInTime.text(contents.made)).",
                "note")
            ]),
        ])
    }
  }
}
