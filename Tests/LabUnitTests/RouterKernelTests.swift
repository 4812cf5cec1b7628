import Diagnostics
import Glibc
import Inventories
import Testing

@testable import Lab

/// When routers have a kernel of their own, and how it is made.
@Suite struct RouterKernelTests {
  @Test func whoAsksForDelays() throws {
    #expect(try !Lab(inventory: Deployment.inventory()).asksForDelays)
    var far = Deployment.inventory()
    far.latency = [
      LatencyRule(
        .pair("vlan10", "vlan20"), PathConditions(delay: .total(roundTrip: 100)),
        position: Deployment.here)
    ]
    #expect(try Lab(inventory: far).asksForDelays)
  }

  @Test(arguments: [
    (0, "", true), (2, "Error: Specified qdisc kind is unknown.\n", false),
    (2, "Error: Specified qdisc not found.\n", false),
    (2, "RTNETLINK answers: No such file or directory\n", false),
  ])
  func whatATrialTells(status: Int32, errors: String, isThere: Bool) throws {
    #expect(
      try Netem.isThere(after: .init(status: status, text: "", errors: errors)) == isThere)
  }

  @Test func aTrialThatTellsNothing() {
    let problem = #expect(throws: Problem.self) {
      try Netem.isThere(
        after: .init(
          status: 1, text: "", errors: "unshare: unshare failed: Operation not permitted\n"))
    }
    #expect(
      problem?.diagnostics[0].summary == "cannot tell whether this computer's kernel has netem")
    #expect(problem?.description.contains("Operation not permitted") == true)
    #expect(problem?.exitStatus == .failure)
  }

  @Test func whatIsSaid() {
    let kernel = RouterKernel(key: "00ff", folder: "/f", release: "6.1.176")
    #expect(
      LabEvent.routers(kernel.remark).text
        == "routers: run under user-mode Linux 6.1, since this kernel has no netem")
  }

  /// A recipe in a folder of its own, and a builder that uses it.
  private func withRecipe(_ program: String, _ body: (RouterKernelBuilder) throws -> Void) throws {
    var template = Array("/tmp/planetbed-router-test-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = try? HostCommand("rm", ["-rf", folder]).run(Interruption()) }
    try FileTree.makeFolder(folder + "/recipe")
    try FileTree.write(program, to: folder + "/recipe/build.sh")
    try body(
      RouterKernelBuilder(
        recipe: folder + "/recipe", store: LabStore(root: folder + "/store"),
        isThere: { _ in true }, interruption: try Interruption(), progress: { _ in }))
  }

  @Test func isBuiltOnce() throws {
    let program = """
      [ "$1" != --key ] || { echo 00ff; exit 0; }
      mkdir "$1" && echo 6.1.176 > "$1/release" && echo 00ff > "$1/key"
      """
    try withRecipe(program) { builder in
      let kernel = try builder.build()
      #expect(kernel.folder == builder.store.root + "/router-kernel-00ff")
      #expect(kernel.key == "00ff" && kernel.release == "6.1.176")
      #expect(kernel.layer == kernel.folder + "/root")
      #expect(kernel.preload == kernel.folder + "/xstate.so")
      #expect(try builder.build() == kernel, "it is there")
    }
  }

  @Test func whatWentWrongIsShown() throws {
    let program = """
      [ "$1" != --key ] || { echo 00ff; exit 0; }
      echo "lab-router-kernel: failed: apt-get" >&2
      exit 1
      """
    try withRecipe(program) { builder in
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(problem?.diagnostics[0].summary == "the routers' kernel could not be built")
      #expect(problem?.description.contains("lab-router-kernel: failed: apt-get") == true)
      #expect(problem?.exitStatus == .failure)
    }
  }

  @Test func isNotInstalled() throws {
    try withRecipe("echo 00ff") { builder in
      var builder = builder
      builder.isThere = { $0 != "linux.uml" }
      let problem = #expect(throws: Problem.self) { try builder.build() }
      #expect(
        problem?.diagnostics[0].summary
          == "the routers need user-mode Linux, and it is not installed")
      #expect(problem?.description.contains("apt-get install user-mode-linux") == true)
      #expect(problem?.description.contains("[[latency]]") == true)
      builder.isThere = { $0 != "flex" }
      let tools = #expect(throws: Problem.self) { try builder.build() }
      #expect(tools?.description.contains("apt-get install flex") == true)
      builder.recipe = nil
      let recipe = #expect(throws: Problem.self) { try builder.build() }
      #expect(
        recipe?.diagnostics[0].summary == "the recipe of the routers' kernel is not found")
      #expect(recipe?.exitStatus == .usage)
    }
  }

  /// Where the package is not installed it says so, and where it is, how it is called.
  @Test func theRecipesProgramIsWellFormed() throws {
    let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let program = "\(repository)/scripts/lab-router-kernel/build.sh"
    let check = try HostCommand("sh", ["-n", program]).runToEnd(Interruption())
    #expect(check.status == 0, "\(check.errors)")
    let nothing = try HostCommand("sh", [program]).runToEnd(Interruption())
    #expect(nothing.status != 0)
  }
}
