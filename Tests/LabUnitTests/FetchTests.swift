import Diagnostics
import Glibc
import Synchronization
import Testing

@testable import Lab

/// How `fetch.sh` gets a Kubernetes that is not built: from a signed repository in a folder, with the
/// real apt, and with stand-ins for a registry and for a Debian of its own (FetchStandIns/README.md).
@Suite struct FetchTests {
  private static let repository =
    "/"
    + #filePath.split(separator: "/").dropLast(3)
    .joined(separator: "/")
  private static let standIns = repository + "/Tests/LabUnitTests/FetchStandIns"
  private static let version = "1.24.5"

  /// The steps that were begun.
  private final class Steps: Sendable {
    private let titles = Mutex<[String]>([])
    var all: [String] { titles.withLock { $0 } }
    func take(_ event: LabEvent) {
      if case .kubernetesStep(let step) = event { titles.withLock { $0.append(step.title) } }
    }
  }

  /// A repository, a store, and a builder that uses both.
  private final class World {
    let folder: String
    private let steps = Steps()
    var builder: KubernetesBuilder

    init(version: String = FetchTests.version) throws {
      var template = Array("/tmp/planetbed-fetch-test-XXXXXX".utf8CString)
      folder = try #require(mkdtemp(&template).map { String(cString: $0) })
      let interruption = try Interruption()
      try HostCommand("sh", [standIns + "/repository.sh", "\(folder)/web", FetchTests.version])
        .run(interruption)
      builder = KubernetesBuilder(
        recipe: repository + "/scripts/lab-kubernetes", version: version,
        store: LabStore(root: folder + "/store"), tools: [], fetchTools: [],
        interruption: interruption, progress: { _ in })
      builder.environment = [
        "PATH": ([standIns + "/programs"] + HostCommand.searchPath).joined(separator: ":"),
        "PLANETBED_KUBERNETES_REPOSITORY": "file://\(folder)/web",
        "PLANETBED_KUBERNETES_REGISTRY": "https://registry.test/mirror",
      ]
      builder.progress = { [steps] in steps.take($0) }
    }

    deinit { _ = try? HostCommand("rm", ["-rf", folder]).run(Interruption()) }

    /// The titles of the steps that were begun.
    var begun: [String] { steps.all }
    /// The folder of the release in the repository.
    var release: String { folder + "/web/core:/stable:/v1.24/deb" }

    /// What the user is told when it fails; and there is nothing then that is taken for whole.
    func failure(_ exitStatus: Diagnostics.ExitStatus = .failure) throws -> String {
      let problem = try #require(throws: Problem.self) { try builder.build() }
      #expect(problem.exitStatus == exitStatus)
      let finished = FileTree.names(in: builder.store.root).filter { !$0.hasSuffix(".building") }
      #expect(finished.isEmpty)
      return problem.description
    }
  }

