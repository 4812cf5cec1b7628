import Diagnostics
import Inventories
import ShellPrograms
import Transport

/// The administrator's access to a testbed's cluster, under the testbed's name. It holds a secret.
package struct Kubeconfig: Sendable {
  /// The master that told it.
  package var master: String
  /// The name of the context, the cluster and the user.
  package var name: String
  /// Where the API is, `https://192.168.10.253:6443`.
  package var server: String
  /// The host and the port of `server`.
  package var endpoint: (host: String, port: Int)

  private var authority: String
  private var certificate: String
  private var key: String

  /// What a file begins with that was written from such a value.
  package static func firstLine(of testbed: String) -> String {
    "# The administrator's access to the testbed \(testbed), by planetbed. It holds a secret."
  }

  /// The file.
  package var text: String {
    """
    \(Self.firstLine(of: name))
    apiVersion: v1
    kind: Config
    current-context: \(name)
    clusters:
    - name: \(name)
      cluster:
        server: \(server)
        certificate-authority-data: \(authority)
    contexts:
    - name: \(name)
      context:
        cluster: \(name)
        user: \(name)
    users:
    - name: \(name)
      user:
        client-certificate-data: \(certificate)
        client-key-data: \(key)

    """
  }

  private static let template = """
    {.clusters[0].cluster.server}{"\\n"}{.clusters[0].cluster.certificate-authority-data}{"\\n"}\
    {.users[0].user.client-certificate-data}{"\\n"}{.users[0].user.client-key-data}{"\\n"}
    """

  /// Asks the first master that answers. The connector is closed afterwards.
  package static func fetch(_ inventory: Inventory, _ connector: any Connector) async throws
    -> Kubeconfig
  {
    do {
      let program = program()
      let fetched = try await FirstMaster(inventory: inventory, connector: connector).run {
        master, connection in
        let result = try await connection.run(program)
        return try Kubeconfig(result, master: master.name, testbed: inventory.testbed.name)
      }
      await connector.close()
      return fetched
    } catch {
      await connector.close()
      throw error
    }
  }

  private static func program() -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: FrameFormat.randomBoundary()) + ShellLibrary.surroundings
        + AdministratorShell.kubectl + """
          if value=$(admin config view --raw --minify -o jsonpath=\
          \(ShellQuoting.quoted(template)) 2>"$folder/errors"); then
            frame access "$value"
          else
            frame failed "$(tail -c 600 "$folder/errors")"
          fi

          """, deadline: .seconds(60))
  }

  /// Reads what the program wrote; nil when the master has no cluster.
  init?(_ result: ProgramResult, master: String, testbed: String) throws(Problem) {
    func wrong(_ detail: String) -> Problem {
      Problem(
        "the administrator's kubeconfig cannot be read", detail: detail, host: master,
        exitStatus: .failure)
    }
    var decoder = FrameDecoder(payloadLimit: 1 << 20)
    let frame: Frame?
    do {
      frame = try decoder.consume(result.output).first
    } catch {
      throw wrong("What it answered is not what was asked: \(error.reason).")
    }
    switch frame?.words.first {
    case "absent": return nil
    case "access": break
    default:
      throw wrong(
        VisibleText.lastLines(of: frame?.payload ?? result.errors, count: 3)
          .joined(separator: "\n"))
    }
    // The payload is never shown: it has the key.
    let lines = (frame?.text ?? "").split(separator: "\n").map(String.init)
    guard lines.count == 4, let endpoint = Self.endpoint(lines[0]) else {
      throw wrong("\(AdministratorShell.configuration) is not as kubeadm writes it.")
    }
    for line in lines.dropFirst() where Base64.decode(line.utf8)?.isEmpty != false {
      throw wrong("\(AdministratorShell.configuration) has no certificates within.")
    }
    self.master = master
    name = testbed
    server = lines[0]
    self.endpoint = endpoint
    (authority, certificate, key) = (lines[1], lines[2], lines[3])
  }

  private static func endpoint(_ server: String) -> (host: String, port: Int)? {
    guard server.hasPrefix("https://"), server.utf8.count <= 300 else { return nil }
    let rest = server.dropFirst("https://".count)
    guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
      (1...65_535).contains(port)
    else { return nil }
    let host = rest[..<colon]
    let isName = host.utf8.allSatisfy {
      (97...122).contains($0) || (65...90).contains($0)
        || (45...58).contains($0)
          && $0 != UInt8(ascii: "/")
    }
    return isName && !host.isEmpty ? (String(host), port) : nil
  }
}
