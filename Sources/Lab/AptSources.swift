import Diagnostics

/// Where this computer gets Debian from, read from its own apt.
struct AptSources: Sendable, Hashable {
  /// A suite of an archive.
  struct Source: Sendable, Hashable {
    /// The archive's address.
    var uri: String
    /// The suite: `bookworm`, `bookworm-security`.
    var suite: String
  }

  /// The suites of one Debian release, the release itself first.
  var sources: [Source]

  /// What `apt-get indextargets` is asked to print: one line for each component of each suite.
  static let format = "$(RELEASE) $(COMPONENT) $(REPO_URI)"

  /// The suites of the release that the lines name, `main` only. Throws when the release itself is
  /// not among them.
  init(lines: String, release: String) throws(Problem) {
    let suites = [release, "\(release)-updates", "\(release)-security"]
    var found: [Source] = []
    for line in lines.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count == 3, fields[1] == "main", suites.contains(fields[0]) else { continue }
      let usable = ["http://", "https://", "file:", "ftp://"].contains { fields[2].hasPrefix($0) }
      let source = Source(uri: fields[2], suite: fields[0])
      if usable, !found.contains(source) { found.append(source) }
    }
    guard found.contains(where: { $0.suite == release }) else {
      throw Problem(
        "this computer's apt knows no mirror of Debian \(release)",
        detail: "The lab's machines are Debian \(release), made from the mirror that apt is "
          + "configured with. Add one: a file in /etc/apt/sources.list.d with the suite \(release) "
          + "and the component main.", exitStatus: .failure)
    }
    sources = suites.flatMap { suite in found.filter { $0.suite == suite } }
  }

  /// The archive that the base system comes from.
  var mirror: String { sources.first?.uri ?? "" }

  /// The suites as apt's `sources.list` has them.
  func list(keyring: String) -> String {
    sources.map { "deb [signed-by=\(keyring)] \($0.uri) \($0.suite) main\n" }.joined()
  }
}
