import Diagnostics
import Glibc
import Inventories
import Synchronization
import Testing

@testable import Lab

/// What a lab's machines install Kubernetes from, and how that is made.
@Suite struct KubernetesTests {
  @Test(
    arguments: [
      // Settled before, what the inventory asks for, --without-kubernetes; what is so, and what is said.
      (nil, true, false, true, nil), (nil, false, false, false, nil),
      (nil, false, true, false, nil),
      (nil, true, true, false, "left out, until this lab is taken down"),
      (true, true, false, true, nil), (true, false, false, true, nil),
      (true, true, true, true, "stays, since this lab was made with it"),
      (false, true, true, false, nil), (false, false, false, false, nil),
      (false, true, false, false, "left out, since this lab was made without it"),
    ] as [(Bool?, Bool, Bool, Bool, String?)])
  func whatALabIsStaysSo(settled: Bool?, asks: Bool, leavesOut: Bool, provides: Bool, said: String?)
  {
    let choice = KubernetesChoice(settled: settled, inventoryAsks: asks, leavesOut: leavesOut)
    #expect(choice.provides == provides)
    #expect((choice.remark == nil) == (said == nil))
    if let said { #expect(choice.remark?.hasPrefix(said) == true) }
    #expect(KubernetesChoice.settled(record: KubernetesChoice.record(provides)) == provides)
  }

  @Test func anUnknownRecordSettlesNothing() {
    #expect(KubernetesChoice.settled(record: nil) == nil)
    #expect(KubernetesChoice.settled(record: "perhaps\n") == nil)
  }

  @Test func whoAsksForIt() throws {
    #expect(try Lab(inventory: Deployment.inventory()).asksForKubernetes)
    var network = Deployment.inventory()
    network.kubernetes.installs = false
    #expect(try !Lab(inventory: network).asksForKubernetes)
    let workers = Deployment.inventory(edit: { sites in
      sites[0].hosts.removeAll { $0.role == .master }
    })
    #expect(try !Lab(inventory: workers).asksForKubernetes)
    let nodes = try LabLayout(Deployment.inventory()).nodes.filter(\.runsKubernetes).map(\.name)
    #expect(nodes.sorted() == (1...3).map { "master0\($0)" } + (1...4).map { "node0\($0)" })
  }

  @Test func nodesSeeItReadOnly() throws {
    let layout = try LabLayout(Deployment.inventory())
    let without = MachineRecipe(
      lab: "demo", node: try layout.node("node01"), image: ImageRecipe(), imageKey: "key",
      operatorKey: "key")
    var with = without
    with.kubernetes = KubernetesBuild(key: "abc", folder: "/s/kubernetes-abc")
    var newer = with
    newer.kubernetes?.key = "def"
    #expect(Set([without, with, newer].map(\.digest)).count == 3)
    let folder = LabStore(root: "/s").machine("node01", of: "demo")
    let binds = [without, with].map { recipe in
      recipe.start(in: folder, imageRoot: "/i", cgroups: []).arguments.filter {
        $0.hasPrefix("--bind-ro")
      }
    }
    #expect(binds == [[], ["--bind-ro=/s/kubernetes-abc:/srv/kubernetes"]])
  }

  @Test func whatTheRecipeSays() {
    #expect(
      KubernetesBuilder.event("progress: 3/8 about 480 s: the programs: all")
        == .kubernetesStep(LabStep(title: "3/8 the programs: all", usualSeconds: 480)))
    #expect(
      KubernetesBuilder.event("progress: waiting for another build")
        == .kubernetes("waiting for another build"))
    #expect(KubernetesBuilder.event("progress: a: b") == .kubernetes("a: b"))
    #expect(KubernetesBuilder.event("anything else") == nil)
  }

  // MARK: builds by a recipe that only says it is one

  /// A recipe in a folder of its own, and a builder that uses it.
  private func withRecipe(
    _ program: String, _ body: (KubernetesBuilder, _ events: () -> [LabEvent]) throws -> Void
  ) throws {
    var template = Array("/tmp/planetbed-kubernetes-test-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = try? HostCommand("rm", ["-rf", folder]).run(Interruption()) }
    try FileTree.makeFolder(folder + "/recipe")
    try FileTree.write(program, to: folder + "/recipe/build.sh")
    let events = Events()
    try body(
      KubernetesBuilder(
        recipe: folder + "/recipe", store: LabStore(root: folder + "/store"), tools: [],
        interruption: try Interruption(), progress: { events.take($0) }),
      { events.all })
  }

  private final class Events: Sendable {
    private let events = Mutex<[LabEvent]>([])
    var all: [LabEvent] { events.withLock { $0 } }
    func take(_ event: LabEvent) { events.withLock { $0.append(event) } }
  }

  @Test func isBuiltOnce() throws {
    let program = """
      set -eu
      [ "$1" != --key ] || { echo 00ff; exit 0; }
      echo "progress: 1/1 about 2 s: all of it"
      mkdir -p "$1"
      echo 00ff > "$1/key"
      echo "progress: ready"
      """
    try withRecipe(program) { builder, events in
      let build = try builder.build()
      #expect(build.key == "00ff" && build.folder == builder.store.root + "/kubernetes-00ff")
      let first: [LabEvent] = [
        .kubernetesStep(LabStep(title: "1/1 all of it", usualSeconds: 2)), .kubernetes("ready"),
      ]
      #expect(events() == first)
      #expect(try builder.build() == build)
      #expect(events() == first, "it is there")
    }
  }

  @Test func whatWentWrongIsShown() throws {
    let program = """
      [ "$1" != --key ] || { echo 00ff; exit 0; }
      echo "cc: no space left" >&2
      echo "lab-kubernetes: step 30-programs failed" >&2
      exit 1
      """
    try withRecipe(program) { builder, _ in
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(problem?.exitStatus == .failure)
      let diagnostic = try #require(problem?.diagnostics.first)
      #expect(diagnostic.summary == "Kubernetes for the lab could not be built")
      #expect(diagnostic.detail.contains("cc: no space left\nlab-kubernetes: step 30-programs"))
      #expect(diagnostic.detail.hasSuffix("planetbed lab up --without-kubernetes"))
    }
  }

  @Test func aRecipeWithoutAName() throws {
    try withRecipe("echo ../../etc") { builder, _ in
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(problem?.description.contains("gives its build no name") == true)
      #expect(problem?.description.contains("it printed \"../../etc\"") == true)
    }
  }

  @Test func noRecipe() throws {
    try withRecipe("") { builder, _ in
      var builder = builder
      builder.recipe = nil
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(problem?.exitStatus == .usage)
      #expect(
        problem?.diagnostics[0].summary == "the recipe of the lab's Kubernetes is not found")
      #expect(problem?.description.contains("PLANETBED_SHARE") == true)
    }
  }

  @Test func missingTools() throws {
    try withRecipe("echo 00ff") { builder, _ in
      var builder = builder
      builder.tools = [Computer.Tool(program: "no-such-tool", package: "its-package")]
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(problem?.description.contains("apt-get install its-package") == true)
    }
  }

  /// The recipe that planetbed comes with has a name, and it is the same every time.
  @Test func theRecipeItself() throws {
    let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let command = HostCommand("sh", ["\(repository)/scripts/lab-kubernetes/build.sh", "--key"])
    let keys = try (1...2).map { _ in try command.run(Interruption()).text }
    #expect(keys[0] == keys[1])
    #expect(keys[0].wholeMatch(of: /[0-9a-f]{16}\n/) != nil)
  }
}
