import Diagnostics
import Execution
import ShellPrograms

/// `planetbed exec`: how a command ended on every machine. What it wrote was shown as it came.
package struct ExecView: ResultView {
  /// What a command wrote on one machine.
  package struct Written: Sendable, Hashable {
    /// Its standard output.
    package var output: String
    /// Its standard error.
    package var errors: String

    /// Nothing yet.
    package init(output: String = "", errors: String = "") {
      self.output = output
      self.errors = errors
    }
  }

  private let result: ExecResult
  private let written: [String: Written]

  /// How a command ended, and what it wrote by machine.
  package init(result: ExecResult, written: [String: Written]) {
    self.result = result
    self.written = written
  }

  package var verb: String { "exec" }

  /// A line of a machine's output as it is shown: `vyos01 | line`. `widest` is the width of the
  /// longest machine's name.
  package static func line(_ text: String, from host: String, widest: Int, _ layout: TextLayout)
    -> String
  {
    // A tab moves the cursor no further than the line, unlike all else that is made visible.
    let shown = text.split(separator: "\t", omittingEmptySubsequences: false)
      .map { VisibleText.line($0) }.joined(separator: "\t")
    return layout.style("\(TextWidth.padded(host, to: widest)) |", .faint) + " \(shown)\n"
  }

  package func text(_ layout: TextLayout) -> String { "" }

  /// What is to be said of the machines where it did not end well.
  package var diagnostics: [Diagnostic] {
    result.hosts.flatMap { host -> [Diagnostic] in
      if let problem = host.problem { return problem.diagnostics }
      return switch host.ending {
      case .exited(0), nil: []
      case .exited(let status):
        [Diagnostic(.error, "the command ended with exit status \(status)", host: host.name)]
      case .signalled(let signal):
        [Diagnostic(.error, "the command was ended by signal \(signal)", host: host.name)]
      }
    }
  }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("failed", .integer(result.failed)),
      JSONValue.Member("interrupted", .boolean(result.interrupted)),
      JSONValue.Member("hosts", .array(result.hosts.map(json))),
    ]
  }

  private func json(of host: ExecResult.HostResult) -> JSONValue {
    let said = written[host.name] ?? Written()
    var exitStatus: Int?
    var signal: String?
    switch host.ending {
    case .exited(let status): exitStatus = Int(status)
    case .signalled(let name): signal = name
    case nil: break
    }
    return [
      "name": .string(host.name), "site": .string(host.site),
      "exitStatus": .optional(exitStatus), "signal": .optional(signal),
      "output": .string(said.output), "errors": .string(said.errors),
      "connectSeconds": .measured(host.connectSeconds), "seconds": .measured(host.seconds),
      "error": .optional(host.problem?.description),
    ]
  }
}
