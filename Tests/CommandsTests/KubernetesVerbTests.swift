import Commands
import Diagnostics
import Foundation
import Glibc
import ShellPrograms
import Synchronization
import Testing
import Transport

/// What programs of ours write.
enum Framed {
  static func result(_ frames: [(words: String, payload: String)]) -> ProgramResult {
    let boundary = String(repeating: "b", count: 32)
    let text = frames.map { "\(boundary) \($0.payload.utf8.count) \($0.words)\n\($0.payload)\n" }
    return ProgramResult(
      ending: .exited(0), output: Array("planetbed 1 \(boundary)\n\(text.joined())".utf8),
      errors: [])
  }
}

@Suite struct KubernetesVerbTests {
  private static func answers(
    _ output: String, errors: String = "", status: Int32 = 0
  ) -> ScriptedConnector {
    ScriptedConnector { machine, _ in
      ProgramResult(
        ending: .exited(status),
        output: Array(
          (machine == "master01" ? "planetbed 1 absent\n" : "planetbed 1 4242\n\(output)").utf8),
        errors: machine == "master01" ? [] : Array(errors.utf8))
    }
  }

  // MARK: kubectl

  @Test func kubectlEndsAsItEnded() async {
    let world = World(connector: Self.answers("NAME\n", errors: "oh\n", status: 42))
    let outcome = await world.run("kubectl", World.inventory, "--", "get", "nodes")
    #expect(outcome.status.rawValue == 42)
    #expect(outcome.output == "NAME\n" && outcome.errors == "oh\n")
    let json = await world.run("kubectl", World.inventory, "-o", "json", "--", "get", "nodes")
    #expect(json.output.contains("\"host\": \"master02\"") && json.output.contains("NAME\\n"))
    #expect(json.status.rawValue == 42 && json.errors == "")
  }

  @Test func kubectlGetsItsWordsAndInput() async {
    let world = World(
      connector: ScriptedConnector { machine, program in
        #expect(machine == "master01" && program.asRoot)
        #expect(program.text.contains("sh 'apply' '-f' '-' '-l' 'a='\\''b'\n"), "\(program.text)")
        #expect(program.text.contains("base64 -d <<'") && program.text.contains("\na2luZA==\n"))
        return ProgramResult(
          ending: .exited(0), output: Array("planetbed 1 7\ndone\n".utf8), errors: [])
      }, input: "kind")
    let outcome = await world.run(
      "kubectl", World.inventory, "--", "apply", "-f", "-", "-l", "a='b")
    #expect(outcome.status == .success && outcome.output == "done\n", "\(outcome.errors)")
  }

  @Test func kubectlReadsNothingUnasked() async {
    let world = World(
      connector: ScriptedConnector { _, program in
        #expect(program.text.contains("'get' 'pods' </dev/null\n"))
        return ProgramResult(ending: .exited(0), output: Array("planetbed 1 7\n".utf8), errors: [])
      }, input: "never read")
    #expect(await world.run("kubectl", World.inventory, "get", "pods").status == .success)
  }

  @Test(arguments: [
    (["apply", "-f", World.inventory], "thesis.toml of this computer is not"),
    (["apply", "--filename=" + World.inventory], "Pipe the file in"),
    (["create", "cm", "x", "--from-file", "k=" + World.inventory], "thesis.toml of this computer"),
    (["apply", "-f", "-"], "nothing is piped in"),
    (["apply", "-f-"], "nothing is piped in"),
  ]) func kubectlRefuses(_ words: [String], _ text: String) async {
    let outcome = await World().run(["kubectl", World.inventory, "--"] + words)
    #expect(outcome.status == .usage && outcome.errors.contains(text), "\(outcome.errors)")
  }

  /// There, what looks like a file is none.
  @Test(arguments: [["logs", "-f", "/"], ["exec", "p", "--", "test", "-f", "/"]])
  func kubectlLeavesAlone(_ words: [String]) async {
    let outcome = await World(connector: Self.answers("x\n")).run(
      ["kubectl", World.inventory, "--"] + words)
    #expect(outcome.status == .success && outcome.output == "x\n", "\(outcome.errors)")
  }

  @Test(arguments: ["kubectl", "kubeconfig"]) func thereIsNoClusterYet(_ verb: String) async {
    let result =
      verb == "kubectl"
      ? ProgramResult(ending: .exited(0), output: Array("planetbed 1 absent\n".utf8), errors: [])
      : Framed.result([("absent", "")])
    let words = [verb, World.inventory, verb == "kubectl" ? "version" : "--out=-"]
    let outcome = await World(connector: ScriptedConnector { _, _ in result }).run(words)
    #expect(outcome.status == .failure)
    #expect(outcome.errors.contains("error: there is no cluster yet"), "\(outcome.errors)")
    let unreachable = await World().run(words)
    #expect(unreachable.errors.contains("master03: error: master03 refused the connection"))
  }

