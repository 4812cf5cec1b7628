import Diagnostics
import Inventories
import Roles

/// Which applications can be planned, now that the machines have answered, or not.
struct PlanSelection {
  /// Whether each application of the graph is planned.
  private(set) var planned: [Bool]
  /// What is left out, and why.
  private(set) var warnings: [Diagnostic] = []

  /// The machine for whose sake each application is left out that is.
  private var because: [Int: String] = [:]
  /// Facts that nothing in scope provides, with what needs them.
  private var missing: [(fact: FactReference, provider: Int, user: Int)] = []

  /// Goes through the applications in the order of their dependencies: one is left out when its
  /// machine did not answer or is `blocked`, or when it depends on one that is left out. Throws
  /// (usage) when a fact is unknown that only a machine or stage out of scope could provide.
  init(
    of planner: Planner, facts: Facts, answered: Set<String>, blocked: Set<String>
  ) throws(Problem) {
    let graph = planner.graph
    planned = [Bool](repeating: false, count: graph.applications.count)
    for place in graph.order where planner.inScope[place] {
      let host = graph.applications[place].id.host
      let culprit =
        answered.contains(host) && !blocked.contains(host)
        ? culprit(for: place, planner, facts, answered) : host
      because[place] = culprit
      planned[place] = culprit == nil
    }
    guard missing.isEmpty else { throw outOfScope(planner) }
    warnings = leftOut(planner, answered: answered)
  }

  /// The machine on which an application waits in vain; nil when it can be done in this run.
  private mutating func culprit(
    for place: Int, _ planner: Planner, _ facts: Facts, _ answered: Set<String>
  ) -> String? {
    for need in planner.graph.needs[place]
    where facts[need.fact] == nil && !planned[need.provider] {
      if let root = because[need.provider] { return root }
      guard answered.contains(need.fact.host) else { return need.fact.host }
      missing.append((need.fact, need.provider, place))
    }
    for earlier in planner.graph.predecessors[place] {
      if let root = because[earlier] { return root }
    }
    return nil
  }

  /// The error for facts that the user's own limit keeps out of reach, one for each machine. (Routers
  /// need each other's, so that none can be applied alone at first: the limit must hold both.)
  private func outOfScope(_ planner: Planner) -> Problem {
    let byHost = Dictionary(grouping: missing, by: \.fact.host)
    return Problem(
      planner.inventory.machines.filter { byHost[$0.name] != nil }.map { machine in
        let all = byHost[machine.name] ?? []
        let names = Set(all.map(\.fact.name)).sorted().joined(separator: ", ")
        let stages = Set(all.map { planner.graph.applications[$0.provider].id.stage })
        let users = all.map { planner.graph.applications[$0.user].id.words }
        let wider = planner.scope.words(toAdd: machine, stages: stages).joined(separator: " ")
        return Diagnostic(
          .error, "\(machine.name) must be applied too: its \(names) is not known yet",
          detail: "Needed by \(Self.listed(users)). Add \(wider) to this run, or apply without a "
            + "limit.",
          host: machine.name)
      }, exitStatus: .usage)
  }

  /// A warning for each machine that loses something for another's sake.
  private func leftOut(_ planner: Planner, answered: Set<String>) -> [Diagnostic] {
    var lost: [String: [String: [Int]]] = [:]
    for (place, culprit) in because {
      let host = planner.graph.applications[place].id.host
      if host != culprit { lost[host, default: [:]][culprit, default: []].append(place) }
    }
    return planner.machines.flatMap { machine in
      (lost[machine.name] ?? [:]).sorted { $0.key < $1.key }.map { culprit, places in
        let names = places.sorted().map { planner.graph.applications[$0].id.words }
        let reason =
          answered.contains(culprit) ? "cannot be worked on" : "did not answer"
        return Diagnostic(
          .warning, "\(machine.name) does without what depends on \(culprit)",
          detail: "\(culprit) \(reason); left out: \(Self.listed(names)). "
            + "Apply again when that is mended.",
          host: machine.name)
      }
    }
  }

  /// The first few of a long list.
  private static func listed(_ names: [String]) -> String {
    names.count <= 5
      ? names.joined(separator: ", ")
      : names.prefix(5).joined(separator: ", ") + " and \(names.count - 5) more"
  }
}

extension RunScope {
  /// The limits that would have to be added for a machine's stages to be in scope.
  fileprivate func words(toAdd machine: Machine, stages needed: Set<String>) -> [String] {
    var words: [String] = []
    if !sites.isEmpty, !sites.contains(machine.site) { words.append("site=\(machine.site)") }
    if !hosts.isEmpty, !hosts.contains(machine.name) { words.append("host=\(machine.name)") }
    if !stages.isEmpty { words += needed.subtracting(stages).sorted().map { "stage=\($0)" } }
    return words.map { "--limit \($0)" }
  }
}
