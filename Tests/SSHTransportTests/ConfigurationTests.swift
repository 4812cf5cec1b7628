import Diagnostics
import Foundation
import Testing
import Transport

@testable import SSHTransport

@Suite struct ConfigurationTests {
  /// Reads files of a folder that is `~/.ssh`, the first being `config`.
  private func read(
    _ files: [String: String], _ body: (OpenSSHConfiguration) throws -> Void
  ) throws {
    let home = FileManager.default.temporaryDirectory
      .appendingPathComponent("planetbed-config-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: "\(home)/.ssh/conf.d", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    for (name, text) in files {
      try text.write(toFile: "\(home)/.ssh/\(name)", atomically: false, encoding: .utf8)
    }
    let options = SSHOptions(environment: ["HOME": home, "USER": "me"])
    try body(try OpenSSHConfiguration.ofUser(options: options))
  }

  private func problem(_ files: [String: String], host: String = "h") -> String {
    do {
      try read(files) { _ = try $0.settings(for: host, user: nil, port: nil) }
      return "no problem"
    } catch let problem as Problem {
      let position = problem.diagnostics[0].position
      let file = position.map { ($0.file as NSString).lastPathComponent } ?? ""
      return "\(file):\(position?.line ?? 0): \(problem.description)"
    } catch {
      return "\(error)"
    }
  }

  @Test func theFirstValueWins() throws {
    let text = """
      # a comment
      User first

      Host web* !web9
        User=web
        Port = 2222
        IdentityFile ~/.ssh/web_%h_%r_%p_%u_%%
      Host *
        HostName %h.example.org
        Port 22
        IdentityFile "%d/with space"
        IdentitiesOnly yes
        SendEnv LANG LC_*
      """
    try read(["config": text]) { configuration in
      let one = try configuration.settings(for: "web1", user: nil, port: nil)
      #expect(one.user == "first")
      #expect(one.port == 2222)
      #expect(one.hostName == "web1.example.org")
      #expect(one.identitiesOnly == true)
      #expect(one.identityFiles.count == 2)
      #expect(one.identityFiles[0].hasSuffix("/.ssh/web_web1.example.org_first_2222_me_%"))
      #expect(one.identityFiles[1].hasSuffix("/with space"))
      let nine = try configuration.settings(for: "web9", user: nil, port: nil)
      #expect(nine.port == 22)
      #expect(nine.identityFiles.count == 1)
    }
  }

  @Test func includesStandUnderTheirHost() throws {
    let files = [
      "config":
        "Host a\n  Include conf.d/*.conf missing\nMatch exec true\n  Port 9\nHost b\n  User z",
      "conf.d/1.conf": "User one\nHost b\n  User wrong\n",
      "conf.d/2.conf": "Port 7\n",
    ]
    try read(files) { configuration in
      let a = try configuration.settings(for: "a", user: nil, port: nil)
      #expect(a.user == "one")
      #expect(a.port == 7)
      let b = try configuration.settings(for: "b", user: nil, port: nil)
      #expect(b.user == "z")
      #expect(b.port == nil)
    }
  }

  @Test func matchAllMatches() throws {
    try read(["config": "Host x\nMatch all\n  User everyone\n"]) { configuration in
      let settings = try configuration.settings(for: "y", user: nil, port: nil)
      #expect(settings.user == "everyone")
    }
  }

  @Test func readsJumpsAndKnownHosts() throws {
    let text = """
      Host none
        ProxyJump none
        UserKnownHostsFile none
      Host *
        ProxyJump a@one:22,two
        UserKnownHostsFile ~/a ~/b
        StrictHostKeyChecking no
      """
    try read(["config": text]) { configuration in
      let some = try configuration.settings(for: "some", user: nil, port: nil)
      #expect(some.proxyJump == ["a@one:22", "two"])
      #expect(some.userKnownHostsFiles?.count == 2)
      #expect(some.strictHostKeyChecking == .acceptNew)
      let none = try configuration.settings(for: "none", user: nil, port: nil)
      #expect(none.proxyJump == [])
      #expect(none.userKnownHostsFiles == [])
    }
  }

  @Test func aMissingFileSaysNothing() throws {
    try read([:]) { configuration in
      #expect(configuration.settings.isEmpty)
    }
  }

  @Test(arguments: [
    ("Port many", "config:1: port: `many` is no port: ports go from 1 to 65535"),
    ("\nIdentitiesOnly maybe", "config:2: identitiesonly: `maybe` is neither yes nor no"),
    ("StrictHostKeyChecking perhaps", "config:1: stricthostkeychecking: `perhaps` is not known"),
    ("HostName %x", "config:1: hostname: `%x` is not known here: write one of %h and %%"),
    ("HostName a%", "config:1: hostname: `%` is not known here"),
    ("User", "config:1: user without a value: see ssh_config(5)"),
    ("User \"me", "config:1: a quote is not closed"),
    ("Include config", "config:1: Include comes back to"),
  ])
  func saysWhatIsWrongAndWhere(text: String, expected: String) {
    let said = problem(["config": text])
    #expect(said.hasPrefix(expected), "\(said)")
  }

  @Test func includesEnd() {
    var files = ["config": "Include deep1"]
    for depth in 1...20 { files["deep\(depth)"] = "Include deep\(depth + 1)" }
    #expect(problem(files).contains("Include goes deeper than 16 files"))

    // Each of ten files includes all of the next ten: far more readings than files.
    var many = ["config": "Include a?"]
    for (index, letter) in "abcd".enumerated() {
      let next = ["b", "c", "d", "none"][index]
      for digit in 0..<10 { many["\(letter)\(digit)"] = "Include \(next)?" }
    }
    #expect(problem(many).contains("Include reads more than 256 files"))
    #expect(problem(["config": "Include conf.d\n"]).contains("Is a directory"))
  }

  @Test func textThatIsNoTextIsSaid() throws {
    let options = SSHOptions(environment: ["HOME": "/nowhere"])
    var reader = ConfigurationReader(home: "/nowhere")
    #expect(throws: Problem.self) { try reader.read([0x55, 0xFF, 0xFE], path: "x") }
    #expect(throws: Problem.self) { try OpenSSHConfiguration(file: "/tmp", options: options) }
  }

  @Test(
    arguments: [
      ("host", nil, "host", nil), ("u@host:22", "u", "host", 22),
      ("ssh://u@host:22", "u", "host", 22),
      ("fe80::1", nil, "fe80::1", nil), ("u@[fe80::1]:22", "u", "fe80::1", 22),
    ] as [(String, String?, String, Int?)])
  func readsAJumpHost(text: String, user: String?, host: String, port: Int?) throws {
    let login = try SSHConnector.jumpDetails(text)
    #expect(login.user == user)
    #expect(login.address == host)
    #expect(login.port == port)
  }

  @Test(arguments: ["", "@host", "host:port", "u@"])
  func refusesAJumpHostThatIsNone(text: String) {
    #expect(throws: Problem.self) { try SSHConnector.jumpDetails(text) }
  }
}
