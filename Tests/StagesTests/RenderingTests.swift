import Foundation
import Inventories
import Stages
import Testing

@testable import Roles

/// The roles and templates of the tree, rendered strictly for the cases: every file as it will be
/// on the machines. Programs that read such files judge them too, where they are installed.
@Suite struct RenderingTests {
  static func library() throws -> RoleLibrary {
    try RoleLibrary.load(
      roles: CaseFiles.root.appending(path: "roles").path,
      templates: CaseFiles.root.appending(path: "templates").path)
  }

  /// What the nodes of each case are like.
  static let containerd = [
    "mesh": ("1.6.20~ds1", "cgroupfs", "restricted", "k8s.gcr.io/pause:3.2"),
    "hub": ("1.7.24", "systemd", "free", "registry.k8s.io/pause:3.10.1"),
    "nat": ("2.1.4", "systemd", "restricted", "registry.example/kubernetes/pause:3.10"),
    "manifests": ("1.7.24", "systemd", "free", "registry.k8s.io/pause:3.9"),
    "single-site": ("1.7.12", "cgroupfs", "free", "registry.k8s.io/pause:3.9"),
  ]

  /// All routers have told their fingerprints, two digits over and over, and all nodes what they are.
  static func facts(_ inventory: Inventory, of name: String) -> Facts {
    let (version, driver, score, image) = containerd[name] ?? ("", "", "", "")
    return Facts(
      hosts: Dictionary(
        uniqueKeysWithValues: inventory.machines.enumerated().map { index, machine in
          let digits = String(format: "%02X", index + 10)
          return (
            machine.name,
            HostFacts(
              system: SystemFacts(),
              registered: [
                "vpn_fingerprint": Array(repeating: digits, count: 32).joined(separator: ":"),
                "containerd_version": version, "cgroup_driver": driver, "oom_score": score,
                "pause_image": image, "kubeadm_version": inventory.kubernetes.version ?? "1.31.0",
              ])
          )
        }))
  }

  /// All tasks of a case, rendered.
  static func tasks(_ name: String) throws -> [RoleTask] {
    let inventory = try CaseFiles.inventory(name)
    let library = try library()
    return try allStages.flatMap { stage in
      try stage.applications(for: inventory).flatMap {
        try library.tasks(of: $0, facts: facts(inventory, of: name))
      }
    }
  }

  @Test(arguments: CaseFiles.cases) func everyFileIsAsExpected(_ name: String) throws {
    var seen: Set<String> = []
    var text = ""
    for task in try Self.tasks(name) {
      #expect(task.missingFacts.isEmpty)
      let content: String
      switch task.kind {
      case .file(let file):
        // A program that is the same everywhere but for the testbed's name has tests of its own.
        let text = file.path.hasSuffix("/latency/agent") ? "…\n" : file.text
        content = "\(file.path) \(String(file.mode, radix: 8))\n" + text
      case .block(let block): content = "\(block.path) \(block.marker)\n" + (block.content ?? "")
      default: continue
      }
      // The same on several machines is shown once.
      guard seen.insert(content).inserted else { continue }
      text += "==== \(task.id.application.host): \(content)"
    }
    try CaseFiles.expect(text, as: "\(name)-files.txt")
  }

  @Test(arguments: CaseFiles.cases) func everyTaskIsAsExpected(_ name: String) throws {
    var text = ""
    for task in try Self.tasks(name) {
      text += "\(task.id.application.host) \(task.title)\n"
      switch task.kind {
      case .service(let service):
        text += "  \(service.unit) after \(service.restartOn.joined(separator: " "))\n"
      case .package(let package):
        text += "  \(package.words)\(package.isHeld ? " held" : "")\n"
      case .sysctl(let sysctl): text += "  \(sysctl.name) = \(sysctl.value ?? "?")\n"
      case .command(let command): text += (command.run ?? "?").indented
      default: break
      }
    }
    try CaseFiles.expect(text, as: "\(name)-tasks.txt")
  }

  @Test func aTunnelWaitsForBothFingerprints() throws {
    let inventory = try CaseFiles.inventory("mesh")
    let application = try #require(
      SiteVPN().applications(for: inventory).first { $0.id.role == "vpn-tunnel" })
    let tasks = try Self.library().tasks(of: application, facts: Facts())
    #expect(
      tasks[0].missingFacts == [
        FactReference(host: "vyos01", name: "vpn_fingerprint"),
        FactReference(host: "vyos02", name: "vpn_fingerprint"),
      ])
    #expect(tasks[1].missingFacts.isEmpty)
  }

  @Test func theRouterTellsItsFingerprint() throws {
    let application = try #require(
      SiteVPN().applications(for: try CaseFiles.inventory("mesh")).first)
    #expect(try Self.library().registeredFacts(of: application) == ["vpn_fingerprint"])
  }
}

extension FileTask {
  /// The content as text.
  var text: String { String(decoding: content ?? [], as: UTF8.self) }
}

extension String {
  fileprivate var indented: String {
    split(separator: "\n").map { "  \($0)\n" }.joined()
  }
}
