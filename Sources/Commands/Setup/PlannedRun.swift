import Diagnostics
import Execution
import Inventories
import Planning
import Reporting
import Roles
import Stages

/// A run up to its plan: what `plan` shows, and what `apply` goes on with.
struct PlannedRun: Sendable {
  let setup: RunSetup
  let runner: Runner
  let planner: Planner
  let probes: Probes
  let plan: Plan
  let interruption: Interruption
  let progress: RunProgress

  /// Reads everything, asks all machines, and plans. The connections are open afterwards.
  static func prepare(_ invocation: Invocation) async throws -> PlannedRun {
    let setup = try RunSetup(invocation)
    let library = try setup.library()
    let planner = try Planner(
      inventory: setup.inventory, library: library, scope: try setup.scope(),
      policy: try setup.policy())
    let progress = setup.progress("Looking at the machines", machines: planner.machines)
    let interruption = Interruption()
    let runner = Runner(
      planner: planner, library: library, connector: try setup.connector(pausing: progress),
      state: try setup.stateFolder(), operatorName: setup.operatorName, version: programVersion,
      interruption: interruption, clock: invocation.surroundings.clock
    ) { progress.take($0) }
    let probes = try await invocation.showing(progress, interruption) {
      try await runner.probe()
    }
    do {
      return PlannedRun(
        setup: setup, runner: runner, planner: planner, probes: probes,
        plan: try planner.plan(answers: probes.answers), interruption: interruption,
        progress: progress)
    } catch {
      await probes.close()
      throw error
    }
  }

  /// Whether every machine answered and can be planned for.
  var isWhole: Bool {
    probes.failures.isEmpty && plan.hosts.allSatisfy { $0.problems.isEmpty }
  }

  /// Tells what stands in the way, machine by machine, and what to look at.
  func tellObstacles(_ invocation: Invocation) {
    for machine in planner.machines {
      if let problem = probes.failures[machine.name] { invocation.tell(problem.diagnostics) }
    }
    for host in plan.hosts { invocation.tell(host.problems) }
    if !invocation.isQuiet { invocation.tell(plan.warnings) }
  }

  /// What is shown of it.
  func view(_ invocation: Invocation) -> PlanView {
    PlanView(
      plan: plan, machines: probes.hosts, seconds: probes.seconds,
      showsSatisfied: invocation.verbosity > 0)
  }
}
