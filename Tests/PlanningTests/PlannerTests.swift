import Diagnostics
import Inventories
import Planning
import Roles
import Testing

/// What a plan holds: which machines, which steps, in which order, and what is known.
@Suite struct PlannerTests {
  /// The problem that a piece of work throws.
  static func problem(_ work: () throws -> Void) throws -> Problem {
    do {
      try work()
    } catch let problem as Problem {
      return problem
    }
    throw Problem("nothing was thrown", exitStatus: .failure)
  }

  static func steps(_ plan: Plan, _ host: String) -> [RoleApplication.ID: PlanStep] {
    let steps = plan.hosts.first { $0.host == host }?.steps ?? []
    return Dictionary(uniqueKeysWithValues: steps.map { ($0.application.id, $0) })
  }

  @Test func goesByTheInventory() throws {
    let planner = try World.planner()
    #expect(planner.machines.map(\.name) == ["ra", "ha", "rb", "hb"])
    let plan = try planner.plan(answers: World.answers())
    #expect(plan.hosts.map(\.host) == ["ra", "ha", "rb", "hb"])
    #expect(plan.hosts.map(\.site) == ["a", "a", "b", "b"])
    #expect(plan.testbed == "small")
    #expect(plan.inventoryDigest == "d1")
    #expect(plan.warnings.isEmpty)
    #expect(plan.hosts[0].steps.map(\.application.id) == [World.identityA, World.tunnelA])
  }

  @Test func probesAllTasksOfAMachine() throws {
    let tasks = try World.planner().tasksToProbe(on: "ra")
    #expect(tasks.map(\.id.application) == [World.identityA, World.tunnelA, World.tunnelA])
    #expect(try World.planner().tasksToProbe(on: "nobody").isEmpty)
  }

  @Test func stepsComeAfterWhatTheyNeed() throws {
    let plan = try World.planner().plan(answers: World.answers())
    let ra = Self.steps(plan, "ra")
    #expect(ra[World.identityA]?.after == [])
    #expect(ra[World.tunnelA]?.after == [World.identityA, World.identityB])
    #expect(Self.steps(plan, "hb")[World.greetingB]?.after == [World.tunnelA])
    #expect(Self.steps(plan, "ha")[World.greetingA]?.after == [])
  }

