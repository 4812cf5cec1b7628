import Transport

/// Keeps a connection to each machine that it connected to, so that whoever comes later shares it and need
/// not log in again. One that broke in the meantime is made anew for the next who asks.
actor HoldingConnector: Connector {
  private let connector: any Connector
  private var held: [String: any Connection] = [:]

  /// Holds what this connector makes, of which connections to one machine are shared.
  init(_ connector: any Connector) { self.connector = connector }

  func connect(to machine: String) async throws -> any Connection {
    let connection = try await connector.connect(to: machine)
    // While this one is in use, a second is the same, without a login. Where it breaks at this moment
    // nothing is held, and its user finds out.
    if let second = try? await connector.connect(to: machine) {
      let before = held.updateValue(second, forKey: machine)
      await before?.close()
    }
    return connection
  }

  func close() async {
    held = [:]
    await connector.close()
  }
}
