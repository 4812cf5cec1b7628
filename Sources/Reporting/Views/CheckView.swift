import Diagnostics
import Inventories

/// `planetbed check`: what an inventory says, and what is wrong with it.
package struct CheckView: ResultView {
  private let file: String
  private let inventory: Inventory?
  private let diagnostics: [Diagnostic]

  /// What was found; `inventory` is nil when it is too wrong to be read.
  package init(file: String, inventory: Inventory?, diagnostics: [Diagnostic]) {
    self.file = file
    self.inventory = inventory
    self.diagnostics = diagnostics
  }

  package var verb: String { "check" }

  /// The number of tunnels that the inventory asks for.
  private var tunnels: Int? {
    guard let inventory else { return nil }
    let sites = inventory.sites.count
    return switch inventory.testbed.topology {
    case .mesh: sites * max(0, sites - 1) / 2
    case .hub: max(0, sites - 1)
    }
  }

  private func count(_ severity: Diagnostic.Severity) -> Int {
    diagnostics.filter { $0.severity == severity }.count
  }

  package func text(_ layout: TextLayout) -> String {
    let errors = count(.error)
    let warnings = count(.warning)
    let verdict =
      errors > 0
      ? layout.style(Counted.text(errors, "error"), .error)
      : layout.style("correct", .good)
    let asides = warnings > 0 ? ", \(Counted.text(warnings, "warning"))" : ""
    var text = "\(VisibleText.line(file)): \(verdict)\(asides)\n"
    if let inventory, let tunnels, errors == 0 {
      text +=
        "  testbed \(inventory.testbed.name): \(Counted.text(inventory.sites.count, "site")), "
        + "\(Counted.text(inventory.hosts.count, "host")), \(Counted.text(tunnels, "tunnel"))\n"
    }
    return text
  }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("testbed", .optional(inventory?.testbed.name)),
      JSONValue.Member("sites", .optional(inventory?.sites.count)),
      JSONValue.Member("hosts", .optional(inventory?.hosts.count)),
      JSONValue.Member("tunnels", .optional(tunnels)),
      JSONValue.Member("diagnostics", .array(diagnostics.map(\.json))),
    ]
  }
}