  @Test func isFetchedOnce() throws {
    let world = try World()
    let build = try world.builder.build()
    #expect(build.key.hasPrefix("1.24.5-"))
    #expect(build.folder == world.builder.store.root + "/kubernetes-" + build.key)
    let titles = [
      "1/6 the packages of Kubernetes, from its own repository",
      "2/6 the images of Kubernetes, from its registry", "3/6 a Debian build root",
      "4/6 the packages that these depend on", "5/6 the lab's own images",
      "6/6 the list of what was fetched",
    ]
    #expect(world.begun == titles)
    #expect(
      FileTree.names(in: build.folder + "/packages") == [
        "Packages", "containerd_1.6_amd64.deb", "cri-tools_1.24.2-1.1_amd64.deb",
        "kubeadm_1.24.5-2.1_amd64.deb", "kubectl_1.24.5-2.1_amd64.deb",
        "kubelet_1.24.5-2.1_amd64.deb", "kubernetes-cni_1.1.1-1.1_amd64.deb",
      ], "the newest revision")
    #expect(
      FileTree.names(in: build.folder + "/images") == [
        "busybox.tar", "cluster-dns.tar", "coredns.tar", "kube-proxy.tar", "masters", "pause.tar",
      ])
    #expect(
      FileTree.names(in: build.folder + "/images/masters") == ["etcd.tar", "kube-apiserver.tar"])
    // From the registry that was named, under the name that kubeadm asks for.
    #expect(
      FileTree.read(build.folder + "/images/coredns.tar")
        == "registry.test/mirror/coredns/coredns:v1.9.3 as registry.k8s.io/coredns/coredns:v1.9.3\n"
    )
    let manifest = try #require(FileTree.read(build.folder + "/manifest"))
    #expect(manifest.hasPrefix("kubernetes 1.24.5\nrepository file://"))
    #expect(manifest.contains(" planetbed.lab/busybox:1\n"))
    #expect(FileTree.names(in: world.builder.store.root) == ["kubernetes-" + build.key])

    #expect(try world.builder.build() == build)
    #expect(world.begun.count == 6, "it is there")
  }

  /// Another version, or another place that it comes from, is another folder; the version whose source
  /// Debian has is built, and has none of this in its name.
  @Test func whatAKeySays() throws {
    let recipe = Self.repository + "/scripts/lab-kubernetes"
    func key(_ program: String, _ arguments: [String] = [], from: String = "") throws -> String {
      try HostCommand(
        "sh", ["\(recipe)/\(program)", "--key"] + arguments,
        environment: ["PLANETBED_KUBERNETES_REPOSITORY": from]
      ).run(Interruption()).text
    }
    let keys = [
      try key("build.sh"), try key("fetch.sh", ["1.34.2"]), try key("fetch.sh", ["1.34.3"]),
      try key("fetch.sh", ["1.34.2"], from: "https://mirror.test"),
    ]
    #expect(Set(keys).count == 4)
    #expect(try key("fetch.sh", ["1.34.2"]) == keys[1])
    let built = try HostCommand("sh", ["\(recipe)/build.sh", "--version"]).run(Interruption())
    #expect(built.text == "1.20.2\n")
  }

  /// An image that came before a registry failed is not asked for again.
  @Test func goesOnWhereItWas() throws {
    let world = try World()
    world.builder.environment["STAND_IN_LACKS"] = "etcd"
    let said = try world.failure()
    #expect(said.contains("registry.test has no image mirror/etcd:3.5.4-0, which kubeadm 1.24.5"))
    #expect(said.contains("step 30-images"))
    world.builder.environment["STAND_IN_LACKS"] = "kube-apiserver"
    _ = try world.builder.build()
    let steps = world.begun
    #expect(steps.count == 7 && steps[1] == steps[2] && steps[2].hasPrefix("2/6"))
  }

  // MARK: what can go wrong

  @Test func aHostThatIsNotReached() throws {
    let world = try World()
    world.builder.environment["PLANETBED_KUBERNETES_REPOSITORY"] = "http://127.0.0.1:1"
    let said = try world.failure()
    #expect(said.contains("Kubernetes 1.24.5 for the lab could not be fetched"))
    #expect(said.contains("127.0.0.1:1 is not reached, where Kubernetes 1.24.5 comes from"))
    #expect(said.contains("Could not connect to 127.0.0.1:1"))
    #expect(said.contains("set http_proxy and https_proxy"))
    #expect(said.contains("version = \"1.20.2\""))
    #expect(said.contains("planetbed lab up --without-kubernetes"))
  }

  @Test func aRegistryThatIsNotReached() throws {
    let world = try World()
    world.builder.environment["PLANETBED_KUBERNETES_REGISTRY"] = "no-way.test"
    let said = try world.failure()
    #expect(said.contains("no-way.test is not reached, where Kubernetes 1.24.5 comes from"))
    #expect(said.contains("no such host") && said.contains("set http_proxy"))
  }

  @Test func aVersionThatIsNotThere() throws {
    let revision = try World(version: "1.24.9").failure()
    #expect(revision.contains("this computer has no Kubernetes 1.24.9. Of 1.24 it has: 1.24.5\n"))
    let minor = try World(version: "1.99.0").failure()
    #expect(minor.contains("no packages of Kubernetes 1.99, of which it was asked for 1.99.0"))
    for said in [revision, minor] { #expect(said.contains("version = \"1.20.2\"")) }
  }

  @Test func versionsThatNobodyHas() throws {
    let world = try World(version: "1.22.1")
    world.builder.environment["PLANETBED_KUBERNETES_REPOSITORY"] = ""
    let said = try world.failure(.usage)
    #expect(said.contains("there are no packages of Kubernetes 1.22.1 any more"))
    #expect(said.contains("version = \"1.20.2\""))
    world.builder.version = "newest"
    #expect(try world.failure(.usage).contains("newest is not a version of Kubernetes"))
  }

  @Test func aKeyThatIsAnothers() throws {
    let world = try World()
    try HostCommand("cp", ["\(world.folder)/web/other.key", world.release + "/Release.key"])
      .run(world.builder.interruption)
    let said = try world.failure()
    #expect(said.contains("what this computer has is not what its key signs"))
    #expect(said.contains("NO_PUBKEY") && said.contains("is not signed"))
    #expect(said.contains("Nothing of it was taken"))
  }

  @Test func aKeyThatIsNone() throws {
    let world = try World()
    try FileTree.write("<html>Log in first</html>\n", to: world.release + "/Release.key")
    #expect(try world.failure().contains("is no key: is a proxy's own page in its place?"))
  }

  @Test(arguments: ["Packages", "amd64/kubelet_1.24.5-2.1_amd64.deb"])
  func whatWasChangedAfterSigning(file: String) throws {
    let world = try World()
    try FileTree.write("changed", to: "\(world.release)/\(file)")
    let said = try world.failure()
    #expect(said.contains("what this computer has is not what its key signs"), "\(said)")
  }

  @Test func whatIsMissingOnTheComputer() throws {
    let world = try World()
    world.builder.fetchTools = [Computer.Tool(program: "no-such-tool", package: "skopeo")]
    #expect(try world.failure().contains("apt-get install skopeo"))
  }
}
