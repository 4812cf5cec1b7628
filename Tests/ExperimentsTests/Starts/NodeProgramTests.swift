import ShellPrograms
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(5))) struct NodeProgramTests {
  /// As the Kubernetes project's crictl writes it, and as one does that shows what CRI has.
  private static let crictl = """
    case $* in
    'ps -a -q') printf 'aa1\\nbb2\\ncc3\\n--help\\n' ;;
    'inspect aa1') cat <<'END'
    {
      "info": {
        "config": {
          "labels": {
            "io.kubernetes.pod.name": "starts-a",
            "io.kubernetes.pod.namespace": "planetbed-measure-x"
          }
        }
      },
      "status": {
        "createdAt": "2026-11-22T02:04:28.123456789Z",
        "finishedAt": "0001-01-01T00:00:00Z",
        "labels": {
          "io.kubernetes.pod.name": "starts-a",
          "io.kubernetes.pod.namespace": "planetbed-measure-x",
          "io.kubernetes.pod.uid": "1"
        },
        "startedAt": "2026-11-22T02:04:29.123456789Z",
        "state": "CONTAINER_RUNNING"
      }
    }
    END
      ;;
    'inspect bb2') cat <<'END'
    {
      "status": {
        "created_at": 1795312818749757113,
        "started_at": 1795312818960826500,
        "labels": {
          "io.kubernetes.pod.name": "starts-b",
          "io.kubernetes.pod.namespace": "planetbed-measure-x"
        }
      }
    }
    END
      ;;
    'inspect cc3') echo gone >&2; exit 1 ;;
    *) echo unexpected; exit 3 ;;
    esac
    """
  private static let clock = (0..<16).map { "10.\($0 + 10)" }

  @Test(arguments: StandInMaster.shells) func tellsWhenContainersWereStarted(
    shell: [String]
  ) async throws {
    let machine = try StandInMaster(
      ["crictl": Self.crictl, "date": "echo 1700000000.5"], clock: Self.clock)
    defer { machine.remove() }
    let frames = try await machine.frames(NodeProgram.collecting(), shell: shell)
    let reading = ContainerReading(frames, namespace: "planetbed-measure-x")
    #expect(reading.failure == nil, "\(frames)")
    #expect(
      reading.started == [
        "starts-a": 1_795_313_069_123.456_8, "starts-b": 1_795_312_818_960.826_5,
      ])
    // The clock of the stand-in runs on and its day does not: it was set.
    #expect(reading.day == nil)
    #expect(ContainerReading(frames, namespace: "another").started == [:])
  }

  @Test(arguments: StandInMaster.shells) func tellsWhyItDoesNot(shell: [String]) async throws {
    let machine = try StandInMaster(
      ["crictl": "echo 'connection refused' >&2; exit 1", "date": "echo 1700000000.5"],
      clock: Array(repeating: "10.00", count: 16))
    defer { machine.remove() }
    let reading = ContainerReading(
      try await machine.frames(NodeProgram.collecting(), shell: shell), namespace: "x")
    #expect(reading.failure == "connection refused" && reading.day?.uncertainty == 5)
    let fetching = try await machine.frames(NodeProgram.fetching("a'b"), shell: shell)
    #expect(fetching.map(\.words) == [["failed"]] && fetching[0].text == "connection refused")
  }

  @Test(arguments: StandInMaster.shells) func fetchesOnlyWhatIsNotThere(
    shell: [String]
  ) async throws {
    let crictl = """
      echo "$*" >>"$FOLDER/calls"
      case $* in 'inspecti there') ;; 'pull new') ;; *) exit 1 ;; esac
      """
    let machine = try StandInMaster(["crictl": crictl])
    defer { machine.remove() }
    for image in ["there", "new"] {
      let frames = try await machine.frames(NodeProgram.fetching(image), shell: shell)
      #expect(frames.map(\.words) == [["fetched"]])
    }
    #expect(machine.calls == ["inspecti there", "inspecti new", "pull new"])
  }

  @Test(arguments: StandInMaster.shells) func tellsWhatAMachineIs(shell: [String]) async throws {
    let machine = try StandInMaster([:])
    defer { machine.remove() }
    let reading = MachineReading(
      try await machine.frames(NodeProgram.describing(), shell: shell))
    #expect(
      !reading.kernel.isEmpty && (reading.processors ?? 0) > 0 && (reading.memory ?? 0) > 1 << 20)
  }

  @Test func readsNothingStrange() {
    func frame(_ name: String, _ text: String) -> Frame {
      Frame(words: [name], payload: Array(text.utf8))
    }
    let reading = MachineReading([
      frame("system", String(repeating: "x", count: 3000)), frame("processors", "-1"),
      frame("memory", "9999999999999999999"), frame("pause", "a image"), frame("news", ""),
    ])
    #expect(reading.system.count == 100 && reading.processors == nil && reading.memory == nil)
    #expect(reading.pauseImage == nil)
    let containers = ContainerReading(
      [
        frame(
          "containers",
          """
          started 5000000
          container
          pod $(x)
          namespace n
          started 5000000
          container
          pod a
          started 5000000
          container
          pod b
          namespace n
          started never
          container
          pod c
          namespace n
          started 7000000
          started 5000000
          container
          pod c
          namespace n
          started 6000000
          """)
      ], namespace: "n")
    #expect(containers.started == ["c": 6])
  }
}
