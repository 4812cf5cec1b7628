/// The program and what it does: the table of contents.
package enum Planetbed {
  /// An entry of the table.
  enum Entry {
    /// A verb.
    case verb(any Verb.Type)
    /// A verb that has verbs of its own.
    case group(name: String, summary: String, discussion: String, verbs: [any Verb.Type])
  }

  /// Everything that the program does, in the order in which a newcomer meets it.
  static let entries: [Entry] = [
    .verb(CheckVerb.self),
    .verb(PlanVerb.self),
    .verb(ApplyVerb.self),
    .verb(StatusVerb.self),
    .group(
      name: "latency", summary: "The delays between the sites: what they are, and experiments.",
      discussion: """
        The inventory's [[latency]] rules are put on the routers by 'apply' and stay there; what these \
        verbs put there for an experiment goes away by itself.
        """,
      verbs: [
        LatencyShowVerb.self, LatencySetVerb.self, LatencyClearVerb.self, LatencyRunVerb.self,
      ]),
    .verb(MeasureVerb.self),
    .verb(ReportVerb.self),
    .group(
      name: "history", summary: "The runs of a testbed: what they did and what they measured.",
      discussion: """
        Runs that change or measure something are recorded on the computer that they were started from. \
        A run is named by its name, by the beginning of it, or by last, last-1 and so on.
        """,
      verbs: [HistoryListVerb.self, HistoryShowVerb.self, HistoryCompareVerb.self]),
    .verb(ExecVerb.self),
    .verb(KubectlVerb.self),
    .verb(KubeconfigVerb.self),
    .verb(ResetVerb.self),
    .group(
      name: "lab", summary: "A testbed on this computer: the machines of an inventory with [lab].",
      discussion: """
        Each machine is a real Debian with systemd and sshd, in networks of its own that lead \
        nowhere else. It takes root and Linux.
        """,
      verbs: [
        LabUpVerb.self, LabDownVerb.self, LabStatusVerb.self, LabShellVerb.self, LabLogsVerb.self,
      ]),
    .verb(VersionVerb.self),
  ]

  /// The declaration of the whole program.
  package static let program = CommandDeclaration(
    "planetbed", "Turns machines at several sites into one testbed, over plain SSH.",
    discussion: """
      Results go to standard output, diagnostics and progress to standard error.

      Exit status: 0 success; 1 something failed on a host; 2 wrong usage or a wrong inventory; \
      3 a verification gate failed; 4 changes are pending (plan --exit-code); 130 interrupted.
      """,
    verbs: entries.map { entry in
      switch entry {
      case .verb(let verb): verb.declaration
      case .group(let name, let summary, let discussion, let verbs):
        CommandDeclaration(
          name, summary, discussion: discussion, verbs: verbs.map { $0.declaration })
      }
    })

  /// The parser of the program's command line.
  package static let parser = ArgumentParser(program: program, common: CommonOptions.all)

  /// The verb to which a parsed command line leads.
  static func verb(at path: [String]) -> (any Verb.Type)? {
    for entry in entries {
      switch entry {
      case .verb(let verb):
        if [verb.declaration.name] == path { return verb }
      case .group(let name, _, _, let verbs):
        if let verb = verbs.first(where: { [name, $0.declaration.name] == path }) { return verb }
      }
    }
    return nil
  }
}
