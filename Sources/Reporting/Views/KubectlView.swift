import Execution
import ShellPrograms

/// `planetbed kubectl`: how it ended, and what it wrote where that was not shown as it came.
package struct KubectlView: ResultView {
  private let result: KubectlResult
  private let written: ExecView.Written

  /// How it ended, and what it wrote.
  package init(result: KubectlResult, written: ExecView.Written) {
    self.result = result
    self.written = written
  }

  package var verb: String { "kubectl" }

  package func text(_ layout: TextLayout) -> String { "" }

  package var members: [JSONValue.Member] {
    var exitStatus: Int?
    var signal: String?
    switch result.ending {
    case .exited(let status): exitStatus = Int(status)
    case .signalled(let name): signal = name
    }
    return [
      JSONValue.Member("host", .string(result.master)),
      JSONValue.Member("exitStatus", .optional(exitStatus)),
      JSONValue.Member("signal", .optional(signal)),
      JSONValue.Member("output", .string(written.output)),
      JSONValue.Member("errors", .string(written.errors)),
    ]
  }
}
