import Foundation
import Inventories
import TestSupport
import Testing

@testable import Roles
@testable import Stages

/// Which master applies the manifests, and what its program does with what kubectl says.
@Suite struct AddonsTests {
  static let authority = String(repeating: "a", count: 64)
  static let member = "done=\(authority)\nauthority=\(authority)\nconfigured=yes\n"

  /// What the stage asks for when the masters told this of themselves.
  static func applications(_ told: [String: String]) throws -> [RoleApplication] {
    let facts = Facts(
      hosts: told.mapValues {
        HostFacts(system: SystemFacts(), registered: ["kubernetes": $0])
      })
    return Addons().applications(
      for: try CaseFiles.inventory("manifests"), facts: facts, policy: RunPolicy())
  }

  @Test func theSeedAppliesTheNetworkThenTheNames() throws {
    let applications = try Self.applications(["m1": "", "m2": Self.member, "m3": Self.member])
    #expect(applications.map(\.id.host) == ["m2", "m2"])
    #expect(applications.map(\.id.instance) == ["network", "dns"])
    // The API may be away while etcd takes m1 in.
    for application in applications {
      #expect(
        application.after
          == [.init(stage: "control-plane", host: "m1", role: "cluster-member")])
    }
  }

  @Test func aClusterThatIsWholeWaitsForNobody() throws {
    let applications = try Self.applications(
      ["m1": Self.member, "m2": Self.member, "m3": Self.member])
    #expect(applications.map(\.id.host) == ["m1", "m1"])
    #expect(applications.allSatisfy { $0.after.isEmpty })
  }

  @Test func aNewClusterHasItsManifestsToo() throws {
    let applications = try Self.applications(["m1": "", "m2": "", "m3": ""])
    #expect(applications.map(\.id.host) == ["m1", "m1"])
    #expect(applications.first?.after.map(\.host) == ["m2", "m3"])
  }

  @Test func withoutAClusterNothingIsApplied() throws {
    // A master that does not answer may have the cluster.
    #expect(try Self.applications(["m1": "", "m2": ""]).isEmpty)
    var inventory = try CaseFiles.inventory("manifests")
    inventory.kubernetes.installs = false
    #expect(Addons().applications(for: inventory).isEmpty)
    let facts = Facts()
    #expect(
      Addons().applications(for: inventory, facts: facts, policy: RunPolicy()).isEmpty)
  }

  @Test func anotherManifestHasAnotherDigest() throws {
    var inventory = try CaseFiles.inventory("manifests")
    func digests() -> [Variable?] {
      Addons().applications(for: inventory).prefix(2).map { $0.variables["digest"] }
    }
    let before = digests()
    inventory.kubernetes.dns = .manifest(.file(path: "dns.yaml", text: "kind: Other\n"))
    #expect(digests()[0] == before[0])
    #expect(digests()[1] != before[1])
  }

  /// The command of an instance, run with a kubectl and a curl that say what a test has them say.
  private struct Trial {
    let folder: ProgramTests.Folder
    let command: CommandTask

    init(_ instance: String, kubectl: String, curl: String = "exit 6") throws {
      folder = try ProgramTests.Folder()
      let inventory = try CaseFiles.inventory("manifests")
      let application = try #require(
        Addons().applications(for: inventory).first { $0.id.instance == instance })
      let tasks = try RenderingTests.library().tasks(of: application, facts: Facts())
      guard case .command(let command) = try #require(tasks.last).kind else {
        throw POSIXError(.EINVAL)
      }
      self.command = command
      for (name, body) in [("kubectl", kubectl), ("curl", curl)] {
        let path = try folder.write(
          "#!/bin/sh\nprintf '%s\\n' \"\(name) $*\" >>\(folder.path)/log\n\(body)\n", to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
    }

    func run() async throws -> ChildProcess.Outcome {
      let text = try #require(command.run)
        .replacing("/run/planetbed-manifest", with: "\(folder.path)/manifest")
      // As a machine's program runs it.
      let program = """
        PATH=\(folder.path):$PATH
        set -e
        \(text)
        """
      let script = try folder.write(program, to: "script")
      let input = try folder.write(command.input ?? "", to: "input")
      return try await ChildProcess.run("/bin/sh", ["-c", "sh \(script) <\(input)"])
    }

    var log: String {
      (try? String(contentsOf: URL(filePath: "\(folder.path)/log"), encoding: .utf8)) ?? ""
    }

    /// What is left of the folder that it worked in.
    var leftovers: [String] {
      get throws {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
          .filter { $0.hasPrefix("manifest.") }
      }
    }
  }

  @Test func aManifestIsAppliedAwaitedAndRemembered() async throws {
    let trial = try Trial(
      "dns",
      kubectl: """
        case "$*" in
        'apply -f '*) cat "$3" >\(Self.quotedLogFolder)/applied ;;
        'get -f '*) printf '%s\\n' 'ServiceAccount kube-system names <none>' \\
          'Deployment kube-system names <none>' 'DaemonSet kube-system old OnDelete' ;;
        esac
        """)
    let outcome = try await trial.run()
    #expect(outcome.status == 0, "\(outcome.everything)")
    let lines = trial.log.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("kubectl apply -f "))
    #expect(lines.count { $0.contains(" rollout status ") } == 1)
    #expect(lines[2].hasPrefix("kubectl -n kube-system rollout status Deployment/names --timeout="))
    #expect(lines.last?.hasPrefix("  dns: \"") == true, "\(trial.log)")
    #expect(try trial.leftovers.isEmpty)
    #expect(trial.command.input?.hasPrefix("apiVersion: v1\n") == true)
    #expect(trial.command.undo == nil)
  }

  /// The folder in which a fake program lies.
  static let quotedLogFolder = "\"$(dirname \"$0\")\""

  @Test func whatDoesNotBecomeReadyIsNamed() async throws {
    let trial = try Trial(
      "dns",
      kubectl: """
        case "$*" in
        'get -f '*) echo 'Deployment kube-system names <none>' ;;
        *'rollout status'*) echo 'error: timed out waiting for the condition' >&2; exit 1 ;;
        *jsonpath=*matchLabels*) printf '%s' '{"k8s-app":"names","tier":"x"}' ;;
        *'get pods -l k8s-app=names,tier=x '*) printf '%s\\n' 'True|good|n1|Running|' \\
          'False|bad|n2|Pending|ImagePullBackOff Back-off pulling' '|lost||Pending|no room' ;;
        *'involvedObject.name=bad,'*) printf 'no such host' ;;
        *'get events'*) exit 1 ;;
        esac
        """)
    let outcome = try await trial.run()
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == """
        Deployment names in kube-system is not ready after 600 s at most: error: timed out waiting for the condition
          pod bad on n2: Pending ImagePullBackOff Back-off pulling
            no such host
          pod lost on no node: Pending no room

        """)
    // What is not ready is not remembered: the next apply goes on.
    #expect(!trial.log.contains("patch"))
    #expect(try trial.leftovers.isEmpty)
  }

  @Test func whatHasNoPodsIsNamed() async throws {
    let trial = try Trial(
      "dns",
      kubectl: """
        case "$*" in
        'get -f '*) echo 'StatefulSet kube-system names RollingUpdate' ;;
        *'rollout status'*) exit 1 ;;
        esac
        """)
    let outcome = try await trial.run()
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.hasSuffix(
        "  It has no pods: kubectl -n kube-system describe StatefulSet names tells why.\n"))
  }

  @Test func whatTheClusterRefusesIsTold() async throws {
    let trial = try Trial("dns", kubectl: "echo 'error: no matches for kind' >&2; exit 1")
    let outcome = try await trial.run()
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.hasPrefix("error: no matches for kind\nThe cluster did not take all of "))
  }

  @Test func aManifestIsFetchedThroughTheProxy() async throws {
    let trial = try Trial("network", kubectl: "exit 0", curl: "exit 0")
    let outcome = try await trial.run()
    #expect(outcome.status == 0, "\(outcome.everything)")
    let curl = try #require(trial.log.split(separator: "\n").first)
    #expect(curl.contains(" --proxy http://proxy.example.org:3128 "))
    #expect(curl.hasSuffix(" --url https://example.org/network.yaml"))
    let failing = try Trial("network", kubectl: "exit 0")
    let failure = try await failing.run()
    #expect(failure.status == 1)
    #expect(
      failure.errors.hasPrefix(
        "The manifest https://example.org/network.yaml cannot be fetched from here. "))
    #expect(!failing.log.contains("kubectl"))
  }
}
