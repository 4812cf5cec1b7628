/// What a machine said to the probe.
package struct ProbeAnswer: Sendable {
  /// The facts: the system's and the registered ones.
  package var facts: HostFacts
  /// What planetbed put on the machine before, in order.
  package var manifest: [ManifestEntry]
  /// What the extra questions were answered, by their names: the trimmed output; absent when a
  /// question's command failed.
  package var extra: [String: String]
  /// What was found of everything that the tasks ask.
  var observations: Observations

  /// An answer of a machine of which nothing else was asked: for tests of what stands on answers.
  package init(
    facts: HostFacts, manifest: [ManifestEntry] = [], extra: [String: String] = [:]
  ) {
    self.init(facts: facts, manifest: manifest, extra: extra, observations: Observations())
  }

  /// What a machine said.
  init(
    facts: HostFacts, manifest: [ManifestEntry], extra: [String: String],
    observations: Observations
  ) {
    self.facts = facts
    self.manifest = manifest
    self.extra = extra
    self.observations = observations
  }
}

/// A question that a module other than this one asks of the machine within the same probe.
package struct ProbeQuestion: Sendable, Hashable {
  /// The name of its answer: letters, digits and hyphens.
  package var name: String
  /// The sh text that answers on standard output; it changes nothing.
  package var run: String

  /// A question.
  package init(name: String, run: String) {
    self.name = name
    self.run = run
  }
}

/// One thing that planetbed put on a machine, as the machine's own manifest tells it.
package struct ManifestEntry: Sendable, Hashable {
  /// What it is: `file`, `directory`, `package`, `service`, `sysctl`, `module`, `line`, `block` or `command`, `hold` or `version`.
  package var kind: String
  /// Which: a path, a package's name, a unit's name.
  package var target: String

  /// One thing that planetbed put on a machine.
  package init(kind: String, target: String) {
    self.kind = kind
    self.target = target
  }
}
