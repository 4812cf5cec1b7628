import Diagnostics
import Dispatch
import Glibc
import Inventories
import Testing

@testable import Lab

/// What a lab asks of the computer, and how it runs programs; none of it needs root.
@Suite struct ComputerTests {
  private func problem(_ work: () throws(Problem) -> Void) -> Problem? {
    do throws(Problem) {
      try work()
      return nil
    } catch {
      return error
    }
  }

  /// A folder that goes with the test.
  private func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/planetbed-lab-test-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = try? HostCommand("rm", ["-rf", path]).run(Interruption()) }
    try body(path)
  }

  @Test func notRoot() {
    let problem = problem { () throws(Problem) in try Computer.check(userID: 1000) }
    #expect(problem?.diagnostics[0].summary == "a lab needs root")
    #expect(problem?.description.contains("sudo") == true)
    #expect(self.problem { () throws(Problem) in try Computer.check(userID: 0) } == nil)
  }

  @Test func missingTools() {
    let tools = Computer.machineTools + Computer.imageTools
    let problem = problem { () throws(Problem) in
      try Computer.require(tools) { !["nsenter", "unshare", "debootstrap"].contains($0) }
    }
    #expect(problem?.diagnostics[0].summary == "a lab needs unshare, nsenter, debootstrap")
    #expect(
      problem?.diagnostics[0].detail.hasSuffix("apt-get install util-linux debootstrap") == true)
    #expect(self.problem { () throws(Problem) in try Computer.require(tools) { _ in true } } == nil)
  }

  @Test(arguments: ["/dev/null/tun", "/etc/passwd"])
  func noTunDevice(path: String) {
    let problem = problem { () throws(Problem) in try Computer.requireTunDevice(at: path) }
    #expect(problem?.description.contains("this computer has no \(path)") == true)
    #expect(problem?.description.contains("modprobe tun") == true)
  }

  @Test func tooLittleRoom() {
    let problem = problem { () throws(Problem) in
      try FileTree.requireRoom(of: .max, at: "/tmp", for: "the base image")
    }
    #expect(problem?.diagnostics[0].summary == "too little room in /tmp for the base image")
    #expect(problem?.description.contains("PLANETBED_LAB_ROOT") == true)
    let nowhere = self.problem { () throws(Problem) in
      try FileTree.requireRoom(of: 1, at: "/tmp/not/there", for: "it")
    }
    #expect(nowhere?.description.contains("No such file or directory") == true)
  }

  @Test(arguments: [
    "relative", "/with space", "/a,b", "/a:b", "/" + String(repeating: "x", count: 60),
  ])
  func aStoreThatMountOptionsCannotName(root: String) {
    let problem = problem { () throws(Problem) in try LabStore(root: root).check() }
    #expect(problem?.diagnostics[0].summary == "\(root.debugDescription) cannot hold a lab")
    #expect(problem?.exitStatus == .usage)
  }

  @Test func theStandardStore() {
    #expect(self.problem { () throws(Problem) in try LabStore(root: "/var/lib/x").check() } == nil)
    let login = LabAccess.login(lab: LabSettings(name: "demo"), store: LabStore(root: "/s"))
    #expect(login.identityFile == "/s/labs/demo/id_ed25519")
    #expect(login.knownHostsFile == "/s/labs/demo/known_hosts")
  }

  @Test func aLabThatIsNotUp() throws {
    let problem = problem { () throws(Problem) in
      try OperatorNamespace.enter(lab: "never-up-1", inventory: "lab.toml")
    }
    #expect(problem?.diagnostics[0].summary == "lab never-up-1 is not up")
    #expect(problem?.description.contains("planetbed lab up lab.toml") == true)
    let shell = #expect(throws: Problem.self) {
      try Computer.check()
      _ = try Lab(inventory: Deployment.inventory(lab: "never-up-1")).shellCommand(on: "lb")
    }
    #expect(["lb does not run", "a lab needs root"].contains(shell?.diagnostics[0].summary))
    try withFolder { root in
      let lab = try Lab(inventory: Deployment.inventory(), store: LabStore(root: root))
      let log = #expect(throws: Problem.self) { _ = try lab.logs(of: "lb") }
      #expect(log?.description.contains("lb has no log") == true)
      #expect(Lab.names(in: LabStore(root: root)) == [])
      try FileTree.makeFolder(root + "/labs/demo")
      try FileTree.write("", to: root + "/labs/demo.lock")
      #expect(Lab.names(in: LabStore(root: root)) == ["demo"])
    }
  }

  @Test func aProgramsOutputAndStatus() throws {
    let interruption = try Interruption()
    let shell = HostCommand("sh", ["-c", "cat; echo oops >&2; exit 3"], input: "given\n")
    let output = try shell.runToEnd(interruption)
    #expect(output.text == "given\n")
    #expect(output.errors == "oops\n")
    #expect(output.status == 3)
    let problem = #expect(throws: Problem.self) { try shell.run(interruption) }
    #expect(problem?.diagnostics[0].summary == "sh failed with status 3")
    #expect(problem?.description.contains("oops") == true)
    let killed = try HostCommand("sh", ["-c", "kill -9 $$"]).runToEnd(interruption)
    #expect(killed.status == 137)
  }

  @Test func linesAreGivenWhenTheyAreWhole() throws {
    let shell = HostCommand("sh", ["-c", "printf 'one\\ntw'; printf 'o\\033\\n\\nhalf'"])
    var lines: [String] = []
    let output = try shell.runToEnd(Interruption()) { lines.append($0) }
    #expect(lines == ["one", "two\\e", ""])
    #expect(output.text.hasSuffix("half"))
  }

  @Test func megabytesBothWays() throws {
    let text = String(repeating: "0123456789abcdef", count: 1 << 17)
    let output = try HostCommand("cat", [], input: text).run(Interruption())
    #expect(output.text == text)
    // One that does not want its input is not waited for, and no signal ends this process.
    #expect(try HostCommand("true", [], input: text).run(Interruption()).text == "")
  }

  @Test func aProgramThatIsMissing() {
    let problem = #expect(throws: Problem.self) {
      try HostCommand("no-such-program-at-all", []).run(Interruption())
    }
    #expect(problem?.diagnostics[0].summary == "the program no-such-program-at-all is missing")
  }

  @Test func controlCharactersAreMadeVisible() {
    let problem = #expect(throws: Problem.self) {
      try HostCommand("sh", ["-c", "printf 'no \\033[31mroom\\n' >&2; exit 3"]).run(Interruption())
    }
    #expect(problem?.diagnostics[0].detail.hasSuffix("\nno \\e[31mroom") == true)
  }

  @Test func interruptionEndsWhatRuns() async throws {
    let (started, ended) = AsyncStream<Void>.makeStream()
    let work = _Concurrency.Task {
      try await Interruption.withBlockingWork { interruption throws(Problem) in
        ended.yield()
        try HostCommand("sleep", ["3600"]).run(interruption)
      }
    }
    for await _ in started { break }
    work.cancel()
    let problem = await #expect(throws: Problem.self) { try await work.value }
    #expect(problem?.exitStatus == .interrupted)
    #expect(problem?.diagnostics[0].summary == "interrupted")
  }

  @Test func theFirstProblemOfMany() {
    let problem = problem { () throws(Problem) in
      try Interruption.forEach(Array(0..<20)) { number throws(Problem) in
        if number == 7 { throw Problem("seven", exitStatus: .failure) }
      }
    }
    #expect(problem?.description == "seven")
  }

  @Test func aLockIsHandedOn() throws {
    try withFolder { folder in
      let path = folder + "/lock"
      let interruption = try Interruption()
      var first: FileLock? = try FileLock(path, interruption: interruption) {
        Issue.record("nobody has it")
      }
      let (waits, holds) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      DispatchQueue(label: "second").async {
        let second = try? FileLock(path, interruption: interruption) { waits.signal() }
        // The first one removed its file: the second has made it anew, and not locked nothing.
        if second != nil, FileTree.exists(path) { holds.signal() }
      }
      waits.wait()
      first?.remove()
      first = nil
      #expect(holds.wait(timeout: .now() + 60) == .success)
    }
  }

  @Test func waitingForALockCanBeInterrupted() throws {
    try withFolder { folder in
      let interruption = try Interruption()
      let first = try FileLock(folder + "/lock", interruption: interruption) {}
      let problem = #expect(throws: Problem.self) {
        _ = try FileLock(folder + "/lock", interruption: interruption) { interruption.set() }
      }
      #expect(problem?.exitStatus == .interrupted)
      withExtendedLifetime(first) {}
    }
  }

  @Test func whichProcessARecordIsOf() throws {
    let line =
      "17 (a (b) c) S 5 17 17 0 -1 4194560 377 251 1 0 0 0 0 0 20 0 1 0 95342 2654208 364 18446744"
    let stat = try #require(ProcessStat(line))
    #expect(stat.id == 17 && stat.parent == 5 && stat.startTime == 95342 && !stat.hasEnded)
    #expect(ProcessStat("17 (z) Z" + line.dropFirst(14))?.hasEnded == true)
    for nonsense in ["", "17", "x (y) S 5", "-1 (y)" + line.dropFirst(12)] {
      #expect(ProcessStat(nonsense) == nil)
    }
    let own = try #require(FileTree.read("/proc/self/stat"))
    #expect(HostProcess.of(record: own)?.id == getpid())
    let started = try #require(ProcessStat(own)).startTime
    let recycled = own.replacing(" \(started) ", with: " \(started - 1) ")
    #expect(HostProcess.of(record: recycled) == nil)
  }

  @Test func stoppingAProcessThatIsOurs() throws {
    let id = try HostCommand("sleep", ["3600"]).start([-1, -1, -1], outlivesUs: true)
    let process = try #require(HostProcess(id: id))
    let record = try #require(FileTree.read("/proc/\(id)/stat"))
    #expect(try #require(HostProcess.of(record: record)).id == id)
    process.signal(SIGTERM)
    let left = try HostProcess.waitForEnd(of: [process], seconds: 60, interruption: Interruption())
    #expect(left.isEmpty)
    HostProcess.waitUntilGone([process], seconds: 60)
    #expect(HostProcess.of(record: record) == nil)
    #expect(!FileTree.exists("/proc/\(id)"))
  }

  /// In a folder that stands for a hierarchy: containers end, and nobody else does.
  @Test func containersEndBeforeTheirMachine() throws {
    try withFolder { folder in
      let groups = ["payload/kubepods/pod1/c1", "payload/system.slice/ssh.service"]
      var processes: [HostProcess] = []
      for group in groups {
        let id = try HostCommand("sleep", ["3600"]).start([-1, -1, -1], outlivesUs: true)
        processes.append(try #require(HostProcess(id: id)))
        try FileTree.makeFolder("\(folder)/pb-demo.node01/\(group)")
        try FileTree.write("\(id)\n", to: "\(folder)/pb-demo.node01/\(group)/cgroup.procs")
      }
      let hierarchies = CgroupHierarchies(mountInfo: "1 1 0:1 / \(folder) rw - cgroup2 x rw\n")
      let interruption = try Interruption()
      try hierarchies.endContainers("pb-demo.node01", interruption: interruption)
      let left = try HostProcess.waitForEnd(
        of: processes, seconds: 0, interruption: interruption)
      #expect(left.map(\.id) == [processes[1].id])
      processes[1].signal(SIGKILL)
      _ = try HostProcess.waitForEnd(of: left, seconds: 60, interruption: interruption)
    }
  }

  @Test func filesAndFolders() throws {
    try withFolder { folder in
      try FileTree.makeFolder(folder + "/a/b", mode: 0o700)
      try FileTree.write("one", to: folder + "/a/b/file", mode: 0o600)
      try FileTree.set(folder + "/a/b/file", to: "two")
      #expect(FileTree.read(folder + "/a/b/file") == "two")
      #expect(FileTree.read(folder + "/a/b/file", limit: 2, fromEnd: true) == "wo")
      #expect(FileTree.names(in: folder + "/a/b") == ["file"])
      var status = stat()
      #expect(lstat(folder + "/a/b/file", &status) == 0 && status.st_mode & 0o777 == 0o600)
      let problem = #expect(throws: Problem.self) {
        try FileTree.write("x", to: folder + "/none/file")
      }
      #expect(problem?.description.contains("cannot write \(folder)/none/file") == true)
    }
  }

  @Test func eventsInWords() {
    #expect(LabEvent.waiting(for: "lab a").text.contains("lab a"))
    #expect(LabEvent.image("ready").text == "image: ready")
    #expect(LabEvent.ready(machine: "lb").text == "lb: ready")
    #expect(LabEvent.kept(machine: "lb").text == "lb: already up")
    #expect(LabEvent.starting(machine: "lb").text == "lb: starting")
    #expect(LabEvent.removed(machine: "lb").text == "lb: removed")
    #expect(LabEvent.kubernetes("left out").text == "kubernetes: left out")
    #expect(
      LabEvent.kubernetesStep(LabStep(title: "3/8 packages", usualSeconds: 40)).text
        == "kubernetes: 3/8 packages")
    #expect(LabEvent.networks(machines: 3).text == "networks: ready for 3 machines")
  }
}
