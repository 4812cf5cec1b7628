import Diagnostics
import Glibc
import SSHTransport
import Transport

/// Reaches machines over SSH.
enum SSHConnectors {
  /// A connector as it is asked for.
  static func make(_ request: ConnectorRequest) throws -> any Connector {
    let options = SSHOptions(
      environment: request.environment, acceptNewHostKeys: request.acceptsNewHostKeys)
    return SSHConnector(
      machines: request.machines, configuration: try configuration(request, options),
      options: options, prompt: request.prompt)
  }

  private static func configuration(
    _ request: ConnectorRequest, _ options: SSHOptions
  ) throws -> OpenSSHConfiguration {
    switch request.configurationFile {
    case nil: return try .ofUser(options: options)
    case "none": return OpenSSHConfiguration(options: options)
    case .some(let file):
      // ssh passes over a missing file of its own, but not one that it was told to read.
      guard access(file, R_OK) == 0 else {
        throw Problem(
          "cannot read \(file), which --ssh-config names", detail: String(cString: strerror(errno)),
          exitStatus: .usage)
      }
      return try OpenSSHConfiguration(file: file, options: options)
    }
  }
}
