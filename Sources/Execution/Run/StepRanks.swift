import Diagnostics
import Planning
import Roles

/// How many programs must have run, one after another, before each step of a plan.
struct StepRanks {
  private var ranks: [RoleApplication.ID: Int] = [:]

  /// What a step waits for.
  private struct Edge {
    var from: RoleApplication.ID
    /// Whether the two cannot be in one program.
    var needsItsOwnProgram: Bool
  }

  /// - Throws: `Problem` when steps wait for each other in a circle.
  init(plan: Plan, providers: [FactReference: RoleApplication.ID]) throws(Problem) {
    let steps = plan.hosts.flatMap(\.steps)
    let known = Set(steps.map(\.application.id))
    var edges: [RoleApplication.ID: [Edge]] = [:]
    for host in plan.hosts {
      var before: RoleApplication.ID?
      for step in host.steps {
        let id = step.application.id
        let reporters = Set(step.application.facts.compactMap { providers[$0] })
        edges[id] = step.after.union(reporters).subtracting([id]).filter(known.contains).map {
          // A fact of the machine itself must be read back before it can be put into a program.
          Edge(from: $0, needsItsOwnProgram: $0.host != id.host || reporters.contains($0))
        }
        if let before {
          edges[id, default: []].append(Edge(from: before, needsItsOwnProgram: false))
        }
        before = id
      }
    }
    var dependants: [RoleApplication.ID: [RoleApplication.ID]] = [:]
    var open: [RoleApplication.ID: Int] = [:]
    for (id, list) in edges {
      open[id] = list.count
      for edge in list { dependants[edge.from, default: []].append(id) }
    }
    let changing = Set(steps.filter { $0.changeCount > 0 }.map(\.application.id))
    var settled = steps.map(\.application.id).filter { open[$0] == 0 }
    var next = 0
    while next < settled.count {
      let id = settled[next]
      next += 1
      // A step that is satisfied may yet have to run when something before it does.
      let running = edges[id, default: []].filter { ranks[$0.from] != nil }
      if changing.contains(id) || !running.isEmpty {
        ranks[id] =
          running.map { ranks[$0.from, default: 0] + ($0.needsItsOwnProgram ? 1 : 0) }
          .max() ?? 0
      }
      for dependant in dependants[id, default: []] {
        open[dependant, default: 0] -= 1
        if open[dependant] == 0 { settled.append(dependant) }
      }
    }
    guard settled.count == steps.count else {
      let stuck = known.subtracting(settled).sorted().map { "\($0.host): \($0.stage) \($0.role)" }
      throw Problem(
        "steps of the plan wait for each other in a circle",
        detail: "None of these can be the first: \(stuck.joined(separator: "; ")). "
          + "This is a mistake in the stages.", exitStatus: .usage)
    }
  }

  /// The step's rank; nil when it is satisfied and nothing before it can change that.
  func rank(of id: RoleApplication.ID) -> Int? { ranks[id] }
}
