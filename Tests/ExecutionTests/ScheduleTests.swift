import Diagnostics
import Planning
import Roles
import Testing

@testable import Execution

/// Steps are written `host/name`, with what they come after and whether they change something.
@Suite struct ScheduleTests {
  private func id(_ text: String) -> RoleApplication.ID {
    let parts = text.split(separator: "/").map(String.init)
    return .init(stage: "stage", host: parts[0], role: parts[1])
  }

  /// A step; `needs` are facts, by the step that reports each.
  private func step(
    _ name: String, after: [String] = [], needs: [String] = [], changes: Bool = true
  ) -> PlanStep {
    let application = RoleApplication(
      id(name),
      variables: Dictionary(
        uniqueKeysWithValues: needs.map { ($0, .fact(fact($0))) }), after: after.map(id))
    return PlanStep(
      application: application,
      differences: [
        TaskDifference(
          task: TaskID(application: application.id, index: 0), name: name,
          verdict: changes ? .change : .satisfied)
      ], after: Set((after + needs).map(id)))
  }

  private func fact(_ name: String) -> FactReference {
    FactReference(host: id(name).host, name: id(name).role)
  }

  /// A plan; as in a real one, each step also comes after the one before it on its machine.
  private func schedule(
    _ steps: [PlanStep], unreached: Set<String> = [], blocked: Set<String> = []
  ) throws(Problem) -> Schedule {
    var names: [String] = []
    for step in steps where !names.contains(step.application.id.host) {
      names.append(step.application.id.host)
    }
    let hosts = names.map { name in
      var own = steps.filter { $0.application.id.host == name }
      for place in own.indices.dropFirst() {
        own[place].after.insert(own[place - 1].application.id)
      }
      return HostPlan(
        host: name, site: "site", steps: blocked.contains(name) ? [] : own,
        problems: blocked.contains(name) ? [Diagnostic(.error, "no", host: name)] : [])
    }
    var providers: [FactReference: RoleApplication.ID] = [:]
    for step in steps where !blocked.contains(step.application.id.host) {
      let id = step.application.id
      providers[FactReference(host: id.host, name: id.role)] = id
    }
    return try Schedule(
      plan: Plan(
        testbed: "t", inventoryDigest: "", scope: RunScope(), hosts: hosts, warnings: []),
      providers: providers, unreached: unreached)
  }

  private func names(_ batches: [Schedule.Batch]) -> [String] {
    batches.map { batch in
      batch.host + ":" + batch.steps.map(\.application.id.role).joined(separator: ",")
    }
  }

  private func end(_ batch: String, in schedule: inout Schedule) {
    let parts = batch.split(separator: ":").map(String.init)
    for role in parts[1].split(separator: ",") { schedule.done(id("\(parts[0])/\(role)")) }
    schedule.ended(on: parts[0], ran: true)
  }

  @Test func whatWaitsForNothingIsOneProgram() throws {
    var schedule = try schedule([
      step("a/one"), step("a/two", changes: false), step("a/three"), step("b/one"),
    ])
    #expect(names(schedule.next()) == ["a:one,two,three", "b:one"])
    #expect(schedule.next().isEmpty && !schedule.isFinished)
    end("a:one,two,three", in: &schedule)
    end("b:one", in: &schedule)
    #expect(schedule.isFinished && schedule.hasRun("a"))
  }

  @Test func whatIsSatisfiedRunsNothing() throws {
    var schedule = try schedule([
      step("a/key", changes: false), step("b/key", changes: false),
      step("a/tunnel", needs: ["b/key"], changes: false),
    ])
    #expect(schedule.isFinished)
    #expect(schedule.next().isEmpty)
    #expect(schedule.state(of: id("a/tunnel")) == .done)
  }

