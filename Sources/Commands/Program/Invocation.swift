import Diagnostics
import Reporting

/// One use of the program: what was asked for, and all that a verb may touch of its surroundings.
package struct Invocation: Sendable {
  /// What results are written as.
  package enum OutputFormat: String, Sendable {
    /// For people.
    case text
    /// One object.
    case json
    /// A line for each event, and one for the result.
    case jsonLines = "jsonl"
  }

  /// The command line.
  package let arguments: ParsedArguments
  /// All of the world that the verb may touch.
  package let surroundings: Surroundings

  /// One use of the program.
  package init(arguments: ParsedArguments, surroundings: Surroundings) {
    self.arguments = arguments
    self.surroundings = surroundings
  }

  /// Where text goes.
  package var console: Console { surroundings.console }

  /// What results are written as.
  package var format: OutputFormat {
    arguments.value(CommonOptions.output).flatMap(OutputFormat.init) ?? .text
  }

  /// Whether nothing but results and errors is to be said.
  package var isQuiet: Bool { arguments.has(CommonOptions.quiet) }

  /// How much more is to be said: the number of `-v`.
  package var verbosity: Int { arguments.count(CommonOptions.verbose) }

  /// The verb's name in results: `apply`, `lab-up`.
  package var verbName: String { arguments.path.joined(separator: "-") }

  /// Writes the result to standard output, in the format that was asked for.
  package func report(_ view: some ResultView) {
    switch format {
    case .text: console.output.write(view.text(console.output.layout))
    case .json: console.output.write(view.json.pretty + "\n")
    case .jsonLines: console.output.write(view.json.compact + "\n")
    }
  }

  /// Writes diagnostics to standard error.
  package func tell(_ diagnostics: [Diagnostic]) {
    if diagnostics.isEmpty { return }
    console.errors.write(DiagnosticText(console.errors.layout).text(of: diagnostics))
  }

  /// Writes a remark for people to standard error, unless they asked for quiet.
  package func remark(_ text: String) {
    if !isQuiet { console.errors.write(text + "\n") }
  }

  /// Tells why a verb could not do its work: to people, and to programs in the result's place.
  package func report(_ problem: Problem) {
    tell(problem.diagnostics)
    if format != .text { report(ProblemView(verb: verbName, problem: problem)) }
  }
}