  @Test func theInventoryAsksForNoCluster() async throws {
    let file = FileManager.default.temporaryDirectory.path + "/none-\(UUID().uuidString).toml"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let text = try String(contentsOfFile: World.inventory, encoding: .utf8)
    try Data(text.replacing("[kubernetes]", with: "[kubernetes]\ninstall = false").utf8)
      .write(to: URL(filePath: file))
    let outcome = await World().run("kubectl", file, "version")
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("the inventory asks for no cluster"), "\(outcome.errors)")
  }

  // MARK: kubeconfig

  private static let access = ScriptedConnector { machine, _ in
    machine == "master01"
      ? Framed.result([("absent", "")])
      : Framed.result([("access", "https://192.168.10.253:6443\nQUJD\nREVG\nR0hJ\n")])
  }

  @Test func kubeconfigIsForItsOwnerAlone() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/access-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/config"
    let world = World(connector: Self.access)
    let outcome = await world.run("kubeconfig", World.inventory, "--out", file)
    #expect(outcome.status == .success, "\(outcome.errors)")
    #expect(outcome.output == "\(file): context thesis, API at https://192.168.10.253:6443\n")
    #expect(
      outcome.errors.contains("warning: the API at 192.168.10.253:6443 is not reached from here"))
    #expect(outcome.errors.contains("planetbed kubectl"))
    var status = stat()
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains("client-key-data: R0hJ\n") && text.contains("current-context: thesis\n"))
    for words in [outcome.output, outcome.errors] { #expect(!words.contains("R0hJ")) }
    // Its own file it may write anew, another's not unless told to.
    let reachable = World(connector: Self.access, reaches: true)
    let again = await reachable.run("kubeconfig", World.inventory, "--out", file, "-o", "json")
    #expect(again.status == .success && again.output.contains("\"reachable\": true"))
    try Data("mine".utf8).write(to: URL(filePath: file))
    let refused = await reachable.run("kubeconfig", World.inventory, "--out", file)
    #expect(refused.status == .usage && refused.errors.contains("--force to overwrite it"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    let forced = await reachable.run("kubeconfig", World.inventory, "--out", file, "--force")
    #expect(forced.status == .success && forced.output.contains("kubectl --kubeconfig"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["config"])
  }

  @Test func kubeconfigOnStandardOutput() async {
    let world = World(connector: Self.access, reaches: true)
    let outcome = await world.run("kubeconfig", World.inventory, "--out", "-")
    #expect(outcome.output.hasPrefix("# The administrator's access to the testbed thesis"))
    #expect(outcome.output.hasSuffix("    client-key-data: R0hJ\n") && outcome.errors == "")
    let both = await world.run("kubeconfig", World.inventory, "--out", "-", "-o", "json")
    #expect(both.status == .usage && both.errors.contains("both the kubeconfig and JSON"))
    let nowhere = await world.run("kubeconfig", World.inventory, "--out", "/no/such/folder/file")
    #expect(nowhere.status == .usage && nowhere.errors.contains("cannot write /no/such/folder"))
  }

  @Test(arguments: [
    ("access", "ftp://x:1\nQUJD\nREVG\nR0hJ\n", "is not as kubeadm writes it"),
    ("access", "https://x:1\nQUJD\nREVG\n", "is not as kubeadm writes it"),
    ("access", "https://x;:1\nQUJD\nREVG\nR0hJ\n", "is not as kubeadm writes it"),
    ("access", "https://x:99999\nQUJD\nREVG\nR0hJ\n", "is not as kubeadm writes it"),
    ("access", "https://x:1\nQUJD\n/etc/pki\nR0h:\n", "has no certificates within"),
    ("failed", "error: \u{1b}[31mno context", "error: \\e[31mno context"),
  ]) func kubeconfigIsLookedAt(_ word: String, _ payload: String, _ text: String) async {
    let world = World(connector: ScriptedConnector { _, _ in Framed.result([(word, payload)]) })
    let outcome = await world.run("kubeconfig", World.inventory, "--out", "-")
    #expect(outcome.status == .failure && outcome.output == "")
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
    #expect(!outcome.errors.contains("REVG"))
  }

  @Test func kubeconfigOfNonsense() async {
    let world = World(
      connector: ScriptedConnector { _, _ in
        ProgramResult(ending: .exited(1), output: Array("hello\n".utf8), errors: [])
      })
    let outcome = await world.run("kubeconfig", World.inventory, "--out", "-")
    #expect(outcome.errors.contains("the administrator's kubeconfig cannot be read"))
  }

  // MARK: options

  @Test(arguments: ["0", "many", "1001"]) func batchesAreNumbers(_ value: String) async {
    let world = World(environment: ["HOME": "/nonexistent"])
    let outcome = await world.run("plan", World.inventory, "--batch", value)
    #expect(outcome.status == .usage)
    #expect(outcome.errors.contains("'\(value)' is no value for option '--batch'"))
  }
}
