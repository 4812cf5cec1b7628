import Diagnostics
import Execution
import Inventories

/// The pairs of sites between masters and workers: the paths that an experiment delays.
package struct DelayPairs: Sendable, Hashable {
  /// The pairs, from a site of masters to one of workers, in the order of the inventory, each path once.
  package let pairs: [PathEnds]
  /// The workers at masters' sites, to whom a path within a site leads, which is not delayed.
  package let undelayedWorkers: [String]

  /// The pairs of a testbed.
  package init(_ inventory: Inventory) {
    func sites(_ role: HostRole) -> [Site] {
      inventory.sites.filter { $0.hosts.contains { $0.role == role } }
    }
    let masters = sites(.master).map(\.name)
    var pairs: [PathEnds] = []
    for site in masters {
      for worker in sites(.worker).map(\.name) where worker != site {
        // Of two sites that have both, the path is the same one.
        let pair = PathEnds(from: site, to: worker)
        if !pairs.contains(pair.reversed) { pairs.append(pair) }
      }
    }
    self.pairs = pairs
    undelayedWorkers = inventory.sites.filter { masters.contains($0.name) }
      .flatMap(\.hosts).filter { $0.role == .worker }.map(\.name)
  }

  /// Whether the path between two sites is one of them, in either direction.
  package func contains(_ one: String, _ other: String) -> Bool {
    let pair = PathEnds(from: one, to: other)
    return pairs.contains(pair) || pairs.contains(pair.reversed)
  }

  /// All sites that are an end of one of them.
  package var sites: Set<String> { Set(pairs.flatMap { [$0.from, $0.to] }) }

  /// - Throws: `Problem` of wrong usage when there is no path that could be delayed.
  func checkForDelays(_ inventory: Inventory) throws(Problem) {
    guard pairs.isEmpty else { return }
    throw Problem(
      "there is no path between masters and workers that could be delayed",
      detail:
        "All masters and workers of \(inventory.file) are at one site, and delays are put between "
        + "sites. Measure without a delay: --rtt 0ms", exitStatus: .usage)
  }
}