  /// A mesh of four: however many peers, each machine runs two programs.
  @Test func factsCrossMachinesInTwoPrograms() throws {
    let routers = ["a", "b", "c", "d"]
    var steps: [PlanStep] = []
    for router in routers {
      steps.append(step("\(router)/key"))
      for peer in routers where peer != router {
        steps.append(step("\(router)/to-\(peer)", needs: ["\(router)/key", "\(peer)/key"]))
      }
      steps.append(step("\(router)/names"))
    }
    var schedule = try schedule(steps)
    #expect(names(schedule.next()) == routers.map { "\($0):key" })
    for router in ["a", "b", "c"] {
      end("\(router):key", in: &schedule)
      #expect(schedule.next().isEmpty)
    }
    end("d:key", in: &schedule)
    #expect(
      names(schedule.next()) == [
        "a:to-b,to-c,to-d,names", "b:to-a,to-c,to-d,names", "c:to-a,to-b,to-d,names",
        "d:to-a,to-b,to-c,names",
      ])
  }

  @Test func whatIsKnownAlreadyIsNotWaitedFor() throws {
    var schedule = try schedule([
      step("a/key", changes: false), step("a/tunnel", needs: ["b/key"]), step("a/names"),
      step("b/key", changes: false), step("b/tunnel", needs: ["a/key"], changes: false),
    ])
    #expect(names(schedule.next()) == ["a:tunnel,names"])
  }

  @Test func whatFollowsAChangeIsLookedAtAgain() throws {
    var schedule = try schedule([
      step("a/key"), step("b/tunnel", needs: ["a/key"], changes: false),
    ])
    #expect(names(schedule.next()) == ["a:key"])
    end("a:key", in: &schedule)
    #expect(names(schedule.next()) == ["b:tunnel"])
  }

  @Test func aFailureStopsItsDependantsOnly() throws {
    var schedule = try schedule([
      step("a/key"), step("a/to-b", needs: ["b/key"]), step("a/to-c", needs: ["c/key"]),
      step("a/check", after: ["a/to-b"]), step("b/key"), step("b/to-a", needs: ["a/key"]),
      step("c/key"), step("c/to-a", needs: ["a/key"]), step("d/after-b", after: ["b/to-a"]),
    ])
    #expect(names(schedule.next()) == ["a:key", "b:key", "c:key"])
    end("a:key", in: &schedule)
    schedule.failed("b")
    end("c:key", in: &schedule)
    #expect(names(schedule.next()) == ["a:to-c", "c:to-a"])
    #expect(schedule.state(of: id("a/to-b")) == .lost(because: "b"))
    #expect(schedule.state(of: id("a/check")) == .lost(because: "b"))
    #expect(schedule.state(of: id("b/to-a")) == .lost(because: "b"))
    #expect(schedule.skips == ["a": "b", "d": "b"])
    end("a:to-c", in: &schedule)
    end("c:to-a", in: &schedule)
    #expect(schedule.next().isEmpty && schedule.isFinished)
  }

  @Test func whatWasNotReachedStopsItsDependantsToo() throws {
    let application = RoleApplication(id("a/two"), after: [id("gone/one")])
    let after = PlanStep(
      application: application,
      differences: [
        TaskDifference(
          task: TaskID(application: application.id, index: 0), name: "", verdict: .change)
      ], after: [])
    let steps = [
      step("a/one"), after, step("a/three", needs: ["gone/fact"]), step("a/four"),
      step("b/one"), step("c/one", needs: ["b/one"]),
    ]
    var schedule = try schedule(steps, unreached: ["gone"], blocked: ["b"])
    #expect(names(schedule.next()) == ["a:one,four"])
    #expect(schedule.skips == ["a": "gone", "c": "b"])
  }

  @Test func aDoneStepOfAFailedMachineCounts() throws {
    var schedule = try schedule([step("a/one"), step("a/two"), step("b/one", after: ["a/one"])])
    #expect(names(schedule.next()) == ["a:one,two"])
    schedule.done(id("a/one"))
    schedule.failed("a")
    #expect(names(schedule.next()) == ["b:one"])
  }

  @Test func aCircleIsRefused() throws {
    let problem = try #require(throws: Problem.self) {
      try schedule([
        step("a/one", after: ["b/one"]), step("b/one", after: ["a/one"]), step("c/one"),
      ])
    }
    #expect(problem.description.contains("wait for each other in a circle"))
    #expect(problem.description.contains("a: stage one; b: stage one"))
    #expect(problem.exitStatus == .usage)
  }
}
