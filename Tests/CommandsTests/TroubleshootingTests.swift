import Foundation
import Testing

/// docs/troubleshooting.md explains errors that exist.
@Suite struct TroubleshootingTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The words of each heading that quotes an error.
  static let headings: [String] = {
    let page = try? String(
      contentsOf: repository.appending(path: "docs/troubleshooting.md"), encoding: .utf8)
    return (page ?? "").split(separator: "\n").filter { $0.hasPrefix("### `") }.map {
      String($0.dropFirst(5).dropLast())
    }
  }()

  private static let sources: String = {
    // The programs of roles have errors too.
    ["Sources", "roles"].flatMap { folder in
      FileManager.default.enumerator(
        at: repository.appending(path: folder), includingPropertiesForKeys: nil)?.allObjects ?? []
    }.compactMap { $0 as? URL }
      .filter { ["swift", "toml"].contains($0.pathExtension) }
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }.joined()
  }()

  @Test func thereAreHeadings() { #expect(Self.headings.count > 5) }

  @Test(arguments: headings) func quotesAnErrorThatExists(_ heading: String) {
    for words in heading.split(separator: "…") {
      #expect(Self.sources.contains(words), "no source file and no role has \(words)")
    }
  }
}
