import Diagnostics
import Inventories
import Lab
import Reporting

/// What the lab's verbs have in common.
struct LabSetup: Sendable {
  let lab: Lab
  private let invocation: Invocation

  /// Reads the inventory that the command line names.
  init(_ invocation: Invocation) throws(Problem) {
    let (inventory, warnings) = try InventoryReader.read(
      file: invocation.arguments.word(CommonParameters.inventory))
    if !invocation.isQuiet { invocation.tell(warnings) }
    lab = try Lab(inventory: inventory)
    self.invocation = invocation
  }

  /// Shows what happens to the lab.
  func show(_ event: LabEvent) {
    if invocation.format == .jsonLines {
      let line: JSONValue = ["event": "lab", "text": .string(event.text)]
      invocation.console.output.write(line.compact + "\n")
    } else {
      invocation.remark(event.text)
    }
  }

  /// What is shown of a lab's machines.
  func view(of status: LabStatus, seconds: Double? = nil) -> LabView {
    LabView(
      verb: invocation.verbName, lab: status.lab,
      machines: status.machines.map {
        LabView.Machine(
          name: $0.name, site: $0.site, kind: $0.kind, address: $0.address,
          isRunning: $0.running, answers: $0.sshAnswers)
      }, kubernetes: status.kubernetes, seconds: seconds)
  }
}