  @Test func aFactMayBeKnownAfterApply() throws {
    let planner = try World.planner()
    let unknown = try planner.plan(answers: World.answers())
    let before = try #require(Self.steps(unknown, "ra")[World.tunnelA])
    #expect(
      before.differences.first?.verdict
        == .knownAfterApply([FactReference(host: "rb", name: "identity")]))
    let known = try planner.plan(answers: World.answers(told: ["ra", "rb"]))
    let after = try #require(Self.steps(known, "ra")[World.tunnelA])
    #expect(after.differences.first?.verdict == .change)
    #expect(after.differences.first?.diff?.contains("+peer I am rb") == true)
    #expect(after.changeCount == 2)
  }

  @Test func oneMachineIsProbedForAnother() throws {
    let planner = try World.planner(scope: RunScope(hosts: ["ra"]))
    #expect(planner.machines.map(\.name) == ["ra", "rb"])
    #expect(try planner.tasksToProbe(on: "rb").map(\.id.application) == [World.identityB])
    let plan = try planner.plan(answers: World.answers(["ra", "rb"], told: ["rb"]))
    #expect(plan.hosts.map(\.host) == ["ra"])
    #expect(Self.steps(plan, "ra")[World.tunnelA]?.after == [World.identityA])
  }

  @Test(arguments: [
    (RunScope(hosts: ["ra"]), "--limit host=rb"), (RunScope(sites: ["a"]), "--limit site=b"),
    (RunScope(sites: ["a"], hosts: ["ra", "rb"]), "--limit site=b"),
    (RunScope(sites: ["a"], hosts: ["ra"], stages: ["vpn"]), "--limit site=b --limit host=rb"),
  ])
  func aFactOutOfScopeMustBeKnown(_ scope: RunScope, _ wider: String) throws {
    let planner = try World.planner(scope: scope)
    let problem = try Self.problem {
      _ = try planner.plan(answers: World.answers(planner.machines.map(\.name)))
    }
    #expect(problem.exitStatus == .usage)
    let diagnostic = problem.diagnostics[0]
    #expect(diagnostic.summary == "rb must be applied too: its identity is not known yet")
    #expect(
      diagnostic.detail
        == "Needed by tunnel a-b on ra. Add \(wider) to this run, or apply without a limit.")
    #expect(diagnostic.host == "rb")
  }

  @Test func aFactOfAnotherStageMustBeKnown() throws {
    var vpn = World.vpn
    vpn.given.removeAll { $0.id == World.tunnelA }
    var second = World.tunnel(World.tunnelA, to: "rb")
    second.id.stage = "more"
    let planner = try World.planner(
      [vpn, World.GivenStage(name: "more", given: [second])], scope: RunScope(stages: ["more"]))
    #expect(planner.machines.map(\.name) == ["ra", "rb"])
    let problem = try Self.problem { _ = try planner.plan(answers: World.answers(["ra", "rb"])) }
    #expect(problem.diagnostics[0].detail.contains("Add --limit stage=vpn to this run"))
  }

  @Test func limitsNarrowAndWiden() throws {
    func machines(_ scope: RunScope) throws -> [String] {
      try World.planner(scope: scope).machines.map(\.name)
    }
    #expect(try machines(RunScope(sites: ["a"], stages: ["hosts"])) == ["ha"])
    #expect(try machines(RunScope(stages: ["hosts"])) == ["ha", "hb"])
    #expect(try machines(RunScope(sites: ["b"], hosts: ["ha", "hb"])) == ["hb"])
    #expect(try machines(RunScope(sites: ["a"], hosts: ["hb"])) == [])
  }

  @Test func whatASilentMachineProvidesIsLeftOut() throws {
    let plan = try World.planner().plan(answers: World.answers(["ra", "ha", "hb"]))
    #expect(plan.hosts.map(\.host) == ["ra", "ha", "hb"])
    #expect(plan.hosts[0].steps.map(\.application.id) == [World.identityA])
    #expect(plan.hosts[2].steps.isEmpty)
    #expect(
      plan.warnings.map(\.summary) == [
        "ra does without what depends on rb", "hb does without what depends on rb",
      ])
    #expect(
      plan.warnings[0].detail
        == "rb did not answer; left out: tunnel a-b on ra. Apply again when that is mended.")
  }

  @Test func aSilentMachineIsNotNeededWhenItsFactIsNot() throws {
    let scope = RunScope(hosts: ["ra"])
    let plan = try World.planner(scope: scope).plan(answers: World.answers(["ra"]))
    #expect(plan.hosts[0].steps.map(\.application.id) == [World.identityA])
    #expect(plan.warnings.map(\.summary) == ["ra does without what depends on rb"])
  }

  @Test func whatStandsInTheWayBlocksAMachine() throws {
    var vpn = World.vpn
    let blocking = Diagnostic(.error, "rb is too old", host: "rb")
    let odd = Diagnostic(.warning, "ra looks odd", host: "ra")
    vpn.found = [blocking, odd]
    var hosts = World.hosts
    hosts.found = [blocking, odd]
    let plan = try World.planner([vpn, hosts]).plan(answers: World.answers(told: ["ra"]))
    let rb = try #require(plan.hosts.first { $0.host == "rb" })
    #expect(rb.problems == [blocking])
    #expect(rb.steps.isEmpty)
    #expect(
      plan.warnings.map(\.summary) == [
        "ra looks odd", "ra does without what depends on rb", "hb does without what depends on rb",
      ])
    #expect(plan.warnings[1].detail.hasPrefix("rb cannot be worked on; left out"))
  }

  @Test func problemsOutOfScopeAreNotTold() throws {
    var vpn = World.vpn
    vpn.found = [Diagnostic(.error, "rb is too old", host: "rb")]
    let plan = try World.planner([vpn, World.hosts], scope: RunScope(stages: ["hosts"]))
      .plan(answers: World.answers(["ha", "hb"]))
    #expect(plan.hosts.allSatisfy { $0.problems.isEmpty })
    #expect(plan.hosts.map(\.steps.count) == [1, 1])
  }

  @Test func manyThingsLeftOutAreCounted() throws {
    var vpn = World.vpn
    vpn.given += (0..<6).map {
      World.tunnel(.init(stage: "vpn", host: "ra", role: "tunnel", instance: "n\($0)"), to: "rb")
    }
    let plan = try World.planner([vpn, World.hosts]).plan(answers: World.answers(["ra"]))
    #expect(plan.warnings[0].detail.contains("tunnel n3 on ra and 2 more."))
  }

  @Test func aStageMayObject() throws {
    var vpn = World.vpn
    vpn.objections = [Diagnostic(.error, "no room", at: World.position)]
    let problem = try Self.problem { _ = try World.planner([vpn, World.hosts]) }
    #expect(problem.exitStatus == .usage)
    #expect(problem.diagnostics == vpn.objections)
  }
}
