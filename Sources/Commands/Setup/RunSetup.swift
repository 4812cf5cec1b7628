import Diagnostics
import Execution
import Inventories
import Lab
import Planning
import Reporting
import Roles
import Stages
import TOMLReading
import Transport

/// The one place where a run is wired: from an inventory's path to what reaches its machines.
struct RunSetup: Sendable {
  /// The testbed.
  let inventory: Inventory
  private let invocation: Invocation

  /// Reads the inventory that the command line names, and tells its warnings.
  init(_ invocation: Invocation) throws(Problem) {
    let (inventory, warnings) = try InventoryReader.read(
      file: invocation.arguments.word(CommonParameters.inventory))
    if !invocation.isQuiet { invocation.tell(warnings) }
    self.inventory = inventory
    self.invocation = invocation
  }

  /// The roles and templates.
  func library() throws(Problem) -> RoleLibrary {
    let folders = try ShareFolders.find(
      invocation.arguments, environment: invocation.surroundings.environment)
    return try RoleLibrary.load(roles: folders.roles, templates: folders.templates)
  }

  /// What the run is limited to.
  func scope() throws(Problem) -> RunScope {
    try RunScope.parse(invocation.arguments.values(CommonParameters.limit))
  }

  /// What the user allows the run to do.
  func policy() throws(Problem) -> RunPolicy {
    let arguments = invocation.arguments
    var policy = RunPolicy(prunes: arguments.has(PolicyOptions.prune))
    if let text = arguments.value(PolicyOptions.batch) {
      guard let size = Int(text), (1...1000).contains(size) else {
        throw Problem(
          "'\(text)' is no value for option '--batch'",
          detail: "It is a number of workers, from 1 to 1000.", exitStatus: .usage)
      }
      policy.batchSize = size
    }
    return policy
  }

  /// The machines in scope, for verbs that know no stages.
  func machinesInScope() throws(Problem) -> [Machine] {
    let scope = try scope()
    var mistakes: [Diagnostic] = []
    if let stage = scope.stages.min() {
      mistakes.append(
        Diagnostic(
          .error, "--limit stage=\(stage) limits nothing here",
          detail: "This verb works on whole machines: limit it with site=… or host=…."))
    }
    let machines = inventory.machines
    mistakes += Self.unknown(scope.sites, among: inventory.sites.map(\.name), "site")
    mistakes += Self.unknown(scope.hosts, among: machines.map(\.name), "host")
    if !mistakes.isEmpty { throw Problem(mistakes, exitStatus: .usage) }
    let chosen = machines.filter {
      (scope.sites.isEmpty || scope.sites.contains($0.site))
        && (scope.hosts.isEmpty || scope.hosts.contains($0.name))
    }
    if chosen.isEmpty {
      throw Problem(
        "no machine is within the limits", detail: "The hosts named are at other sites.",
        exitStatus: .usage)
    }
    return chosen
  }

  private static func unknown(
    _ names: Set<String>, among known: [String], _ kind: String
  ) -> [Diagnostic] {
    names.subtracting(known).sorted().map { name in
      let suggestion = Suggestion.closest(to: name, among: known)
      return Diagnostic(
        .error, "there is no \(kind) \(name)",
        detail: suggestion.map { "Did you mean \($0)?" } ?? "")
    }
  }

  /// What makes connections to the machines, and to others that the inventory does not name.
  func connector(
    pausing progress: RunProgress? = nil, alsoTo others: [Machine] = []
  ) throws -> any Connector {
    let surroundings = invocation.surroundings
    return try surroundings.connector(
      ConnectorRequest(
        machines: (inventory.machines + others).map(login),
        acceptsNewHostKeys: invocation.arguments.has(ConnectionOptions.acceptNewHostKeys),
        configurationFile: invocation.arguments.value(ConnectionOptions.sshConfig)
          ?? (inventory.lab == nil ? nil : "none"),
        environment: surroundings.environment,
        prompt: PausingPrompt(prompt: surroundings.terminal, progress: progress)))
  }

  /// How to log in to a machine. A lab has a key and host keys of its own, and what the user keeps
  /// for real machines is not asked.
  private func login(_ machine: Machine) -> LoginDetails {
    let ssh = machine.ssh
    var details = LoginDetails(
      machine: machine.name, address: ssh.address, port: ssh.port, user: ssh.user,
      identityFiles: ssh.identityFiles.map(expanded), jump: ssh.jump,
      become: ssh.sudo ? .sudo : .none, hostKey: ssh.hostKey, allowsPassword: ssh.allowsPassword)
    if let lab = inventory.lab {
      let access = LabAccess.login(lab: lab)
      details.user = ssh.user ?? "root"
      details.knownHostsFile = access.knownHostsFile
      if details.identityFiles.isEmpty { details.identityFiles = [access.identityFile] }
    }
    return details
  }

  private func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"),
      let home = invocation.surroundings.environment["HOME"]
    else { return path }
    return home + path.dropFirst()
  }

  /// What another operator is told who finds the testbed locked: `anna@laptop`.
  var operatorName: String {
    let environment = invocation.surroundings.environment
    let user = environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? "root"
    return "\(user)@\(HostName.current)"
  }

  /// Where runs of the testbed are recorded and locked.
  func stateFolder() throws(Problem) -> StateFolder {
    try StateFolder(inventory: inventory, environment: invocation.surroundings.environment)
  }

  /// How a run is shown, as the command line and the terminal have it.
  func progress(_ title: String, machines: [Machine]) -> RunProgress {
    let manner: RunProgress.Manner =
      switch invocation.format {
      case .jsonLines: .jsonLines
      case .text, .json:
        invocation.isQuiet
          ? .none : invocation.surroundings.console.errors.isTerminal ? .live : .plain
      }
    return RunProgress(
      title: title, machines: machines.map(\.name), manner: manner,
      console: invocation.surroundings.console, verbosity: invocation.verbosity,
      uptime: invocation.surroundings.clock.uptime)
  }
}

/// Takes the live lines away while a secret is asked for.
private struct PausingPrompt: SecretPrompt {
  let prompt: any SecretPrompt
  let progress: RunProgress?

  func secret(_ question: String) async throws -> String {
    progress?.pause()
    defer { progress?.resume() }
    return try await prompt.secret(question)
  }
}
