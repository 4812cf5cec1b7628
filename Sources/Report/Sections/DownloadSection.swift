/// The figures as files.
struct DownloadSection: Sendable {
  private let downloads: [Download]

  /// The files of a report; throws what the encoder throws.
  init(_ contents: ReportContents) throws { downloads = try Download.all(contents) }

  /// The section.
  var section: Section {
    Section(
      id: "downloads", heading: "Downloads",
      content: [
        Section.paragraph("They are inside this page: nothing is fetched."),
        Markup(
          "ul", ["class": "downloads"],
          downloads.map {
            Markup("li", [:], [$0.link, .text(" – \($0.explanation)")])
          }),
      ])
  }
}
