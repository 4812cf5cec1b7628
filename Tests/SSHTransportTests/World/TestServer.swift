import Foundation
import Transport

/// A real sshd on a port of loopback, with its own configuration, keys and log.
struct TestServer: Sendable {
  let process: ChildProcess
  let port: Int
  /// Its host key's pair.
  let hostKey: String

  /// All that it logged, once it and all its children have ended.
  func end() async -> [String] { await process.end() }

  func count(_ text: String, in log: [String]) -> Int {
    log.filter { $0.contains(text) }.count
  }
}

extension World {
  /// Starts an sshd that accepts the key `authorized`. Its host key is put into known_hosts unless
  /// the test wants to see what happens without.
  func server(
    _ name: String, authorized: [String], hostKeyType: String = "ed25519",
    isKnown: Bool = true, settings: String = ""
  ) async throws -> TestServer {
    let hostKey =
      FileManager.default.fileExists(atPath: path("\(name)-host"))
      ? path("\(name)-host") : try await key("\(name)-host", type: hostKeyType)
    try write(
      authorized.map { try publicKey($0) + "\n" }.joined(), to: "\(name)-authorized")
    // sshd gives up its rights in this folder.
    mkdir("/run/sshd", 0o755)
    // Ports below those that the kernel gives to clients; another server may be quicker.
    for _ in 0..<50 {
      let port = Int.random(in: 20000..<32000)
      try write(
        """
        \(settings)
        ListenAddress 127.0.0.1
        Port \(port)
        HostKey \(hostKey)
        PidFile none
        AuthorizedKeysFile \(path("\(name)-authorized"))
        StrictModes no
        UsePAM no
        PermitRootLogin yes
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        MaxStartups 1000
        LoginGraceTime 300
        PrintMotd no
        LogLevel VERBOSE

        """, to: "\(name)-config")
      let process = try ChildProcess(["/usr/sbin/sshd", "-D", "-e", "-f", path("\(name)-config")])
      do {
        try await process.wait(forLine: "Server listening on")
      } catch {
        guard await process.end().contains(where: { $0.contains("Address already in use") }) else {
          throw error
        }
        continue
      }
      atEnd { await process.end() }
      if isKnown { try know("[127.0.0.1]:\(port)", publicKey(hostKey)) }
      return TestServer(process: process, port: port, hostKey: hostKey)
    }
    throw ChildProcess.Failed(description: "no free port")
  }

  /// Adds a line to the user's known_hosts.
  func know(_ name: String, _ key: String) throws {
    mkdir(path(".ssh"), 0o700)
    let file = path(".ssh/known_hosts")
    let before = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    try write(before + "\(name) \(key)\n", to: file, mode: 0o600)
  }

  /// A machine that is served by a server.
  func machine(
    _ name: String, _ server: TestServer, key: String? = nil, jump: String? = nil,
    user: String = "root", become: LoginDetails.Become = .none, hostKey: String? = nil,
    allowsPassword: Bool = false
  ) -> LoginDetails {
    LoginDetails(
      machine: name, address: "127.0.0.1", port: server.port, user: user,
      identityFiles: key.map { [$0] } ?? [], jump: jump, become: become, hostKey: hostKey,
      allowsPassword: allowsPassword)
  }
}
