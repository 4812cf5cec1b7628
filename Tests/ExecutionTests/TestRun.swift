import Diagnostics
import Foundation
import Inventories
import Planning
import Roles
import ShellPrograms
import Stages
import Synchronization

@testable import Execution

/// A stage of a test's own.
struct TestStage: Stage {
  var name = "test"
  var title = "Test"
  var make: @Sendable (Inventory) -> [RoleApplication]

  func applications(for inventory: Inventory) -> [RoleApplication] { make(inventory) }
  func problems(for inventory: Inventory, facts: Facts) -> [Diagnostic] { [] }
}

/// What the tests of runs share: three sites as folders, roles of the tests' own, a state folder.
final class TestRun: Sendable {
  let inventory = Inventory.threeSites()
  let testbed: ScratchTestbed
  let scratch = ScratchFolder()
  let interruption = Interruption()
  let hand = HandClock()
  let events = Record<RunEvent>()
  let watch = Mutex<(@Sendable (RunEvent) -> Void)?>(nil)
  let stage: TestStage

  /// `make` gives the roles of a machine, in order: role, variables, what comes before.
  init(_ make: @escaping @Sendable (TestRun.Scene) -> [RoleApplication], shell: Shell = .dash)
    throws
  {
    let testbed = ScratchTestbed(inventory.machines.map(\.name), shell: shell)
    self.testbed = testbed
    stage = TestStage { inventory in
      inventory.machines.flatMap { machine in
        make(Scene(machine: machine, root: testbed.path(of: machine.name)))
      }
    }
    for (name, text) in Self.roles { try scratch.write(text, to: "roles/\(name)/role.toml") }
    try scratch.write("", to: "templates/none")
  }

  /// A machine for which roles are to be named.
  struct Scene {
    var machine: Machine
    /// The folder that stands for the machine's root.
    var root: String

    func role(
      _ role: String, _ variables: [String: Variable] = [:], stage: String = "test",
      after: [RoleApplication.ID] = []
    ) -> RoleApplication {
      RoleApplication(
        .init(stage: stage, host: machine.name, role: role),
        variables: variables.merging(["root": .string(root)]) { own, _ in own }, after: after)
    }
  }

  var state: StateFolder { StateFolder(path: scratch.path + "/state") }

  func planner(_ scope: RunScope = RunScope()) throws -> (Planner, RoleLibrary) {
    let library = try RoleLibrary.load(
      roles: scratch.path + "/roles", templates: scratch.path + "/templates")
    let planner = try Planner(
      inventory: inventory, library: library, stages: [stage], scope: scope)
    return (planner, library)
  }

  func runner(
    _ scope: RunScope = RunScope(), state: StateFolder? = nil, operatorName: String = "anna@laptop",
    interruption: Interruption? = nil
  ) throws -> Runner {
    let (planner, library) = try planner(scope)
    return Runner(
      planner: planner, library: library, connector: testbed, state: state ?? self.state,
      operatorName: operatorName, version: "0.1.0",
      interruption: interruption ?? self.interruption, clock: hand.clock,
      onEvent: { [events] event in
        events.add(event)
        self.watch.withLock { $0 }?(event)
      })
  }

  /// Probes, plans and applies.
  func apply(_ scope: RunScope = RunScope()) async throws -> RunResult {
    let runner = try runner(scope)
    let probes = try await runner.probe()
    let plan = try runner.planner.plan(answers: probes.answers)
    return try await runner.apply(plan, probes: probes)
  }

  func onEvent(_ body: @escaping @Sendable (RunEvent) -> Void) { watch.withLock { $0 = body } }

  /// A file below a machine's folder.
  func read(_ machine: String, _ path: String) -> String? {
    testbed.folder.read(machine + "/" + path)
  }

  func programCounts() -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: inventory.machines.map {
        ($0.name, testbed.programs(on: $0.name).count)
      })
  }

  func journalEvents(of result: RunResult) async throws -> [EventRecord] {
    try await Journal(in: state).events(of: result.run)
  }

  private static let root = #"root = { type = "string", description = "The machine's folder." }"#

  private static let roles = [
    "greeting": """
    description = "A file."
    [variables]
    \(root)
    text = { type = "string", description = "What it says." }
    [[task]]
    name = "the greeting"
    file = { path = "{{ root }}/etc/greeting", content = "{{ text }}\\n" }
    """,
    "key": """
    description = "A key that is born where it is used, and told of by a fact."
    [variables]
    \(root)
    [[task]]
    name = "the key"
    command = { run = "echo key of $(basename {{ root | quoted }}) > {{ root | quoted }}/etc/key", creates = "{{ root }}/etc/key" }
    [[task]]
    name = "the key's text"
    command = { run = "cat {{ root | quoted }}/etc/key", read_only = true, register = "key" }
    """,
    "ring": """
    description = "The keys of others."
    [variables]
    \(root)
    keys = { type = "list", description = "What they are." }
    [[task]]
    name = "the ring"
    file = { path = "{{ root }}/etc/ring", content = "{% for key in keys %}{{ key }};{% endfor %}" }
    """,
    "token": """
    description = "A secret that another machine redeems."
    [variables]
    \(root)
    [[task]]
    name = "mint"
    [task.command]
    unless = "false"
    register = "token"
    secret = true
    run = "echo abcdef.0123456789abcdef; echo 'minted abcdef.0123456789abcdef' >&2"
    """,
    "redeeming": """
    description = "What redeems a secret, and may fail at it."
    [variables]
    \(root)
    token = { type = "string", description = "The secret." }
    [[task]]
    name = "redeem"
    [task.command]
    unless = "false"
    input = "{{ token }}"
    run = '''
    read -r token
    printf '%s' "$token" | cksum >{{ root | quoted }}/etc/redeemed
    test ! -e {{ root | quoted }}/etc/refuses
    '''
    """,
    "failing": """
    description = "What cannot be done."
    [variables]
    \(root)
    [[task]]
    name = "the impossible"
    command = { run = "echo it cannot be done >&2; exit 3", unless = "false" }
    """,
    "waiting": """
    description = "What takes as long as a test wants."
    [variables]
    \(root)
    [[task]]
    name = "wait"
    command = { run = "echo waiting; cat {{ root | quoted }}/fifo; touch {{ root | quoted }}/etc/waited", creates = "{{ root }}/etc/waited" }
    [[task]]
    name = "after the wait"
    file = { path = "{{ root }}/etc/after", content = "after" }
    """,
  ]
}

extension RemoteProgram {
  /// Whether it asks a change program to end.
  var isStop: Bool { text.hasPrefix("going=") && text.contains(" now=\n") }
}
