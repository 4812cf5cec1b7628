import Diagnostics
import Reporting

/// `planetbed status`
enum StatusVerb: Verb {
  static let watch = OptionDeclaration(
    "watch", letter: "w", "Look again and again, until Ctrl-C; on a terminal in the same place.")
  static let interval = OptionDeclaration(
    "interval", value: .init("time", standard: "2s"), "How long --watch waits after each look.")

  static let declaration = CommandDeclaration(
    "status", "Measure the tunnels, who reaches whom, how the cluster is, and the delays.",
    discussion: """
      Every host pings every other, and the routers each other through the tunnels, all at once; \
      the masters tell of the nodes, the control plane, etcd and their certificates. Where delays are \
      asked, by [[latency]] or by 'latency set' and 'latency run', they are measured from both ends of \
      every path. Exit status 3 when a tunnel is down, a host is not reached, a node is missing or not \
      ready, a part of the control plane is not healthy, or a delay is not as asked.
      """,
    parameters: [CommonParameters.inventory], options: [watch, interval] + ConnectionOptions.all,
    examples: [
      "planetbed status inventory/lab.toml",
      "planetbed status inventory/lab.toml --watch --interval 10s",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    if invocation.arguments.has(watch) {
      let watch = try StatusWatch(
        setup, every: invocation.arguments.value(interval) ?? "", invocation)
      try await invocation.stoppable { try await watch.run() }
    }
    let status = try await TestbedStatus.measure(setup, invocation)
    invocation.report(status)
    invocation.tell(status.remarks)
    return status.isWell ? .success : .gate
  }
}
