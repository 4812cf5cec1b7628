import Diagnostics

/// What part of the testbed a run is limited to: `--limit site=…`, `host=…`, `stage=…`, each of
/// which may be given several times. Values of one kind widen, kinds narrow.
package struct RunScope: Hashable, Sendable, Codable {
  /// Sites; empty for all.
  package var sites: Set<String>
  /// Machines; empty for all.
  package var hosts: Set<String>
  /// Stages; empty for all.
  package var stages: Set<String>

  /// The whole testbed, unless limited.
  package init(sites: Set<String> = [], hosts: Set<String> = [], stages: Set<String> = []) {
    self.sites = sites
    self.hosts = hosts
    self.stages = stages
  }

  /// The scope that the values of `--limit` name: `site=keio`, `host=master01,master02`. Throws
  /// (usage) when one has another form; whether there is such a site, host or stage, the planner tells.
  package static func parse(_ words: [String]) throws(Problem) -> RunScope {
    var scope = RunScope()
    var mistakes: [Diagnostic] = []
    for word in words {
      let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let names = halves.last?.split(separator: ",", omittingEmptySubsequences: false) ?? []
      guard halves.count == 2, !names.contains(where: \.isEmpty) else {
        mistakes.append(malformed(word))
        continue
      }
      switch halves[0] {
      case "site": scope.sites.formUnion(names.map(String.init))
      case "host": scope.hosts.formUnion(names.map(String.init))
      case "stage": scope.stages.formUnion(names.map(String.init))
      default: mistakes.append(malformed(word))
      }
    }
    guard mistakes.isEmpty else { throw Problem(mistakes, exitStatus: .usage) }
    return scope
  }

  private static func malformed(_ word: String) -> Diagnostic {
    Diagnostic(
      .error, "--limit \(word) names nothing",
      detail: "Write site=NAME, host=NAME or stage=NAME; several names with commas between.")
  }

  /// Whether the scope has a machine of that name at that site.
  func contains(host: String, site: String) -> Bool {
    (hosts.isEmpty || hosts.contains(host)) && (sites.isEmpty || sites.contains(site))
  }

  /// Whether the scope has a stage.
  func contains(stage: String) -> Bool { stages.isEmpty || stages.contains(stage) }
}
