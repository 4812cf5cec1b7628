import Foundation
import Glibc
import Inventories
import Measurement
import ShellPrograms
import TestSupport
import Testing

@testable import Experiments

/// The program of a run is run, with a stand-in for kubectl and a clock that shows what a test says.
@Suite(.timeLimit(.minutes(5))) struct RunProgramTests {
  private static let cases = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Cases").path
  /// Two looks at the clock for each of three times of day; two until it steps, which begins the run; and
  /// one for each line of the watch, 100 ms apart.
  private static let clock =
    ["99.95", "100.00", "99.95", "100.00", "99.95", "100.00", "100.00", "100.01"]
    + (0..<40).map {
      let hundredths = 10_006 + 10 * $0
      return "\(hundredths / 100).\(String(hundredths % 100 + 100).dropFirst())"
    }
  private static let date = """
    case $* in +%s.%N) echo 1700000000.000000000 ;; *) echo 1700000000 ;; esac
    """

  /// A second has passed when somebody says so.
  private static let sleep = """
    [ "$1" = 1 ] || exec /bin/sleep "$@"
    read -r line <"$FOLDER/passed"
    """

  /// The watch tells of the mark, of its deletion once that was asked for, and then of what the case
  /// says once the Deployment was asked for.
  private static func kubectl(broken: String = "") -> String {
    """
    echo "$*" | sed 's/.*--cache-dir [^ ]* //; s/--server=[^ ]* //; s/ -f .*//' >>"$FOLDER/calls"
    case $* in
    \(broken)
    *create*/deployment) echo go >"$FOLDER/create" ;;
    *delete\\ --raw*) echo go >"$FOLDER/delete" ;;
    *\\ -w\\ *)
      echo "ADDED planetbed-mark - ,"
      read -r line <"$FOLDER/delete"
      echo "DELETED planetbed-mark - ,"
      read -r line <"$FOLDER/create"
      cat "$FOLDER/watch"
      [ ! -p "$FOLDER/passed" ] || echo x >"$FOLDER/passed"
      exec cat "$FOLDER/wall"
      ;;
    *get\\ events*) printf 'Failed: "no such image"\\n' ;;
    esac
    """
  }

  private func master(
    watch: String, broken: String = "", clock: [String] = clock
  ) throws -> StandInMaster {
    let master = try StandInMaster(
      ["kubectl": Self.kubectl(broken: broken), "date": Self.date, "sleep": Self.sleep],
      clock: clock)
    try master.write(watch, to: "watch")
    for name in ["delete", "create", "wall"] { mkfifo("\(master.folder)/\(name)", 0o600) }
    return master
  }

  private func order(_ containers: Int, deadline: Int = 300) throws -> RunProgram.Order {
    RunProgram.Order(
      namespace: "planetbed-measure-x", address: try #require(IPv4Address("192.0.2.1")),
      containers: containers, image: "pause:3.2", workers: ["node01", "node02"],
      mountsTokens: false, deadline: deadline)
  }

  private static func text(_ run: StartRun) -> String {
    func stage(_ name: String, _ time: Double?) -> String {
      time.map { " \(name) \(Int($0.rounded()))" } ?? ""
    }
    let lines = run.containers.map {
      $0.pod + ($0.node.map { " \($0)" } ?? "") + stage("created", $0.created)
        + stage("scheduled", $0.scheduled) + stage("seen", $0.seen) + stage("started", $0.started)
        + stage("ready", $0.ready)
    }
    let seconds = (run.seconds * 1000).rounded() / 1000
    return
      (["begun \(run.begun), \(seconds) s, \(run.isComplete ? "complete" : "incomplete")"]
      + lines).joined(separator: "\n") + "\n"
  }

  @Test(arguments: ["two", "strange"], StandInMaster.shells)
  func tellsWhenEachStageWasReached(name: String, shell: [String]) async throws {
    let master = try master(
      watch: String(contentsOfFile: "\(Self.cases)/\(name).watch", encoding: .utf8))
    defer { master.remove() }
    let frames = try await master.frames(RunProgram.program(order(2)), shell: shell)
    let reading = RunReading(frames)
    #expect(reading.failure == nil && !reading.isLate && !reading.isAbsent, "\(frames)")
    let run = try #require(
      reading.run(number: 1, containers: 2, deadline: 300, started: [:]), "\(frames)")
    let difference = try Snapshot.difference(
      of: Self.text(run), from: "\(Self.cases)/\(name).expected")
    #expect(difference == nil)
    #expect(master.leftovers == [])
    // The watch was there before the Deployment was asked for, and nothing was taken away.
    let verbs = master.calls.map { $0.split(separator: " ").prefix(4).joined(separator: " ") }
    let watched = try #require(verbs.firstIndex { $0.hasPrefix("-n planetbed-measure-x get pods") })
    let asked = try #require(master.calls.firstIndex { $0.hasSuffix("/deployments") })
    #expect(watched < asked && !master.calls.contains { $0.hasPrefix("delete namespace") })
  }

  /// Without containers, what is waited for is that the Deployment's controller took note of it.
  @Test(arguments: StandInMaster.shells) func measuresTheInstrument(shell: [String]) async throws {
    let master = try master(
      watch: "ADDED starts - ,\nMODIFIED starts - ,Ready=True,\nMODIFIED starts - ,Ready=True,\n")
    defer { master.remove() }
    let frames = try await master.frames(RunProgram.program(order(0)), shell: shell)
    let run = try #require(
      RunReading(frames).run(number: 1, containers: 0, deadline: 300, started: [:]), "\(frames)")
    #expect(Self.text(run) == "begun 1700000000030, 0.155 s, complete\n")
    #expect(master.calls.contains { $0.contains("get deployments -w") })
  }

  @Test(arguments: StandInMaster.shells) func isCutAtItsDeadline(shell: [String]) async throws {
    let master = try master(watch: "ADDED starts-a node01 ,PodScheduled=True,\n")
    defer { master.remove() }
    mkfifo("\(master.folder)/passed", 0o600)
    let frames = try await master.frames(RunProgram.program(order(2, deadline: 1)), shell: shell)
    let reading = RunReading(frames)
    #expect(reading.isLate && reading.warnings == "Failed: \"no such image\"", "\(frames)")
    let run = try #require(reading.run(number: 1, containers: 2, deadline: 1, started: [:]))
    #expect(!run.isComplete && run.seconds == 1)
    #expect(run.containers.map(\.scheduled) == [run.containers.first?.created])
    #expect(master.leftovers == [])
  }

  @Test(arguments: [
    ("*\\ label\\ *) echo gone >&2; exit 1 ;;", "namespace", "gone"),
    ("*create*/mark) echo quota >&2; exit 1 ;;", "mark", "quota"),
    ("*delete\\ --raw*) echo 'not found' >&2; exit 1 ;;", "mark", "not found"),
    ("*\\ -w\\ *) echo 'no route' >&2; exit 1 ;;", "watch", "no route"),
    ("*create*/deployment) echo 'admission' >&2; exit 1 ;;", "create", "admission"),
  ]) func saysWhatFailed(broken: String, step: String, words: String) async throws {
    // Whoever waits for the Deployment is ended with the watch.
    let master = try master(watch: "", broken: broken)
    defer { master.remove() }
    let frames = try await master.frames(
      RunProgram.program(order(2)), shell: StandInMaster.shells[0])
    let failure = RunReading(frames).failure
    #expect(failure?.step == step && failure?.words == words, "\(frames)")
    #expect(master.leftovers == [])
  }

  /// Whoever started it goes away in the middle: the namespace goes.
  @Test(arguments: StandInMaster.shells) func takesTheNamespaceAway(shell: [String]) async throws {
    let master = try master(
      watch: "", broken: "*\\ -w\\ *) echo x >\"$FOLDER/reached\"; exec cat \"$FOLDER/wall\" ;;")
    defer { master.remove() }
    mkfifo("\(master.folder)/reached", 0o600)
    let reached = try ChildProcess("/bin/cat", [master.folder + "/reached"])
    let child = try master.start(RunProgram.program(order(2)), shell: shell)
    #expect(await reached.writes("x"))
    child.signal(SIGTERM)
    let outcome = await child.outcome()
    #expect(outcome.status == 1, "\(outcome.everything)")
    #expect(master.calls.last == "delete namespace planetbed-measure-x --wait=false")
    #expect(master.leftovers == [])
  }
}
