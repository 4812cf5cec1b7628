import Diagnostics
import Execution
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

  /// Does something to the lab, during which a request to stop is passed on rather than ending the
  /// program, and shows what happens.
  func showing<Result: Sendable>(
    _ work: @escaping @Sendable (@escaping @Sendable (LabEvent) -> Void) async throws -> Result
  ) async throws -> Result {
    let clock = invocation.surroundings.clock
    let progress = StepProgress(invocation.console.errors, uptime: clock.uptime)
    let interrupts = invocation.surroundings.interrupts
    let restorer = interrupts.remember { progress.end() }
    defer {
      progress.end()
      interrupts.forget(restorer)
    }
    // So that seconds are seen to pass while nothing happens.
    let ticking = Task {
      while !Task.isCancelled {
        do { try await clock.wait(.milliseconds(500)) } catch { return }
        progress.tick()
      }
    }
    defer { ticking.cancel() }
    return try await invocation.stoppable { try await work { show($0, progress) } }
  }

  private func show(_ event: LabEvent, _ progress: StepProgress) {
    if invocation.format == .jsonLines {
      let line: JSONValue = ["event": "lab", "text": .string(event.text)]
      invocation.console.output.write(line.compact + "\n")
    } else if !invocation.isQuiet {
      if case .kubernetesStep(let step) = event {
        progress.begin(
          event.text, usualSeconds: step.usualSeconds,
          line: "\(event.text) (usually about \(Counted.roundly(seconds: step.usualSeconds)))")
      } else {
        progress.tell(event.text)
      }
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
