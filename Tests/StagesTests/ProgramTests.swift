import Foundation
import Inventories
import Stages
import TestSupport
import Testing

@testable import Roles

/// What the programs say of the files that are rendered for them, and the router's commands run in
/// a scratch folder. Each is left out, with the reason printed, where its program is not installed;
/// the lab's tests run them all on real machines.
@Suite struct ProgramTests {
  /// The path of an installed program; nil, said aloud, when it is not there.
  static func program(_ name: String, package: String) -> String? {
    let path = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    if path == nil { print("not tried: \(name) is not installed (package \(package))") }
    return path
  }

  /// A folder of its own that goes when the test does.
  final class Folder {
    let path: String
    init() throws {
      let url = FileManager.default.temporaryDirectory
        .appending(path: "stages-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws -> String {
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
      return "\(path)/\(name)"
    }
  }

  /// The rendered files of a case whose path ends so, of one role or of all.
  static func files(_ name: String, of role: String? = nil, ending: String) throws -> [String] {
    try RenderingTests.tasks(name).compactMap { task in
      guard case .file(let file) = task.kind, file.path.hasSuffix(ending),
        role == nil || task.id.application.role == role
      else { return nil }
      return file.text
    }
  }

  @Test(arguments: ["mesh", "hub"]) func haproxyTakesItsConfiguration(_ name: String) async throws {
    guard let haproxy = Self.program("haproxy", package: "haproxy") else { return }
    let folder = try Folder()
    let configuration = try #require(try Self.files(name, ending: "/haproxy.cfg").first)
    let file = try folder.write(configuration, to: "haproxy.cfg")
    let outcome = try await ChildProcess.run(haproxy, ["-c", "-f", file])
    #expect(outcome.status == 0, "\(outcome.everything)")
    #expect(!outcome.errors.contains("WARNING"), "\(outcome.everything)")
  }

  @Test(arguments: ["mesh", "hub", "nat"])
  func openVPNKnowsEveryOption(_ name: String) async throws {
    guard let openVPN = Self.program("openvpn", package: "openvpn") else { return }
    let folder = try Folder()
    for configuration in try Self.files(name, of: "vpn-tunnel", ending: ".conf") {
      let file = try folder.write(configuration, to: "tunnel.conf")
      // It reads the file, then says its version and does no more.
      let outcome = try await ChildProcess.run(openVPN, ["--config", file, "--version"])
      #expect(!outcome.everything.contains("Options error"), "\(outcome.everything)")
      #expect(outcome.output.hasPrefix("OpenVPN "), "\(outcome.everything)")
    }
    let wrong = try folder.write("no-such-option\n", to: "wrong.conf")
    let outcome = try await ChildProcess.run(openVPN, ["--config", wrong, "--version"])
    #expect(outcome.everything.contains("Options error"))
  }

