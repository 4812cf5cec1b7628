import Diagnostics
import Foundation
import Glibc
import Inventories
import ShellPrograms
import TestSupport
import Testing

@testable import Experiments

@Suite(.timeLimit(.minutes(5))) struct GroundTests {
  private static let kubectl = """
    echo "$*" | sed 's/.*--cache-dir [^ ]* //; s/--server=[^ ]* //' >>"$FOLDER/calls"
    case $* in
    *get\\ --raw\\ /version*) printf '{\\n  "major": "1",\\n  "gitVersion": "v1.20.2",\\n}\\n' ;;
    *get\\ namespaces*) printf 'planetbed-measure-x 9999999999\\nold 1\\nyoung 9999999999\\n' ;;
    *get\\ nodes*) printf 'n1\\topen\\tTrue\\t110\\tcontainerd://1.6.20\\t\\n' ;;
    *get\\ pods*) printf 'n1\\nn2\\nn1\\n' ;;
    *get\\ serviceaccounts*) echo 'ADDED default'; exec cat "$FOLDER/wall" ;;
    esac
    """

  private func master() throws -> StandInMaster {
    let master = try StandInMaster(["kubectl": Self.kubectl])
    mkfifo("\(master.folder)/wall", 0o600)
    return master
  }

  private func address() throws -> IPv4Address { try #require(IPv4Address("192.0.2.1")) }

  @Test(arguments: StandInMaster.shells) func tellsTheGround(shell: [String]) async throws {
    let master = try master()
    defer { master.remove() }
    let reading = GroundReading(
      try await master.frames(
        GroundProgram.program(namespace: "planetbed-measure-x", address: address()), shell: shell))
    #expect(reading.failure == nil && !reading.isAbsent && reading.version == "1.20.2")
    #expect(reading.pods == ["n1": 2, "n2": 1])
    #expect(reading.nodes.map(\.runtime) == ["containerd 1.6.20"])
    #expect(reading.workers(["n1"]).usable == [StartWorker(name: "n1", free: 108)])
    // What is the run's own, and what is too old, goes; what is another's stays.
    #expect(reading.busy?.namespace == "young")
    let deleted = master.calls.filter { $0.hasPrefix("delete namespace") }
    #expect(deleted.map { $0.split(separator: " ")[2] } == ["planetbed-measure-x", "old"])
    #expect(master.leftovers == [])
  }

  @Test(arguments: StandInMaster.shells) func makesANamespace(shell: [String]) async throws {
    let master = try master()
    defer { master.remove() }
    let program = NamespaceProgram.making(
      namespace: "planetbed-measure-x", lease: 1800, address: try address())
    let frames = try await master.frames(program, shell: shell)
    #expect(frames.map(\.words) == [["made"]])
    #expect(master.calls.first?.hasPrefix("create --raw /api/v1/namespaces -f") == true)
    #expect(master.leftovers == [])
    let removing = NamespaceProgram.removing(
      namespace: "planetbed-measure-x", address: try address())
    #expect(try await master.frames(removing, shell: shell).map(\.words) == [["gone"]])
    let clearing = NamespaceProgram.clearing(
      namespace: "planetbed-measure-x", address: try address(), patience: 60)
    let empty = try StandInMaster(["kubectl": "exit 0"])
    defer { empty.remove() }
    #expect(try await empty.frames(clearing, shell: shell).map(\.words) == [["gone"]])
    // Pods that do not go are named.
    let left = try await master.frames(clearing, shell: shell)
    #expect(left.map(\.words) == [["failed", "pods"]] && left.first?.lastLine == "n1")
  }

  @Test func readsNothingStrange() {
    let nodes =
      "n1\topen\tTrue\t110\tx\t\n../n\topen\tTrue\t110\tx\t\nn2\topen\tTrue\t-5\tx\t\nn3\n"
      + "n4\tcordoned\tTrue\t9\tx\t\nn5\topen\tUnknown\t9\tx\t\nn6\topen\tTrue\t9\tx\ta,b,\n"
    let reading = GroundReading([
      Frame(words: ["nodes"], payload: Array(nodes.utf8)),
      Frame(words: ["pods"], payload: Array("7 n1\nx n1\n-3 n1\n1 2 3\n".utf8)),
      Frame(words: ["busy", "$(x)", "5"], payload: []), Frame(words: ["news"], payload: []),
    ])
    #expect(reading.busy == nil && reading.pods == ["n1": 7])
    let (usable, leftOut) = reading.workers(["n1", "n2", "n4", "n5", "n6"])
    #expect(usable == [StartWorker(name: "n1", free: 103)])
    #expect(
      leftOut.map { "\($0.0): \($0.1)" } == [
        "n2: the cluster has no such node", "n4: it is cordoned", "n5: it is not ready",
        "n6: its taints keep pods away: a, b",
      ])
  }

  @Test func spreadEvenlyTheFullestWorkerDecides() throws {
    func workers(_ free: [Int]) -> [StartWorker] {
      free.enumerated().map { StartWorker(name: "w\($0)", free: $1) }
    }
    #expect(StartCapacity.most(on: []) == 0)
    #expect(StartCapacity.most(on: workers([5, 5])) == 10)
    #expect(StartCapacity.most(on: workers([5, 50, 50])) == 17)
    try StartCapacity.check(10, on: workers([5, 5]))
    do {
      try StartCapacity.check(11, on: workers([5, 5]))
      Issue.record("it was let pass")
    } catch {
      #expect("\(error)".hasPrefix("the workers do not take 11 containers at once: Spread evenly,"))
      #expect("\(error)".contains("they take 10") && "\(error)".contains("w0 5, w1 5."))
    }
  }

  @Test func objectsAreJSON() throws {
    let texts = [
      StartObjects.markPod(image: "a/b:1@sha256:x"),
      StartObjects.deployment(
        name: "starts", replicas: 4, image: "b", workers: ["n1", "n2"], mountsTokens: true),
    ]
    for text in texts { _ = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    #expect(texts[1].contains(#""automountServiceAccountToken":true"#))
    #expect(texts[1].contains(#""values":["n1","n2"]"#))
    #expect(
      StartObjects.namespace(of: "20261122T020000Z-0a1b2c3d")
        == "planetbed-measure-20261122t020000z-0a1b2c3d")
    #expect(StartObjects.namespace(of: "a b") == nil && StartObjects.namespace(of: "a.b") == nil)
    #expect(StartObjects.isImage("registry.k8s.io/pause:3.9@sha256:00"))
    for image in ["", "-v", "a b", "a\"b", "a'b", "ä", String(repeating: "a", count: 256)] {
      #expect(!StartObjects.isImage(image))
    }
  }
}
