import Inventories
import Diagnostics
import Execution
import Planning
import Reporting
import Roles
import Stages

/// `planetbed apply`
enum ApplyVerb: Verb {
  static let plan = OptionDeclaration(
    "plan", value: .init("file"),
    "Apply this saved plan, without asking; refuse when the machines no longer are as it found them."
  )
  static let verify = OptionDeclaration(
    "verify", "See afterwards whether it works, even when nothing was changed.")
  static let noVerify = OptionDeclaration(
    "no-verify", "Do not see afterwards whether it works.")

  static let declaration = CommandDeclaration(
    "apply", "Make the testbed what the inventory says.",
    discussion: """
      Shows the plan, asks, does what differs and nothing else. A machine that fails stops only \
      those that depend on it. It can be interrupted at any point: the next apply finishes the work. \
      It ends with seeing whether it works: who reaches whom, how the cluster is, and whether a pod \
      on every worker reaches every other and a service, and whether the delays are as asked (exit \
      status 3 when not). When nothing has \
      to change, each machine is asked once, and that is left out unless --verify is given.
      """,
    parameters: [CommonParameters.inventory],
    options: [CommonParameters.limit, CommonParameters.yes, plan, verify, noVerify]
      + PolicyOptions.all + ConnectionOptions.all + RoleOptions.all,
    examples: [
      "planetbed apply inventory/lab.toml",
      "planetbed apply inventory/lab.toml --yes --limit site=vlan10 --limit stage=site-vpn",
      "planetbed apply inventory/lab.toml --plan vlan10.plan",
      "planetbed apply inventory/lab.toml --prune",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let saved = try invocation.arguments.value(plan).map { path throws(Problem) in
      try SavedPlan.read(from: path)
    }
    let needsNoAnswer = saved != nil || invocation.arguments.has(CommonParameters.yes)
    if !needsNoAnswer { try Consent.mustBePossible(invocation) }
    let planned = try await PlannedRun.prepare(invocation)
    do {
      planned.tellObstacles(invocation)
      try saved?.matches(planned.plan)
      // What is going to be asked must be seen, wherever results go.
      if invocation.format == .text {
        showPlan(planned, invocation)
      } else if !needsNoAnswer {
        let errors = invocation.console.errors
        errors.write(planned.view(invocation).text(errors.layout))
      }
      if !needsNoAnswer, planned.plan.changeCount > 0, !planned.probes.interrupted {
        let hosts = planned.plan.hosts.filter { $0.changeCount > 0 }.count
        let question =
          "Make \(Counted.text(planned.plan.changeCount, "change")) on "
          + "\(Counted.text(hosts, "host"))?"
        guard try await invocation.surroundings.terminal.agrees(question) else {
          await planned.probes.close()
          invocation.remark("Nothing was changed.")
          return .success
        }
      }
    } catch {
      await planned.probes.close()
      throw error
    }
    let result = try await carryOut(planned, invocation)
    return try await finish(planned, result, invocation)
  }

  private static func showPlan(_ planned: PlannedRun, _ invocation: Invocation) {
    if invocation.isQuiet { return }
    let output = invocation.console.output
    output.write(planned.view(invocation).text(output.layout) + "\n")
  }

  private static func carryOut(
    _ planned: PlannedRun, _ invocation: Invocation
  ) async throws -> RunResult {
    let tasks = planned.plan.hosts.flatMap(\.steps).flatMap(\.differences)
      .filter { $0.verdict != .satisfied }.map(\.task)
    planned.progress.expect(
      title: "Applying to \(planned.plan.testbed)",
      stages: allStages.map { ($0.name, $0.title) }, tasks: tasks)
    planned.progress.resume()
    return try await invocation.showing(planned.progress, planned.interruption) {
      try await planned.runner.apply(planned.plan, probes: planned.probes)
    }
  }

  /// Sums up, and measures whether what was built carries.
  private static func finish(
    _ planned: PlannedRun, _ result: RunResult, _ invocation: Invocation
  ) async throws -> ExitStatus {
    // What failed before the plan was told with it.
    for host in result.hosts where planned.probes.failures[host.name] == nil {
      if let problem = host.problem,
        planned.plan.hosts.first(where: { $0.host == host.name })?
          .problems.isEmpty != false
      {
        invocation.tell(problem.diagnostics)
      }
    }
    invocation.tell(result.problems)
    let failed = result.failed > 0 || !planned.isWhole || !result.problems.isEmpty
    if !result.interrupted, !failed {
      let pruned = try await Pruning(planned).reset(planned, invocation)
      if pruned?.interrupted == true {
        invocation.report(RunView(result: result))
        return .interrupted
      }
    }
    guard !result.interrupted, !failed, isVerified(planned, result, invocation) else {
      invocation.report(RunView(result: result))
      if !result.interrupted, !failed, invocation.format == .text {
        invocation.remark(
          "Who reaches whom was not measured: planetbed status \(planned.setup.inventory.file)")
      }
      return result.interrupted ? .interrupted : failed ? .failure : .success
    }
    let triesPods = triesPods(planned, invocation)
    let measured = try await invocation.stoppable {
      let measured = try await TestbedStatus.measureNew(
        planned.setup, invocation, triesPods: triesPods)
      // What was measured by half tells nothing.
      return Task.isCancelled ? nil : measured
    }
    guard let measured else {
      invocation.report(RunView(result: result))
      return .interrupted
    }
    if let delays = measured.delays {
      try await DelayRecord.enter(delays, run: result.run, in: planned.setup.stateFolder())
    }
    invocation.report(RunView(result: result, status: measured.status, pods: measured.pods))
    invocation.tell(measured.remarks)
    return measured.isWell ? .success : .gate
  }

  private static func isVerified(
    _ planned: PlannedRun, _ result: RunResult, _ invocation: Invocation
  ) -> Bool {
    if invocation.arguments.has(noVerify) { return false }
    if invocation.arguments.has(verify) { return true }
    let scope = planned.plan.scope
    // A part of a testbed need not reach the rest of it yet.
    let isWhole = scope.sites.isEmpty && scope.hosts.isEmpty
    let joins =
      scope.stages.isEmpty || !scope.stages.isSubset(of: [Hosts().name, LoadBalancer().name])
    return isWhole && joins && result.changed > 0
  }

  /// Whether a pod is run on every worker: where the run was about the cluster.
  private static func triesPods(_ planned: PlannedRun, _ invocation: Invocation) -> Bool {
    let stages = planned.plan.scope.stages
    if stages.isEmpty || invocation.arguments.has(verify) { return true }
    let network: Set = [SiteVPN().name, Hosts().name, LoadBalancer().name]
    return !stages.isSubset(of: network)
  }
}