  @Test func nftablesTakesTheClamp() async throws {
    guard let nft = Self.program("nft", package: "nftables") else { return }
    guard geteuid() == 0 else {
      print("not tried: nft -c asks the kernel, and only root may")
      return
    }
    let folder = try Folder()
    // The name of the testbed has a hyphen in this case.
    let file = try folder.write(
      try #require(try Self.files("hub", ending: "/clamp.nft").first), to: "clamp.nft")
    let outcome = try await ChildProcess.run(nft, ["-c", "-f", file])
    #expect(outcome.status == 0, "\(outcome.everything)")
  }

  @Test(arguments: ["mesh", "hub"]) func nftablesLetsPodsOut(_ name: String) async throws {
    let files = try Self.files(name, ending: "/pods.nft")
    #expect(!files.isEmpty)
    guard let nft = Self.program("nft", package: "nftables") else { return }
    guard geteuid() == 0 else {
      print("not tried: nft -c asks the kernel, and only root may")
      return
    }
    let folder = try Folder()
    let file = try folder.write(try #require(files.first), to: "pods.nft")
    let outcome = try await ChildProcess.run(nft, ["-c", "-f", file])
    #expect(outcome.status == 0, "\(outcome.everything)")
  }

  @Test func everyCommandIsShell() async throws {
    let folder = try Folder()
    var seen: Set<String> = []
    for task in try CaseFiles.cases.flatMap(RenderingTests.tasks) {
      guard case .command(let command) = task.kind else { continue }
      var texts = [command.run, command.undo].compactMap(\.self)
      if case .unless(let text) = command.guardian { texts.append(text) }
      for text in texts where seen.insert(text).inserted {
        _ = try folder.write(text, to: "\(seen.count).sh")
      }
    }
    #expect(!seen.isEmpty)
    let outcome = try await ChildProcess.run(
      "/bin/sh", ["-c", "for text in \(folder.path)/*.sh; do sh -n $text; done"])
    #expect(outcome.errors.isEmpty, "\(outcome.everything)")
  }

  @Test func theBridgeIsWhatThePluginsKnow() throws {
    let files = try Self.files("mesh", ending: "/10-planetbed.conflist")
    // Three masters and two workers.
    #expect(files.count == 5)
    var subnets: Set<String> = []
    for file in files {
      let list = try #require(
        JSONSerialization.jsonObject(with: Data(file.utf8)) as? [String: Any])
      #expect(list["cniVersion"] as? String == "0.4.0")
      let plugins = try #require(list["plugins"] as? [[String: Any]])
      #expect(plugins.compactMap { $0["type"] as? String } == ["bridge", "portmap"])
      #expect(plugins[0]["mtu"] as? Int == 1400)
      #expect(plugins[0]["isGateway"] as? Bool == true)
      #expect(plugins[0]["ipMasq"] as? Bool == false)
      let addresses = try #require(plugins[0]["ipam"] as? [String: Any])
      let ranges = try #require(addresses["ranges"] as? [[[String: String]]])
      let range = try #require(ranges.first?.first)
      let subnet = try #require(range["subnet"].flatMap { IPv4Prefix($0) })
      let gateway = try #require(range["gateway"].flatMap { IPv4Address($0) })
      #expect(gateway.bits == subnet.address.bits + 1)
      #expect(subnets.insert(subnet.description).inserted)
    }
  }

  /// The commands of the first router of the mesh, with a scratch folder in place of /etc/planetbed.
  private struct Commands {
    let folder: Folder
    private let tasks: [RoleTask]

    init() throws {
      folder = try Folder()
      tasks = try RenderingTests.tasks("mesh")
        .filter { $0.id.application.host == "vyos01" && $0.id.application.role == "vpn-router" }
      try FileManager.default.createDirectory(
        atPath: vpn, withIntermediateDirectories: true)
    }

    var vpn: String { "\(folder.path)/lab/vpn" }

    func command(_ name: String) throws -> CommandTask {
      let task = try #require(tasks.first { $0.name == name })
      guard case .command(let command) = task.kind else {
        throw POSIXError(.EINVAL)
      }
      return command
    }

    func run(_ text: String?) async throws -> ChildProcess.Outcome {
      // Only root owns the key on a router; here it is whoever runs the test.
      let text = try #require(text)
        .replacing("/etc/planetbed", with: folder.path)
        .replacing("'600 0'", with: "'600 \(geteuid())'")
      return try await ChildProcess.run("/bin/sh", ["-c", text])
    }

    func guardHolds(_ command: CommandTask) async throws -> Bool {
      guard case .unless(let text) = command.guardian else { throw POSIXError(.EINVAL) }
      return try await run(text).status == 0
    }
  }

  @Test func aRouterMakesItsKeyOnce() async throws {
    guard let openSSL = Self.program("openssl", package: "openssl") else { return }
    let commands = try Commands()
    let make = try commands.command("key and certificate")
    let tell = try commands.command("fingerprint")
    #expect(try await !commands.guardHolds(make))
    #expect(try await commands.run(tell.run).status != 0)
    // Half of an interrupted attempt is in nobody's way.
    try FileManager.default.createDirectory(
      atPath: "\(commands.vpn)/new", withIntermediateDirectories: false)

    let made = try await commands.run(make.run)
    #expect(made.status == 0, "\(made.everything)")
    #expect(try await commands.guardHolds(make))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: commands.vpn).sorted()
        == ["router.crt", "router.key"])
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(commands.vpn)/router.key")
    #expect(attributes[.posixPermissions] as? Int == 0o600)

    let certificate = try await ChildProcess.run(
      openSSL,
      ["x509", "-in", "\(commands.vpn)/router.crt", "-noout", "-text", "-fingerprint", "-sha256"])
    #expect(certificate.output.contains("ASN1 OID: prime256v1"))
    #expect(certificate.output.contains("Subject: CN = vyos01"))
    let told = try await commands.run(tell.run)
    let fingerprint = told.output.trimmingCharacters(in: .newlines)
    #expect(fingerprint.utf8.count == 95)
    #expect(certificate.output.contains("Fingerprint=\(fingerprint)\n"))
    #expect(!told.everything.contains("PRIVATE"))
    #expect(!made.everything.contains("PRIVATE"))

    // Backdated: valid for a router whose clock is a day behind.
    let start = try await ChildProcess.run(
      openSSL, ["x509", "-in", "\(commands.vpn)/router.crt", "-noout", "-startdate"])
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "MMM d HH:mm:ss yyyy 'GMT'"
    let text = start.output.trimmingCharacters(in: .newlines)
      .replacing("notBefore=", with: "").replacing("  ", with: " ")
    let date = try #require(formatter.date(from: text))
    #expect(date.timeIntervalSinceNow < -47 * 3600)

    // A lost key is made anew, with its certificate; until then there is no fingerprint.
    try FileManager.default.removeItem(atPath: "\(commands.vpn)/router.key")
    #expect(try await !commands.guardHolds(make))
    #expect(try await commands.run(tell.run).status != 0)
    let again = try await commands.run(make.run)
    #expect(again.status == 0, "\(again.everything)")
    #expect(try await commands.run(tell.run).output != told.output)

    // And all of it goes, more than once.
    for _ in 0..<2 { _ = try await commands.run(make.undo) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: commands.vpn).isEmpty)
  }

  @Test func aMissingTunDeviceIsExplained() async throws {
    let commands = try Commands()
    let outcome = try await commands.run(try commands.command("tun device").run)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("There is no /dev/net/tun: the kernel has no tun driver"))
  }
}
