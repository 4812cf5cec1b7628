import Foundation
import Testing

/// The README shows what is there.
@Suite struct ReadmeTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.repository.appending(path: path), encoding: .utf8)
  }

  @Test func showsTheInventoryOfTheDemo() throws {
    let readme = try text("README.md")
    #expect(readme.contains("```toml\n\(try text("inventory/lab.toml"))```"))
  }

  @Test func linksToPagesThatExist() throws {
    for page in ["README.md", "docs/architecture.md", "docs/network.md", "docs/troubleshooting.md"]
    {
      let folder = page.hasPrefix("docs/") ? "docs/" : ""
      for match in try text(page).matches(of: #/\]\((?<path>[^):#]+)\)/#) {
        let path = Self.repository.appending(path: folder + match.output.path).path
        #expect(FileManager.default.fileExists(atPath: path), "\(page) links to \(path)")
      }
    }
  }

  /// The verbs that the README's commands use, and the targets of `make`.
  @Test func namesCommandsThatExist() throws {
    let readme = try text("README.md")
    let manual = try text("docs/cli.md")
    let verbs = Set(
      readme.matches(of: #/planetbed (?<verb>[a-z]+) +(inventory|lab)/#).map(\.output.verb))
    #expect(verbs.count >= 4)
    for verb in verbs { #expect(manual.contains("planetbed \(verb)"), "\(verb)") }
    let makefile = try text("Makefile")
    for target in Set(readme.matches(of: #/(^|`| )make (?<target>[a-z-]+)/#).map(\.output.target)) {
      #expect(makefile.contains("\n\(target):"), "make \(target)")
    }
  }
}
