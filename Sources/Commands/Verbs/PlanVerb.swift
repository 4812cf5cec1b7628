import Diagnostics
import Execution
import Planning
import Reporting

/// `planetbed plan`
enum PlanVerb: Verb {
  static let out = OptionDeclaration(
    "out", value: .init("file"), "Save the plan, readable by you alone, for 'apply --plan'.")
  static let exitCode = OptionDeclaration(
    "exit-code", "End with exit status 4 when there is something to change.")

  static let declaration = CommandDeclaration(
    "plan", "Show what apply would change, with a diff for every file, and change nothing.",
    discussion: """
      Connects to all machines at once, and looks. What depends on another machine's answer, such \
      as the fingerprint of a key that is not made yet, is known after apply.
      """,
    parameters: [CommonParameters.inventory],
    options: [CommonParameters.limit, out, exitCode] + PolicyOptions.all + ConnectionOptions.all
      + RoleOptions.all,
    examples: [
      "planetbed plan inventory/lab.toml",
      "planetbed plan inventory/lab.toml --limit site=vlan10 --out vlan10.plan",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let planned = try await PlannedRun.prepare(invocation)
    await planned.probes.close()
    planned.tellObstacles(invocation)
    invocation.report(planned.view(invocation))
    if planned.probes.interrupted { return .interrupted }
    if let file = invocation.arguments.value(out) {
      // A plan without the machines that did not answer is not the plan of the testbed.
      guard planned.isWhole else {
        invocation.remark("The plan is not saved, since not every machine could be planned for.")
        return .failure
      }
      try PrivateFile.write(SavedPlan(planned.plan).encoded(), to: file)
      invocation.remark(
        "The plan is saved in \(file). Apply it with: planetbed apply "
          + "\(invocation.arguments.word(CommonParameters.inventory))\(options(invocation)) "
          + "--plan \(file)")
    }
    if !planned.isWhole { return .failure }
    let isPending = planned.plan.changeCount > 0
    return isPending && invocation.arguments.has(exitCode) ? .changesPending : .success
  }

  /// What the plan was made with, and must be applied with.
  private static func options(_ invocation: Invocation) -> String {
    let arguments = invocation.arguments
    var text = arguments.values(CommonParameters.limit).map { " --limit \($0)" }.joined()
    if arguments.has(PolicyOptions.prune) { text += " --prune" }
    if let size = arguments.value(PolicyOptions.batch) { text += " --batch \(size)" }
    return text
  }
}
