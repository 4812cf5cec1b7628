import Diagnostics
import Inventories
import Roles
import Stages

extension Planner {
  /// What is to be done, by what the machines answered. Machines without an answer are left out, and
  /// so is what needs a fact that only they could tell: the plan has a warning for that. Throws
  /// (usage) when a fact is missing that only a machine or stage out of scope could provide.
  package func plan(answers: [String: ProbeAnswer]) throws(Problem) -> Plan {
    let facts = Facts(hosts: answers.mapValues(\.facts))
    return try knowing(facts).plan(answers: answers, facts: facts)
  }

  private func plan(
    answers: [String: ProbeAnswer], facts: Facts
  ) throws(Problem) -> Plan {
    let found = problems(facts: facts)
    let blocked = Set(found.filter { $0.severity == .error }.compactMap(\.host))
    let selection = try PlanSelection(
      of: self, facts: facts, answered: Set(answers.keys), blocked: blocked)
    var hosts: [HostPlan] = []
    for machine in machines {
      guard let answer = answers[machine.name] else { continue }
      let own = (graph.byHost[machine.name] ?? []).filter { inScope[$0] }
      guard !own.isEmpty else { continue }
      let steps =
        blocked.contains(machine.name)
        ? []
        : try self.steps(own.filter { selection.planned[$0] }, answer, facts, selection.planned)
      hosts.append(
        HostPlan(
          host: machine.name, site: machine.site, steps: steps,
          problems: found.filter { $0.severity == .error && $0.host == machine.name }))
    }
    return Plan(
      testbed: inventory.testbed.name, inventoryDigest: inventory.digest, scope: scope,
      policy: policy, hosts: hosts,
      warnings: found.filter { $0.severity == .warning } + selection.warnings)
  }

  /// What the stages in scope say of the machines in scope; each thing once.
  private func problems(facts: Facts) -> [Diagnostic] {
    let hosts = Set(
      inventory.machines.filter { scope.contains(host: $0.name, site: $0.site) }.map(\.name))
    var seen: Set<Diagnostic> = []
    return stages.filter { scope.contains(stage: $0.name) }
      .flatMap { $0.problems(for: inventory, facts: facts) }
      .filter { $0.host.map(hosts.contains) ?? true && seen.insert($0).inserted }
  }

  /// A machine's steps with their differences. All of its tasks are compared together, since a
  /// service restarts for a file that another role changes.
  private func steps(
    _ places: [Int], _ answer: ProbeAnswer, _ facts: Facts, _ planned: [Bool]
  ) throws(Problem) -> [PlanStep] {
    var tasks: [RoleTask] = []
    for place in places {
      tasks += try library.tasks(of: graph.applications[place], facts: facts)
    }
    let differences = Dictionary(
      grouping: try TaskDifference.all(of: tasks, in: answer), by: \.task.application)
    var previous: RoleApplication.ID?
    return places.map { place in
      let application = graph.applications[place]
      var after = Set(
        graph.dependencies(of: place).filter { planned[$0] }.map { graph.applications[$0].id })
      if let previous { after.insert(previous) }
      previous = application.id
      return PlanStep(
        application: application, differences: differences[application.id] ?? [], after: after)
    }
  }
}
