import Diagnostics
import Foundation
import Inventories
import TestSupport
import Testing

@testable import Roles
@testable import Stages

/// What makes a machine able to be a node.
@Suite struct NodePackagesTests {
  private func inventory(
    _ change: (inout KubernetesSettings) -> Void
  ) throws -> Inventory {
    var inventory = try CaseFiles.inventory("mesh")
    change(&inventory.kubernetes)
    return inventory
  }

  @Test func theCommunityNeedsAVersion() throws {
    let inventory = try inventory {
      $0.packages = .community
      $0.version = nil
    }
    let objection = try #require(NodePackages().objections(to: inventory).first)
    #expect(objection.severity == .error)
    #expect(objection.summary == "[kubernetes] names no version")
    #expect(objection.position == inventory.kubernetes.position)
  }

  @Test func theCommunityHasNoOldVersions() throws {
    var inventory = try inventory { $0.packages = .community }
    let objection = try #require(NodePackages().objections(to: inventory).first)
    #expect(
      objection.summary == "the community's repository does not have Kubernetes 1.20.2")
    inventory.kubernetes.version = "1.24.0"
    #expect(NodePackages().objections(to: inventory).isEmpty)
  }

  @Test func nothingIsAskedWithoutACluster() throws {
    let inventory = try inventory {
      $0.installs = false
      $0.packages = .community
    }
    #expect(NodePackages().objections(to: inventory).isEmpty)
    #expect(NodePackages().applications(for: inventory).isEmpty)
    #expect(try problems(asking: { $0.installs = false }).isEmpty)
  }

  /// A node that runs another release keeps it until it is upgraded in its turn.
  @Test func aNodeKeepsItsRelease() throws {
    let inventory = try CaseFiles.inventory("mesh")
    func version(_ registered: [String: String]) throws -> Variable? {
      let facts = Facts(
        hosts: ["master01": HostFacts(system: SystemFacts(), registered: registered)])
      let applications = NodePackages().applications(
        for: inventory, facts: facts, policy: RunPolicy())
      #expect(
        applications.map(\.id) == NodePackages().applications(for: inventory).map(\.id))
      return applications.first { $0.id.host == "master01" }?.variables["version"]
    }
    #expect(try version([:]) == .string("1.20.2"))
    #expect(
      try version(["kubelet_joined": "no", "kubeadm_version": "1.19.0"]) == .string("1.20.2"))
    #expect(
      try version(["kubelet_joined": "yes", "kubeadm_version": "1.20.2"]) == .string("1.20.2"))
    #expect(try version(["kubelet_joined": "yes", "kubeadm_version": "1.19.0"]) == .string(""))
  }

  @Test(arguments: [
    ("file:/srv/kubernetes/packages ./", "_srv_kubernetes_packages"),
    ("https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /", "pkgs.k8s.io_core:_stable:_v1.34_deb"),
    ("https://mirror.example/a_b stable main", "mirror.example_a%5fb"),
  ])
  func listsAreCalledAsAptCallsThem(_ source: String, _ lists: String) throws {
    var settings = try CaseFiles.inventory("mesh").kubernetes
    settings.packages = .repository(source, key: nil)
    #expect(PackageRepository(settings)?.lists == lists)
  }

  /// What is said of a master.
  private func problems(
    resources: String? = "4 4000000 0",
    asking settings: (inout KubernetesSettings) -> Void = { _ in },
    when change: (inout SystemFacts) -> Void = { _ in }
  ) throws -> [Diagnostic] {
    var system = MachineProblemTests.system("192.168.10.101")
    change(&system)
    var facts = HostFacts(system: system)
    facts.registered["node_resources"] = resources
    return NodePackages().problems(
      for: try inventory(settings), facts: Facts(hosts: ["master01": facts]))
  }

  @Test func aGoodNodeHasNone() throws {
    #expect(try problems().isEmpty)
    #expect(try problems(resources: nil).isEmpty)
    #expect(try problems(resources: "many").isEmpty)
  }

  @Test(arguments: [("debian", "11"), ("ubuntu", "20.04")])
  func anOldReleaseIsRefused(_ id: String, _ version: String) throws {
    let problem = try #require(
      try problems(when: {
        $0.osID = id
        $0.osVersion = version
        $0.osName = "\(id) \(version)"
      }).first)
    #expect(problem.severity == .error)
    #expect(problem.summary == "\(id) \(version) on master01 is too old for a node")
  }

  @Test func anOldKernelIsRefused() throws {
    let problem = try #require(
      try problems(when: { $0.kernel = "4.15.0-200-generic" }).first)
    #expect(problem.severity == .error)
    #expect(problem.summary == "Linux 4.15.0-200-generic on master01 is too old for a node")
  }

  @Test func theCommunityHasNotEveryArchitecture() throws {
    let problem = try #require(
      try problems(
        asking: { $0.packages = .community }, when: { $0.architecture = "riscv64" }
      ).first)
    #expect(problem.severity == .error)
    #expect(problem.summary.hasPrefix("there are no packages of Kubernetes for master01"))
    #expect(try problems(when: { $0.architecture = "riscv64" }).isEmpty)
  }

  @Test func aSmallMasterIsWarnedOf() throws {
    let found = try problems(resources: "1 1000000 2097152")
    #expect(found.allSatisfy { $0.severity == .warning && $0.host == "master01" })
    #expect(
      found.map(\.summary) == [
        "master01 has one processor", "master01 has 976 MiB of memory",
        "master01 has 2048 MiB of swap",
      ])
  }

  @Test func aSmallWorkerIsNone() throws {
    var facts = HostFacts(system: MachineProblemTests.system("192.168.20.101"))
    facts.registered["node_resources"] = "1 1000000 0"
    let found = NodePackages().problems(
      for: try CaseFiles.inventory("mesh"), facts: Facts(hosts: ["node01": facts]))
    #expect(found.isEmpty)
  }

  // MARK: The key of a repository

  /// Runs the command that fetches the key, `fetched` being what comes, and says what was kept.
  private func kept(_ fetched: String) async throws -> ChildProcess.Outcome {
    let folder = try ProgramTests.Folder()
    let task = try #require(
      try RenderingTests.tasks("nat").first { $0.name == "key of Kubernetes' packages" })
    guard case .command(let command) = task.kind, let run = command.run,
      case .creates(let path) = command.guardian
    else { throw POSIXError(.EINVAL) }
    _ = try folder.write(fetched, to: "fetched")
    let text = run.replacing("/etc/apt/keyrings", with: folder.path)
      .replacing("/usr/lib/apt/apt-helper -q download-file", with: "fetch")
    let key = path.replacing("/etc/apt/keyrings", with: folder.path)
    return try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        """
        cd \(folder.path)
        fetch() { [ "$1" = https://mirror.example/Release.key ] && cp fetched "$2"; }
        (set -e; \(text)) && cat '\(key)' && stat -c ' %a' '\(key)' && ls
        """,
      ])
  }

  /// apt takes a key without its armour, whatever it came in.
  @Test func aKeyLosesItsArmour() async throws {
    let armoured = """
      -----BEGIN PGP PUBLIC KEY BLOCK-----\r
      Version: 1\r
      \r
      dGhlIGtl\r
      eQ==\r
      =1abc\r
      -----END PGP PUBLIC KEY BLOCK-----\r

      """
    for fetched in [armoured, "the key"] {
      let outcome = try await kept(fetched)
      #expect(outcome.output.hasPrefix("the key 644\nfetched\nplanetbed-nat-kubernetes-"))
      #expect(outcome.output.hasSuffix(".gpg\n"), "\(outcome.everything)")
    }
  }

  @Test func whatIsNoKeyIsNotKept() async throws {
    let outcome = try await kept("")
    #expect(outcome.status == 1)
    #expect(outcome.errors == "what https://mirror.example/Release.key holds is no key\n")
  }

  // MARK: The program that loads images

  /// The rendered program, with stand-ins for containerd and a folder of archives.
  private struct Loader {
    let folder: ProgramTests.Folder

    init() throws {
      folder = try ProgramTests.Folder()
      let program = try #require(try ProgramTests.files("mesh", ending: "/load-images").first)
      _ = try folder.write(
        program.replacing("/var/lib/containerd", with: folder.path)
          .replacing("/srv/kubernetes/images", with: "\(folder.path)/images"),
        to: "load-images")
      // The images that there are stand in a file, a line each.
      _ = try folder.write("", to: "present")
      _ = try folder.write(
        """
        #!/bin/sh
        [ "$1 $2" = '-n k8s.io' ] || exit 9
        case "$3 $4" in
        'images list') cat "$0.present" ;;
        'images import')
          [ ! -e "$0.broken" ] || { echo "ctr: it is broken" >&2; exit 1; }
          echo "import ${5##*/}" >>"$0.calls"
          tar -xOf "$5" names >>"$0.present"
          ;;
        esac

        """, to: "ctr")
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/images/masters", withIntermediateDirectories: true)
    }

    func run(_ text: String) async throws -> ChildProcess.Outcome {
      try await ChildProcess.run(
        "/bin/sh",
        [
          "-c",
          """
          cd \(folder.path); chmod +x ctr load-images; [ -e ctr.present ] || : >ctr.present
          PATH=$PWD:$PATH; export PATH
          archive() {
            mkdir work; printf '%s\\n' "$2" >work/names
            printf '[{"Config":"c.json","RepoTags":["%s"],"Layers":["l.tar"]}]' "${3:-$2}" >work/manifest.json
            tar -cf "images/$1.tar" -C work names manifest.json; rm -r work
          }
          \(text)
          """,
        ])
    }
  }

  @Test func imagesAreLoadedOnce() async throws {
    let loader = try Loader()
    let first = try await loader.run(
      """
      archive pause k8s.gcr.io/pause:3.2
      archive box docker.io/library/busybox:1 busybox:1
      archive masters/etcd docker.io/team/etcd:3 team/etcd:3
      ./load-images check && exit 1
      ./load-images load || exit 2
      ./load-images check || exit 3
      ./load-images load || exit 4
      sort ctr.calls
      """)
    #expect(first.status == 0, "\(first.everything)")
    #expect(first.output.hasSuffix("import box.tar\nimport etcd.tar\nimport pause.tar\n"))
    #expect(first.output.contains("loaded \(loader.folder.path)/images/masters/etcd.tar"))
    // An image that is gone, and an archive that has changed, are loaded again.
    let second = try await loader.run(
      """
      : >ctr.calls
      grep -v pause ctr.present >left; mv left ctr.present
      archive box docker.io/library/busybox:2 busybox:2
      ./load-images check && exit 1
      ./load-images load >/dev/null || exit 2
      ./load-images check || exit 3
      sort ctr.calls
      """)
    #expect(second.status == 0, "\(second.everything)")
    #expect(second.output == "import box.tar\nimport pause.tar\n")
  }

  @Test func anArchiveThatCannotBeLoadedIsNamed() async throws {
    let loader = try Loader()
    let outcome = try await loader.run(
      """
      archive pause k8s.gcr.io/pause:3.2
      : >ctr.broken
      ./load-images load
      """)
    #expect(outcome.status == 1)
    #expect(outcome.everything.contains("/images/pause.tar: ctr: it is broken"))
  }

  @Test func anEmptyFolderIsAMistake() async throws {
    let loader = try Loader()
    let outcome = try await loader.run("./load-images load")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("there is no image archive (*.tar) in"))
  }

  @Test(arguments: ["mesh", "hub", "single-site"])
  func containerdTakesItsConfiguration(_ name: String) async throws {
    guard let containerd = ProgramTests.program("containerd", package: "containerd") else { return }
    let folder = try ProgramTests.Folder()
    let configuration = try #require(
      try ProgramTests.files(name, ending: "/containerd/config.toml").first)
    let file = try folder.write(configuration, to: "config.toml")
    let outcome = try await ChildProcess.run(containerd, ["--config", file, "config", "dump"])
    #expect(outcome.status == 0, "\(outcome.everything)")
  }
}
