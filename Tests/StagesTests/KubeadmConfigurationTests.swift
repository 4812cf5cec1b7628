import Foundation
import Inventories
import TestSupport
import Testing

@testable import Roles
@testable import Stages

/// What kubeadm is told, for each of the versions of its configuration: as a whole, and held against the
/// fields that the version has.
@Suite struct KubeadmConfigurationTests {
  /// A version of Kubernetes and the version of the configuration that its kubeadm reads.
  static let versions = [
    ("1.20.2", 2), ("1.21.14", 2), ("1.22.0", 3), ("1.30.8", 3), ("1.31.0", 4), ("1.34.2", 4),
  ]

  /// What the first master, another and a worker are told.
  static func files(_ version: String, case name: String = "far-masters") throws -> [FileTask] {
    var inventory = try CaseFiles.inventory(name)
    inventory.kubernetes.version = version
    let library = try RenderingTests.library()
    var facts = MembershipTests.blank(inventory)
    // Machines need not be alike in this.
    facts.hosts["node01"]?.registered["cgroup_driver"] = "cgroupfs"
    let stages: [any Stage] = [ControlPlane(), Workers()]
    return try stages.flatMap {
      $0.applications(for: inventory, facts: facts, policy: RunPolicy())
        .filter { $0.id.role == "cluster-member" && $0.id.host != "master03" }
    }.flatMap { try library.tasks(of: $0, facts: facts) }.compactMap {
      if case .file(let file) = $0.kind { file } else { nil }
    }
  }

  @Test(arguments: ["1.20.2", "1.30.8", "1.34.2"]) func asExpected(_ version: String) throws {
    let files = try Self.files(version)
    #expect(files.map(\.mode) == [0o644, 0o644, 0o644], "nothing in them is secret")
    try CaseFiles.expect(
      files.map { "==== \($0.path)\n\($0.text)" }.joined(), as: "kubeadm-\(version).txt")
  }

  @Test(arguments: versions) func everyFieldIsKnown(_ version: String, _ api: Int) throws {
    let known = try Self.fields(of: api)
    let files = try Self.files(version) + Self.files(version, case: "mesh")
    #expect(files.count == 7)
    for file in files {
      let text = file.text.replacing("@token@", with: "token: a")
        .replacing("@key@", with: "certificateKey: a")
      for document in text.split(separator: "---\n") {
        let own = Self.paths(in: document)
        let kind = try #require(own.kind)
        if kind.hasSuffix("Configuration"), !kind.hasPrefix("Kube") {
          #expect(document.contains("apiVersion: kubeadm.k8s.io/v1beta\(api)\n"))
        }
        for path in own.paths {
          let isKnown =
            known.contains("\(kind).\(path)")
            || known.contains(
              "\(kind).\(path.split(separator: ".").dropLast().joined(separator: ".")).*")
          #expect(isKnown, "\(version): \(kind) has no field \(path)")
        }
      }
    }
  }

  @Test func whatAnotherVersionHasIsRefused() throws {
    let known = try (2...4).map(Self.fields)
    let timeout = "ClusterConfiguration.apiServer.timeoutForControlPlane"
    #expect(known.map { $0.contains(timeout) } == [true, true, false])
    let own = Self.paths(
      in:
        "kind: X\na:\n  b: 1\n  c:\n    - name: d\n      value: e\n    - name: f\ng:\n  - h\ni: [j]\n"
    )
    #expect(own.paths == ["kind", "a.b", "a.c[].name", "a.c[].value", "a.c[].name", "g[]", "i"])
  }

  /// The paths of a document's leaves, and its kind. It reads what the templates write, which is little of YAML.
  static func paths(in document: some StringProtocol) -> (kind: String?, paths: [String]) {
    var kind: String?
    var paths: [String] = []
    var open: [(indent: Int, name: String)] = []
    for line in document.split(separator: "\n") {
      var rest = line.drop { $0 == " " }
      guard !rest.isEmpty, !rest.hasPrefix("#") else { continue }
      var indent = line.count - rest.count
      if rest.hasPrefix("- ") {
        open.removeAll { $0.indent > indent || ($0.name == "[]" && $0.indent >= indent) }
        open.append((indent, "[]"))
        rest = rest.dropFirst(2)
        indent += 2
      } else {
        open.removeAll { $0.indent >= indent }
      }
      let prefix = open.reduce("") { $0 + ($1.name == "[]" || $0.isEmpty ? "" : ".") + $1.name }
      guard
        let colon = rest.firstRange(of: ": ")
          ?? (rest.hasSuffix(":") ? rest.lastIndex(of: ":").map { $0..<rest.endIndex } : nil),
        !rest.hasPrefix("\"")
      else {
        paths.append(prefix)
        continue
      }
      let name = String(rest[..<colon.lowerBound])
      let value = rest[colon.upperBound...]
      if name == "kind", open.isEmpty { kind = String(value) }
      if value.isEmpty {
        open.append((indent, name))
      } else {
        paths.append(prefix.isEmpty ? name : "\(prefix).\(name)")
      }
    }
    return (kind, paths)
  }

  static func fields(of api: Int) throws -> Set<String> {
    let text = try String(
      contentsOf: CaseFiles.folder.appending(path: "Cases/kubeadm-fields.txt"), encoding: .utf8)
    var fields: Set<String> = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      let bounds = words.first?.split(separator: "-").compactMap { Int($0) } ?? []
      guard words.count == 2, bounds.count == 2 else { continue }
      if (bounds[0]...bounds[1]).contains(api) { fields.insert(String(words[1])) }
    }
    return fields
  }
}
