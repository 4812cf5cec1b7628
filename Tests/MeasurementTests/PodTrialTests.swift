import Diagnostics
import Foundation
import Glibc
import Inventories
import ShellPrograms
import TestSupport
import Testing
import Transport

@testable import Measurement

/// The trial's program is run, with a stand-in for kubectl that runs what pods run here.
@Suite(.timeLimit(.minutes(5))) struct PodTrialTests {
  private static let shells = [["/bin/dash"], ["/bin/busybox", "sh"]]

  private static func question(names: Bool = false) throws -> PodTrialQuestion {
    var inventory = try ClusterHealthTests.inventory()
    if names { inventory.kubernetes.dns = .kubeadm }
    return try #require(PodTrialQuestion(inventory))
  }

  /// `pods` are the lines of the pods; `broken` is put before all else.
  private static func kubectl(
    pods: String = "p1\\tw1\\t10.0.0.1\\tTrue\\t\\np2\\tw2\\t10.0.0.2\\tTrue\\t\\n",
    broken: String = ""
  ) -> String {
    """
    echo "$*" | sed 's/.*--cache-dir [^ ]* //' >>"$FOLDER/calls"
    case $* in
    \(broken)
    *get\\ namespaces*) printf 'old 1\\nyoung 99999999999\\n' ;;
    *get\\ pods*) printf '\(pods)' ;;
    *get\\ events*) printf 'p2\\tFailed\\t"Failed to pull image \\\\"x\\\\""\\n' ;;
    *get\\ service*) printf 10.96.0.9 ;;
    *exec*) while [ "$1" != -- ]; do shift; done; shift; exec "$@" ;;
    esac
    """
  }
  /// Answers as the pods' web servers do; the service's answers take turns.
  private static let wget = """
    case $2 in
    http://10.0.0.1:8080/large) echo w1; head -c 100000 /dev/zero ;;
    http://10.0.0.2:8080/large) echo w2; head -c 100000 /dev/zero ;;
    http://10.96.0.9/name|http://web/name)
      if mkdir "$FOLDER/turn" 2>/dev/null; then echo w1; else rmdir "$FOLDER/turn"; echo w2; fi ;;
    *) exit 1 ;;
    esac
    """

  private func result(
    _ question: PodTrialQuestion, kubectl: String, wget: String = wget,
    more: [String: String] = [:], shell: [String], calls: inout String
  ) async throws -> PodTrialResult {
    let master = try StandInMaster(
      more.merging(["kubectl": kubectl, "wget": wget]) { $1 })
    defer { master.remove() }
    let frames = try await master.frames(PodTrialProgram.program(question), shell: shell)
    calls = try String(contentsOfFile: master.folder + "/calls", encoding: .utf8)
    #expect(master.leftovers == [])
    return PodTrialResult(question, PodTrialReading(frames), master: "m1", seconds: 1)
  }

  @Test(arguments: shells) func isWell(_ shell: [String]) async throws {
    var calls = ""
    let result = try await result(
      Self.question(names: true), kubectl: Self.kubectl(), shell: shell, calls: &calls)
    #expect(result.isWell && result.diagnostics.isEmpty, "\(result.diagnostics)")
    #expect(result.workers.map(\.reaches) == [[nil, true], [true, nil]])
    #expect(result.workers.allSatisfy { $0.runs && $0.reachesService == true })
    #expect(result.workers.allSatisfy { $0.findsNames == true && $0.backends > 0 })
    // What is too old goes, and what was made goes last.
    #expect(calls.contains("delete namespace old") && !calls.contains("delete namespace young"))
    let last = calls.split(separator: "\n").last ?? ""
    #expect(last.hasPrefix("delete namespace planetbed-trial-") && last.hasSuffix("timeout=60s"))
    #expect(calls.contains("wait --for=condition=Ready --timeout=180s node/m1 node/m2"))
  }

  @Test(arguments: shells) func tellsOfAPodThatDoesNotRun(_ shell: [String]) async throws {
    var calls = ""
    let pods =
      "p1\\tw1\\t10.0.0.1\\tTrue\\t\\np2\\tw2\\t\\tFalse\\tErrImagePull\\t\"no such \\\\\"x\\\\\"\"\\n"
    let result = try await result(
      Self.question(), kubectl: Self.kubectl(pods: pods), shell: shell, calls: &calls)
    #expect(!result.isWell && result.workers.map(\.runs) == [true, false])
    let diagnostic = try #require(result.diagnostics.first { $0.host == "w2" })
    #expect(diagnostic.summary == "no pod runs on it")
    #expect(diagnostic.detail.contains("ErrImagePull"))
    #expect(diagnostic.detail.contains("trial_image, proxy and image_archives"))
    #expect(calls.contains("delete namespace planetbed-trial-"))
  }

  @Test(arguments: shells) func tellsOfPacketsThatAreTooLarge(_ shell: [String]) async throws {
    var calls = ""
    let wget = """
      case $2 in
      http://10.0.0.1:8080/large) echo w1; head -c 1000 /dev/zero ;;
      http://10.0.0.1:8080/name) echo w1 ;;
      http://10.96.0.9/name) echo w1 ;;
      *) exit 1 ;;
      esac
      """
    // A clock on which each reading takes ten seconds: the wait for kube-proxy is soon over.
    let date = """
      echo >>"$FOLDER/readings"
      [ "$*" = +%s ] || exec /bin/date "$@"
      echo $(($(/bin/date +%s) + 10 * $(wc -l <"$FOLDER/readings")))
      """
    let result = try await result(
      Self.question(), kubectl: Self.kubectl(), wget: wget, more: ["date": date], shell: shell,
      calls: &calls)
    #expect(result.workers.map(\.reaches) == [[nil, false], [false, nil]])
    #expect(
      result.diagnostics.map { "\($0.host ?? ""): \($0.summary)" } == [
        "w1: its pod does not reach the pods on w2",
        "w1: its pod reaches the service, and not every pod behind it",
        "w2: its pod gets no full-size packets from the pods on w1",
        "w2: its pod reaches the service, and not every pod behind it",
      ])
    #expect(result.diagnostics[2].detail.contains("MTU"))
  }

  @Test(arguments: [
    ("*get\\ --raw*) echo 'no route' >&2; exit 1 ;;", "the cluster's API does not answer", false),
    ("*create*) echo 'quota' >&2; exit 1 ;;", "the trial's pods could not be made", true),
  ]) func tellsWhyThereWasNoTrial(_ broken: String, _ summary: String, _ cleans: Bool) async throws
  {
    var calls = ""
    let result = try await result(
      Self.question(), kubectl: Self.kubectl(broken: broken), shell: Self.shells[0], calls: &calls)
    #expect(!result.isWell && result.workers.isEmpty)
    #expect(result.diagnostics.first?.summary.hasPrefix(summary) == true)
    #expect(["no route", "quota"].contains(result.diagnostics.first?.detail))
    #expect(calls.contains("delete namespace planetbed-trial-") == cleans)
  }

  @Test func tellsOfExecsThatFail() async throws {
    var calls = ""
    let broken = """
      *exec*) echo 'error dialing backend' >&2; exit 1 ;;
      *\\ wait\\ *) echo 'timed out on nodes/w2' >&2; exit 1 ;;
      *delete*timeout=60s*) echo 'still there' >&2; exit 1 ;;
      """
    let result = try await result(
      Self.question(), kubectl: Self.kubectl(broken: broken), shell: Self.shells[0], calls: &calls)
    #expect(
      result.diagnostics.map { "\($0.severity) \($0.summary): \($0.detail.prefix(22))" } == [
        "warning not every node became ready within 180 s: timed out on nodes/w2\n",
        "warning the namespace of the trial's pods was not seen to go: still there",
        "error its pod could not be asked: error dialing backend",
        "error its pod could not be asked: error dialing backend",
      ])
  }

  /// Whoever started it goes away in the middle: the namespace goes all the same.
  @Test(arguments: shells) func cleansUpWhenItIsEnded(_ shell: [String]) async throws {
    let broken = """
      *rollout*) echo rolling >"$FOLDER/reached"; read -r line <"$FOLDER/wall" ;;
      """
    let master = try StandInMaster(["kubectl": Self.kubectl(broken: broken), "wget": Self.wget])
    defer { master.remove() }
    for name in ["reached", "wall"] { mkfifo("\(master.folder)/\(name)", 0o600) }
    let watch = try ChildProcess("/bin/cat", [master.folder + "/reached"])
    let child = try master.start(PodTrialProgram.program(Self.question()), shell: shell)
    #expect(await watch.writes("rolling"))
    child.signal(SIGTERM)
    let outcome = await child.outcome()
    // Lets the stand-in go, which nobody waits for any more.
    let wall = open(master.folder + "/wall", O_RDWR)
    write(wall, "\n", 1)
    close(wall)
    let calls = try String(contentsOfFile: master.folder + "/calls", encoding: .utf8)
    #expect(outcome.status == 1, "\(outcome.everything)")
    #expect(calls.split(separator: "\n").last?.hasSuffix("--wait=false") == true, "\(calls)")
    #expect(master.leftovers == [])
  }

  @Test func readsNothingStrange() throws {
    let frames = [
      Frame(words: ["pods"], payload: Array("../x\tw1\t1\tTrue\nshort\n\tw1\t\t\n".utf8)),
      Frame(
        words: ["worker", "w1"], payload: Array("pod\nservice x y\nnames\npod a b c d\n".utf8)),
      Frame(words: ["worker", "../w1"], payload: []), Frame(words: ["news"], payload: []),
    ]
    let reading = PodTrialReading(frames)
    #expect(reading.pods.isEmpty && reading.answers.keys.sorted() == ["w1"])
    #expect(reading.answers["w1"] == PodTrialReading.Answers())
  }

  @Test func patienceFollowsTheRoundTripTime() throws {
    var question = try Self.question()
    #expect(question.shortPatience == 4 && question.longPatience == 10)
    #expect(question.mostTries == 32 && question.meetsEveryBackend)
    question.roundTripMilliseconds = 500
    question.workers = (1...20).map { .init(name: "w\($0)", site: "a") }
    #expect(question.shortPatience == 8 && question.longPatience == 20)
    #expect(question.mostTries == 96 && !question.meetsEveryBackend)
  }

  /// Masters that answer, have no cluster, or cannot be reached.
  private struct Masters: Connector {
    let answers: [String: [Frame]]

    func connect(to machine: String) async throws -> any Connection {
      guard let frames = answers[machine] else {
        throw Problem("\(machine) cannot be reached", host: machine, exitStatus: .failure)
      }
      return Line(frames: frames)
    }

    func close() async {}
  }

  private struct Line: Connection {
    let connectDuration = Duration.zero
    let frames: [Frame]

    func run(
      _ program: RemoteProgram, onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> ProgramResult {
      let boundary = String(repeating: "a", count: 32)
      let text = frames.map {
        "\(boundary) \($0.payload.count) \($0.words.joined(separator: " "))\n\($0.text)\n"
      }
      return ProgramResult(
        ending: .exited(0), output: Array("planetbed 1 \(boundary)\n\(text.joined())".utf8),
        errors: [])
    }

    func run(_ program: RemoteProgram, in conversation: Conversation) async throws -> ProgramResult
    {
      throw Problem("the test expected no conversation", exitStatus: .failure)
    }

    func close() async {}
  }

  @Test func triesTheMastersInTurn() async throws {
    let question = try Self.question()
    let masters = try ClusterHealthTests.inventory().hosts(.master)
    let absent = Frame(words: ["absent"], payload: [])
    let failed = Frame(words: ["failed", "api"], payload: Array("x".utf8))
    func run(_ answers: [String: [Frame]]) async -> PodTrialResult? {
      await PodTrial(connector: Masters(answers: answers), uptime: { 1 })
        .run(question, masters: masters)
    }
    let third = await run(["m1": [absent], "m3": [failed]])
    #expect(third?.diagnostics.map(\.host) == ["m3"])
    let none = await run(["m1": [absent], "m2": [absent], "m3": [absent]])
    #expect(none == nil)
    let unreachable = await run(["m1": [absent]])
    #expect(unreachable?.diagnostics.map(\.summary) == ["m2 cannot be reached"])
  }
}
