import Diagnostics
import Execution
import Planning
import Roles

/// `planetbed plan`: what `apply` would do, machine by machine, with a diff for every file.
package struct PlanView: ResultView {
  private let plan: Plan
  private let machines: [RunResult.HostResult]
  private let seconds: Double
  private let showsSatisfied: Bool

  /// A plan, and how it was come by: a result for each machine that was asked, whose counts are not
  /// looked at. `showsSatisfied` shows what needs no change too.
  package init(
    plan: Plan, machines: [RunResult.HostResult], seconds: Double, showsSatisfied: Bool = false
  ) {
    self.plan = plan
    self.machines = machines
    self.seconds = seconds
    self.showsSatisfied = showsSatisfied
  }

  package var verb: String { "plan" }

  package func text(_ layout: TextLayout) -> String {
    var text = ""
    var shownOn: [String: String] = [:]
    for host in plan.hosts {
      let drawn = steps(of: host, layout, shownOn: &shownOn)
      if !drawn.isEmpty {
        text += layout.style(host.host, .strong) + " (\(host.site))\n" + drawn + "\n"
      }
    }
    if !text.isEmpty { text += layout.style(Self.legend, .faint) + "\n" }
    return text + summary(layout) + "\n"
  }

  private static let legend = "+ new  ~ changed  ? known after apply  = as it is"

  private func summary(_ layout: TextLayout) -> String {
    let changing = plan.hosts.filter { $0.changeCount > 0 }.count
    let unable = plan.hosts.filter { !$0.problems.isEmpty }.count + failures.count
    var text =
      plan.changeCount == 0
      ? layout.style("Plan: nothing to change", .good)
        + " on \(Counted.text(plan.hosts.count - plan.hosts.filter { !$0.problems.isEmpty }.count, "host"))"
      : layout.style("Plan: \(plan.changeCount) to change", .strong)
        + " on \(Counted.text(changing, "host"))"
    if unable > 0 {
      text += ", " + layout.style("\(Counted.text(unable, "host")) in the way", .error)
    }
    return text + "."
  }

  private var failures: [RunResult.HostResult] { machines.filter { $0.problem != nil } }

  /// What a machine's roles would change. A diff that was shown for another machine is not shown again:
  /// `shownOn` has that machine for each text.
  private func steps(
    of host: HostPlan, _ layout: TextLayout, shownOn: inout [String: String]
  ) -> String {
    var text = ""
    for step in host.steps {
      let shown = step.differences.filter { showsSatisfied || $0.verdict != .satisfied }
      if shown.isEmpty { continue }
      let id = step.application.id
      let instance = id.instance.isEmpty ? "" : " \(id.instance)"
      text += layout.style("  \(id.stage): \(id.role)\(instance)", .faint) + "\n"
      for difference in shown {
        let drawn = draw(difference, layout)
        if let other = shownOn[drawn] {
          text += heading(of: difference, layout) + ": the same as on \(other)\n"
        } else {
          // What is as short as the reference to it is told again.
          if difference.diff != nil { shownOn[drawn] = host.host }
          text += drawn
        }
      }
    }
    return text
  }

  private func draw(_ difference: TaskDifference, _ layout: TextLayout) -> String {
    var text = heading(of: difference, layout) + "\n"
    if case .knownAfterApply(let facts) = difference.verdict {
      let names = facts.map { "\($0.name) of \($0.host)" }.joined(separator: ", ")
      text += "        " + layout.style("known after apply: \(names)", .faint) + "\n"
    }
    for change in difference.changes { text += "        \(VisibleText.line(change))\n" }
    if let diff = difference.diff { text += draw(diff: diff, layout) }
    return text
  }

  private func heading(of difference: TaskDifference, _ layout: TextLayout) -> String {
    let (mark, tone) = mark(of: difference)
    return "    \(layout.style(mark, tone)) \(VisibleText.line(difference.name))"
  }

  private func mark(of difference: TaskDifference) -> (String, Tone) {
    switch difference.verdict {
    case .satisfied: return ("=", .faint)
    case .knownAfterApply: return ("?", .warning)
    case .change:
      let adds = difference.changes.first.map { change in
        ["create", "install"].contains { change.hasPrefix($0) }
      }
      return adds == true ? ("+", .good) : ("~", .change)
    }
  }

  private func draw(diff: String, _ layout: TextLayout) -> String {
    var text = ""
    for line in diff.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { continue }
      let shown = VisibleText.lines(line)
      let tone: Tone? =
        switch line.first {
        case "+": .good
        case "-": .removal
        case "@": .faint
        default: nil
        }
      text += "        " + (tone.map { layout.style(shown, $0) } ?? shown) + "\n"
    }
    return text
  }

  package var members: [JSONValue.Member] {
    let differences = plan.hosts.flatMap(\.steps).flatMap(\.differences)
    return [
      JSONValue.Member("testbed", .string(plan.testbed)),
      JSONValue.Member("run", .null),
      JSONValue.Member("changed", .integer(plan.changeCount)),
      JSONValue.Member(
        "ok", .integer(differences.filter { $0.verdict == .satisfied }.count)),
      JSONValue.Member(
        "failed", .integer(failures.count + plan.hosts.filter { !$0.problems.isEmpty }.count)),
      JSONValue.Member("seconds", .measured(seconds)),
      JSONValue.Member("stages", .array(stages)),
      JSONValue.Member("hosts", .array(hosts)),
      JSONValue.Member("diagnostics", .array(plan.warnings.map(\.json))),
    ]
  }

  private var stages: [JSONValue] {
    var names: [String] = []
    var changes: [String: Int] = [:]
    for step in plan.hosts.flatMap(\.steps) {
      let name = step.application.id.stage
      if changes[name] == nil { names.append(name) }
      changes[name, default: 0] += step.changeCount
    }
    return names.map { name in
      ["name": .string(name), "seconds": 0, "changed": .integer(changes[name] ?? 0)]
    }
  }

  /// Every machine that was asked, in the inventory's order, whether it answered or not.
  private var hosts: [JSONValue] {
    let planned = Dictionary(
      plan.hosts.map { ($0.host, $0) }, uniquingKeysWith: { first, _ in first })
    return machines.map { machine in
      let plan = planned[machine.name]
      var shown = machine
      shown.changed = plan?.changeCount ?? 0
      shown.ok =
        plan?.steps.flatMap(\.differences).filter { $0.verdict == .satisfied }.count ?? 0
      shown.failed = machine.problem == nil && (plan?.problems ?? []).isEmpty ? 0 : 1
      if shown.problem == nil, let problems = plan?.problems, !problems.isEmpty {
        shown.problem = Problem(problems, exitStatus: .failure)
      }
      let tasks = plan?.steps.flatMap { step in
        step.differences.map { json(of: $0, in: step.application.id) }
      }
      return shown.json(more: [JSONValue.Member("tasks", .array(tasks ?? []))])
    }
  }

  private func json(of difference: TaskDifference, in id: RoleApplication.ID) -> JSONValue {
    var waitsFor: [JSONValue] = []
    let verdict: JSONValue
    switch difference.verdict {
    case .satisfied: verdict = "satisfied"
    case .change: verdict = "change"
    case .knownAfterApply(let facts):
      verdict = "knownAfterApply"
      waitsFor = facts.map { ["host": .string($0.host), "name": .string($0.name)] }
    }
    return [
      "stage": .string(id.stage), "role": .string(id.role), "instance": .string(id.instance),
      "name": .string(difference.name), "verdict": verdict, "waitsFor": .array(waitsFor),
      "changes": .array(difference.changes.map { .string($0) }),
      "diff": .optional(difference.diff),
    ]
  }
}
