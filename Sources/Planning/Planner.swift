import Diagnostics
import Inventories
import Roles
import Stages
import TOMLReading

/// Finds what each machine must have, what to ask it, and from its answer what is to be done.
package struct Planner: Sendable {
  /// The testbed.
  package let inventory: Inventory
  /// What the run is limited to.
  package let scope: RunScope
  /// What the user allows the run to do.
  package let policy: RunPolicy
  /// The machines to connect to: those in scope that must have something, and those that only tell
  /// a fact which one in scope needs; in the order of the inventory.
  package let machines: [Machine]

  let library: RoleLibrary
  let stages: [any Stage]
  let graph: ApplicationGraph
  /// Whether each application of the graph is in scope.
  let inScope: [Bool]
  /// The applications out of scope that provide facts to some in scope, by machine.
  private let consulted: [String: [Int]]

  /// A planner for a testbed. Throws (usage) when the scope names what is not there, when a stage
  /// cannot make what the inventory asks for, or when roles contradict each other.
  package init(
    inventory: Inventory, library: RoleLibrary, stages: [any Stage] = allStages,
    scope: RunScope = RunScope(), policy: RunPolicy = RunPolicy()
  ) throws(Problem) {
    let unknown = scope.unknownNames(in: inventory, stages: stages)
    guard unknown.isEmpty else { throw Problem(unknown, exitStatus: .usage) }
    let objections = stages.flatMap { $0.objections(to: inventory) }
    guard !objections.contains(where: { $0.severity == .error }) else {
      throw Problem(objections, exitStatus: .usage)
    }
    try self.init(
      stages.flatMap { $0.applications(for: inventory) }, inventory: inventory, library: library,
      stages: stages, scope: scope, policy: policy)
  }

  /// The same testbed, now that it is known what is there.
  func knowing(_ facts: Facts) throws(Problem) -> Planner {
    try Planner(
      stages.flatMap { $0.applications(for: inventory, facts: facts, policy: policy) },
      inventory: inventory, library: library, stages: stages, scope: scope, policy: policy)
  }

  private init(
    _ applications: [RoleApplication], inventory: Inventory, library: RoleLibrary,
    stages: [any Stage], scope: RunScope, policy: RunPolicy
  ) throws(Problem) {
    self.inventory = inventory
    self.scope = scope
    self.policy = policy
    self.library = library
    self.stages = stages
    let graph = try ApplicationGraph(applications, library: library)
    self.graph = graph
    let all = inventory.machines
    let hosts = Set(all.filter { scope.contains(host: $0.name, site: $0.site) }.map(\.name))
    let inScope = graph.applications.map {
      hosts.contains($0.onBehalfOf ?? $0.id.host) && scope.contains(stage: $0.id.stage)
    }
    self.inScope = inScope
    var consulted: [String: Set<Int>] = [:]
    for place in graph.applications.indices where inScope[place] {
      for need in graph.needs[place] where !inScope[need.provider] {
        consulted[need.fact.host, default: []].insert(need.provider)
      }
    }
    self.consulted = consulted.mapValues { $0.sorted() }
    machines = all.filter { machine in
      consulted[machine.name] != nil
        || graph.byHost[machine.name]?.contains { inScope[$0] } == true
    }
  }

  /// The tasks that a machine's probe must look at: all in scope, and those that tell the facts
  /// which others need. Throws when a role or template does not fit its variables.
  package func tasksToProbe(on machine: String) throws(Problem) -> [RoleTask] {
    var tasks: [RoleTask] = []
    for place in (graph.byHost[machine] ?? []) where inScope[place] {
      tasks += try library.tasks(of: graph.applications[place], facts: Facts())
    }
    for place in consulted[machine] ?? [] {
      tasks += try library.tasks(of: graph.applications[place], facts: Facts())
    }
    return tasks
  }
}

extension RunScope {
  /// What the scope names that the testbed does not have.
  fileprivate func unknownNames(in inventory: Inventory, stages: [any Stage]) -> [Diagnostic] {
    Self.unknown(sites, among: inventory.sites.map(\.name), kind: "site")
      + Self.unknown(hosts, among: inventory.machines.map(\.name), kind: "host")
      + Self.unknown(self.stages, among: stages.map(\.name), kind: "stage")
  }

  private static func unknown(
    _ names: Set<String>, among known: [String], kind: String
  ) -> [Diagnostic] {
    names.subtracting(known).sorted().map { name in
      let meant = Suggestion.closest(to: name, among: known).map { "Did you mean \($0)? " } ?? ""
      // A list that is longer than a line helps nobody.
      let all = known.joined(separator: ", ")
      return Diagnostic(
        .error, "--limit \(kind)=\(name): there is no such \(kind)",
        detail: meant + (all.utf8.count <= 200 ? "There are: \(all)." : ""))
    }
  }
}
