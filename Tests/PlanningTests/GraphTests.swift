import Diagnostics
import Planning
import Roles
import Testing

/// Roles that contradict each other are refused before anything is asked of a machine.
@Suite struct GraphTests {
  static func refusal(_ given: [RoleApplication]) throws -> Diagnostic {
    let problem = try PlannerTests.problem {
      _ = try World.planner([World.GivenStage(name: "vpn", given: given)])
    }
    #expect(problem.exitStatus == .usage)
    return problem.diagnostics[0]
  }

  @Test func nothingIsAskedForTwice() throws {
    let twice = RoleApplication(World.identityA)
    #expect(try Self.refusal([twice, twice]).summary == "identity on ra is asked for twice")
  }

  @Test func aFactHasAProvider() throws {
    let diagnostic = try Self.refusal([World.tunnel(World.tunnelA, to: "rb")])
    #expect(
      diagnostic.summary
        == "no role of rb provides the fact identity, which tunnel a-b on ra needs")
  }

  @Test func whatComesBeforeIsThere() throws {
    let diagnostic = try Self.refusal([
      RoleApplication(World.identityA, after: [World.identityB])
    ])
    #expect(
      diagnostic.summary
        == "identity on ra must come after identity on rb, which nothing asks for")
  }

  @Test func circlesAreTold() throws {
    // ra's second waits for rb's, which waits for ra's third: the order on ra closes the circle.
    let third = RoleApplication.ID(stage: "vpn", host: "ra", role: "greeting")
    let diagnostic = try Self.refusal([
      RoleApplication(World.identityA, after: [World.identityB]),
      RoleApplication(third),
      RoleApplication(World.identityB, after: [third]),
    ])
    #expect(diagnostic.summary == "roles wait for each other in a circle")
    #expect(
      diagnostic.detail == """
        identity on ra
          waits for identity on rb
          waits for greeting on ra
          waits for identity on ra
        """)
  }

  @Test func anApplicationMayNameTheRolesOfAnUnknownName() throws {
    let unknown = RoleApplication(.init(stage: "vpn", host: "ra", role: "no-such-role"))
    let planner = try World.planner([World.GivenStage(name: "vpn", given: [unknown])])
    #expect(throws: Problem.self) { _ = try planner.tasksToProbe(on: "ra") }
  }
}
