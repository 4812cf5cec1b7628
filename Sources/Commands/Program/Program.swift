import Diagnostics
import Inventories
import Planning
import Reporting

/// The program, from a command line to an exit status.
package struct Program: Sendable {
  private let surroundings: Surroundings

  /// The program in its surroundings; whether there are colours is decided by `--color` and them.
  package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

  /// What a command line comes to before anything is done for it.
  package enum Reading: Sendable {
    /// There is nothing more to do: help was shown, or usage was wrong and told.
    case done(ExitStatus)
    /// A verb is to be run.
    case ready(Ready)
  }

  /// A verb that is to be run.
  package struct Ready: Sendable {
    /// The inventory of a lab whose network the process must be in before it has a second thread;
    /// nil when it need not be in any.
    package func labInventory() throws(Problem) -> Inventory? {
      guard let parameter = verb.inventoryOfMachines, verb.connects(invocation.arguments) else {
        return nil
      }
      // What is wrong with the command line is told before what is wrong with the lab.
      _ = try RunScope.parse(invocation.arguments.values(CommonParameters.limit))
      let inventory = try InventoryReader.read(file: invocation.arguments.word(parameter)).inventory
      return inventory.lab == nil ? nil : inventory
    }

    let verb: any Verb.Type
    let invocation: Invocation
  }

  /// Reads the words after the program's name; shows help, and tells what is wrong with them.
  package func read(_ arguments: [String]) -> Reading {
    let parser = Planetbed.parser
    do {
      let parsed = try parser.parse(Self.conventional(arguments))
      let invocation = self.invocation(parsed)
      if parsed.asksForHelp {
        let help = HelpText(
          parser: parser, path: parsed.path, layout: invocation.console.output.layout)
        invocation.console.output.write(help.text)
        return .done(.success)
      }
      guard let verb = Planetbed.verb(at: parsed.path) else {
        preconditionFailure("the parser knows a verb that the table does not: \(parsed.path)")
      }
      return .ready(Ready(verb: verb, invocation: invocation))
    } catch {
      // The line could not be read, so neither could what it says of the output's format.
      invocation(ParsedArguments()).report(error)
      return .done(error.exitStatus)
    }
  }

  /// Tells why what was read cannot be begun.
  package func refuse(_ ready: Ready, _ problem: Problem) -> ExitStatus {
    ready.invocation.report(problem)
    return problem.exitStatus
  }

  /// Does what was read, and tells why when it cannot be done.
  package func run(_ ready: Ready) async -> ExitStatus {
    do {
      return try await ready.verb.run(ready.invocation)
    } catch let problem as Problem {
      ready.invocation.report(problem)
      return problem.exitStatus
    } catch is CancellationError {
      return .interrupted
    } catch {
      let problem = Problem("\(error)", exitStatus: .failure)
      ready.invocation.report(problem)
      return problem.exitStatus
    }
  }

  /// Reads a command line and does what it says.
  package func run(_ arguments: [String]) async -> ExitStatus {
    switch read(arguments) {
    case .done(let status): status
    case .ready(let ready): await run(ready)
    }
  }

  /// What people type out of habit, in our own words: `help plan`, `--version`, nothing at all, and
  /// `history inventory.toml` for its list.
  private static func conventional(_ arguments: [String]) -> [String] {
    if arguments.isEmpty { return ["--help"] }
    if arguments.first == "help" { return arguments.dropFirst() + ["--help"] }
    if arguments.first == "--version" { return ["version"] + arguments.dropFirst() }
    if arguments.first == "history", arguments.count > 1,
      let history = Planetbed.program.verb("history")
    {
      let next = arguments[1]
      if history.verb(next) == nil, !["--help", "-h"].contains(next) {
        return ["history", "list"] + arguments.dropFirst()
      }
    }
    return arguments
  }

  private func invocation(_ parsed: ParsedArguments) -> Invocation {
    var surroundings = surroundings
    let choice = parsed.value(CommonOptions.color) ?? "auto"
    surroundings.console.output = decided(surroundings.console.output, color: choice)
    surroundings.console.errors = decided(surroundings.console.errors, color: choice)
    return Invocation(arguments: parsed, surroundings: surroundings)
  }

  private func decided(_ stream: Console.Stream, color: String) -> Console.Stream {
    let environment = surroundings.environment
    let refused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    var stream = stream
    stream.layout.style.usesColor =
      color == "always" || (color == "auto" && stream.isTerminal && !refused)
    return stream
  }
}
