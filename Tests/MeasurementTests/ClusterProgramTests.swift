import Inventories
import Measurement
import ShellPrograms
import Testing

/// The program is run, with stand-ins for what it runs.
@Suite(.timeLimit(.minutes(5))) struct ClusterProgramTests {
  private static let address = IPv4Address(bits: 0xC0A8_0A65)
  private static let shells = [["/bin/dash"], ["/bin/busybox", "sh"]]
  private static let others = [
    "crictl": """
    case $1 in
    ps) echo 'CONTAINER  IMAGE  CREATED  STATE  NAME  ATTEMPT  POD ID'
      echo 'aaa  k8s.gcr.io/etcd:3  5 minutes ago  Exited   etcd  1  b'
      echo 'bbb  k8s.gcr.io/etcd:3  5 minutes ago  Running  etcd  0  b' ;;
    exec) [ "$2 $3" = 'bbb etcdctl' ] && case "$*" in
      *'member list') echo 'a5, started, m1, p, c, false' ;;
      *'endpoint health') echo 'is healthy' ;;
      *) exit 9 ;;
      esac ;;
    esac
    """,
    "kubeadm": "echo 'apiserver   Nov 2, 2027 18:19 UTC   346d   ca   no'",
  ]

  @Test(arguments: shells) func tellsAll(_ shell: [String]) async throws {
    let kubectl = """
      case $* in
      *get\\ --raw*) echo ok ;;
      *get\\ nodes*) printf 'm1\\tv1.20.2\\topen\\t192.168.10.101,\\tTrue\\tKubeletReady\\t"x"\\n' ;;
      *get\\ pods*) printf 'etcd\\tm1\\tTrue\\t\\n' ;;
      esac
      """
    let master = try StandInMaster(Self.others.merging(["kubectl": kubectl]) { $1 })
    defer { master.remove() }
    let frames = try await master.frames(
      ClusterProgram.program(address: Self.address), shell: shell)
    let reading = try #require(ClusterReading(frames))
    #expect(reading.own == .well && reading.endpoint == .well && reading.etcd == .well)
    #expect(reading.nodes?.map(\.name) == ["m1"] && reading.nodes?.first?.isReady == true)
    #expect(reading.nodes?.first?.addresses == ["192.168.10.101"])
    #expect(reading.components?.map(\.name) == ["etcd"])
    #expect(reading.members?.map(\.id) == ["a5"])
    #expect(reading.certificates?.map(\.expires) == ["2027-11-02T18:19Z"])
    #expect(master.leftovers == [])
  }

  /// Where the load balancer does not answer, the master's own API server is asked.
  @Test(arguments: shells) func asksItsOwnServer(_ shell: [String]) async throws {
    let kubectl = """
      case $* in
      *--server=https://192.168.10.101:6443*get\\ --raw*) echo ok ;;
      *--server=https://192.168.10.101:6443*get\\ nodes*) printf 'm1\\tv1\\topen\\t1,\\n' ;;
      *) echo 'dial tcp: i/o timeout' >&2; exit 1 ;;
      esac
      """
    let master = try StandInMaster(["kubectl": kubectl, "crictl": ":", "kubeadm": "exit 1"])
    defer { master.remove() }
    let reading = try #require(
      ClusterReading(
        try await master.frames(ClusterProgram.program(address: Self.address), shell: shell)))
    #expect(reading.own == .well && reading.endpoint == .failed("dial tcp: i/o timeout"))
    #expect(reading.nodes?.first?.reason == "it has not reported yet")
    #expect(reading.components == nil && reading.members == nil && reading.certificates == nil)
    #expect(reading.etcd == .failed("no container of etcd is running"))
  }

  @Test(arguments: shells) func asksNothingOfAnAPIThatDoesNotAnswer(_ shell: [String]) async throws
  {
    let kubectl = """
      case $* in
      *get\\ --raw*) echo 'connection refused' >&2; exit 1 ;;
      *) echo forged ;;
      esac
      """
    let master = try StandInMaster(Self.others.merging(["kubectl": kubectl]) { $1 })
    defer { master.remove() }
    let frames = try await master.frames(
      ClusterProgram.program(address: Self.address), shell: shell)
    #expect(
      frames.map(\.words) == [
        ["failed", "own"], ["failed", "endpoint"], ["members"], ["health"], ["certificates"],
      ])
  }

  @Test(arguments: shells) func tellsThatThereIsNoCluster(_ shell: [String]) async throws {
    let master = try StandInMaster(["kubectl": "exit 1"], hasCluster: false)
    defer { master.remove() }
    let frames = try await master.frames(
      ClusterProgram.program(address: Self.address), shell: shell)
    #expect(frames.map(\.words) == [["absent"]] && ClusterReading(frames) == nil)
  }
}
