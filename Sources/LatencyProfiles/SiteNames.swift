import Diagnostics
import Inventories
import TOMLReading

extension LatencyProfile {
  /// The site that each of the profile's names stands for. Throws when one stands for none.
  func resolved(
    for inventory: Inventory, overriding: [String: String]
  ) throws(Problem) -> [String: String] {
    let known = inventory.sites.map(\.name)
    let isSite = Set(known)
    var diagnostics: [Diagnostic] = []
    for (name, site) in overriding.sorted(by: { $0.key < $1.key }) {
      if !siteNames.contains(name) {
        diagnostics.append(
          Diagnostic(
            .error, "\(file) has no name \(tomlLiteral(name)) for a site",
            detail: Self.offer(name, siteNames, "Its names are")))
      } else if !isSite.contains(site) {
        diagnostics.append(
          Diagnostic(
            .error,
            "\(name) cannot stand for \(tomlLiteral(site)): \(inventory.file) has no such site",
            detail: Self.offer(site, known, "Its sites are")))
      }
    }
    var names: [String: String] = [:]
    for name in siteNames {
      if let site = overriding[name] {
        names[name] = site
        continue
      }
      let written = defaultSites[name]
      let site = written?.value ?? name
      names[name] = site
      guard !isSite.contains(site), let position = written?.position ?? firstUse(of: name) else {
        continue
      }
      diagnostics.append(
        document.diagnostic(
          .error, "\(inventory.file) has no site \(tomlLiteral(site))",
          detail: Self.offer(site, known, "Its sites are")
            + " Say which one is meant in [sites], or with --site \(name)=SITE.",
          at: position))
    }
    if diagnostics.isEmpty {
      diagnostics = pathsWithin(names)
    }
    guard diagnostics.isEmpty else { throw Problem(diagnostics, exitStatus: .usage) }
    return names
  }

  /// Two names of one event that stand for one site.
  private func pathsWithin(_ names: [String: String]) -> [Diagnostic] {
    events.compactMap { event in
      guard case .two(let first, let second) = event.ends,
        let site = names[first.value], site == names[second.value]
      else { return nil }
      return document.diagnostic(
        .error, "\(first.value) and \(second.value) are both the site \(tomlLiteral(site))",
        detail:
          "The path within a site is its LAN, which planetbed leaves alone. Say in [sites], or with "
          + "--site NAME=SITE, which sites they are.",
        at: second.position)
    }
  }

  private func firstUse(of name: String) -> SourcePosition? {
    events.lazy.flatMap(\.ends.names).first { $0.value == name }?.position
  }

  private static func offer(_ word: String, _ known: [String], _ words: String) -> String {
    if let meant = Suggestion.closest(to: word, among: known) {
      return "Did you mean \(tomlLiteral(meant))?"
    }
    if known.isEmpty { return "It names none." }
    // Nobody reads hundreds.
    let shown = known.prefix(12).joined(separator: ", ")
    return "\(words) \(shown)\(known.count > 12 ? ", and \(known.count - 12) more" : "")."
  }
}
