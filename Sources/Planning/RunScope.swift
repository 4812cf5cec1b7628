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
}
