import Diagnostics
import TOMLReading

/// Reads a command line as GNU programs do: `--name value`, `--name=value`, `-v`, `-vv`, `-ojson`,
/// options anywhere among the words, and `--` before words that are none of our options.
package struct ArgumentParser: Sendable {
  /// The program and its verbs.
  package let program: CommandDeclaration
  /// Options that every command has.
  package let common: [OptionDeclaration]

  /// A parser for a program.
  package init(program: CommandDeclaration, common: [OptionDeclaration]) {
    self.program = program
    self.common = common
  }

  /// `--help`, which every command has.
  package static let help = OptionDeclaration("help", letter: "h", "Show help and exit.")

  /// Reads the words that follow the program's name.
  /// - Throws: `Problem` of wrong usage, with the command's usage line.
  package func parse(_ arguments: [String]) throws(Problem) -> ParsedArguments {
    var reading = Reading(parser: self, arguments: arguments)
    return try reading.run()
  }

  /// The options of a command, the common ones included.
  package func options(of command: CommandDeclaration) -> [OptionDeclaration] {
    command.options + common + [Self.help]
  }

  /// The state of reading one command line.
  private struct Reading {
    let parser: ArgumentParser
    var arguments: ArraySlice<String>
    var command: CommandDeclaration
    var parsed = ParsedArguments()
    var words: [String] = []

    init(parser: ArgumentParser, arguments: [String]) {
      self.parser = parser
      self.arguments = arguments[...]
      self.command = parser.program
    }

    mutating func run() throws(Problem) -> ParsedArguments {
      while let argument = arguments.popFirst() {
        if argument == "--" {
          words += arguments
          arguments = []
        } else if argument.hasPrefix("--") {
          try readLong(argument)
        } else if argument.hasPrefix("-"), argument.count > 1 {
          try readLetters(argument)
        } else if command.verbs.isEmpty {
          words.append(argument)
        } else {
          try descend(argument)
        }
        // Whoever asks for help gets it, whatever else is wrong with the line.
        if parsed.asksForHelp { break }
      }
      if !parsed.asksForHelp { try assignWords() }
      return parsed
    }

    private mutating func descend(_ name: String) throws(Problem) {
      guard let verb = command.verb(name) else {
        let suggestion = Suggestion.closest(to: name, among: command.verbs.map(\.name))
        throw wrong(
          "unknown command '\(spelled(name))'",
          suggestion.map { "did you mean '\($0)'?" }
            ?? "the commands are: \(command.verbs.map(\.name).joined(separator: ", "))")
      }
      command = verb
      parsed.path.append(name)
    }

    private mutating func readLong(_ argument: String) throws(Problem) {
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let options = parser.options(of: command)
      guard let option = options.first(where: { $0.name == name }) else {
        let suggestion = Suggestion.closest(to: name, among: options.map(\.name))
        throw wrong(
          "unknown option '--\(spelled(name))'",
          suggestion.map { "did you mean '--\($0)'?" } ?? commandHint)
      }
      try enter(option, as: "--\(name)", attached: parts.count > 1 ? String(parts[1]) : nil)
    }

    private mutating func readLetters(_ argument: String) throws(Problem) {
      var letters = argument.dropFirst()
      while let letter = letters.popFirst() {
        guard let option = parser.options(of: command).first(where: { $0.letter == letter }) else {
          throw wrong("unknown option '-\(spelled(String(letter)))'", commandHint)
        }
        if option.value != nil, !letters.isEmpty {
          try enter(option, as: "-\(letter)", attached: String(letters))
          return
        }
        try enter(option, as: "-\(letter)", attached: nil)
      }
    }

    private mutating func enter(
      _ option: OptionDeclaration, as name: String, attached: String?
    ) throws(Problem) {
      guard let declared = option.value else {
        if attached != nil { throw wrong("option '\(name)' takes no value") }
        if option == ArgumentParser.help { parsed.asksForHelp = true }
        parsed.enter(option)
        return
      }
      let value: String
      if let attached {
        value = attached
      } else if let assumed = declared.assumed {
        value = assumed
      } else if let next = arguments.first, !(next.hasPrefix("-") && next.count > 1) {
        value = next
        arguments.removeFirst()
      } else {
        throw wrong(
          "option '\(name)' needs a value: <\(declared.name)>",
          arguments.first.map { "a value that begins with '-' is given as \(name)=\(spelled($0))" }
            ?? "")
      }
      if !declared.choices.isEmpty, !declared.choices.contains(value) {
        throw wrong(
          "'\(spelled(value))' is no value for option '\(name)'",
          "it is one of: \(declared.choices.joined(separator: ", "))")
      }
      parsed.enter(option, value: value)
    }

    private mutating func assignWords() throws(Problem) {
      if !command.verbs.isEmpty {
        throw wrong(
          "a command is missing",
          "the commands are: \(command.verbs.map(\.name).joined(separator: ", "))")
      }
      var left = words[...]
      for parameter in command.parameters {
        switch parameter.arity {
        case .one:
          guard let word = left.popFirst() else { throw missing(parameter) }
          parsed.enter(parameter, words: [word])
        case .rest, .optionalRest:
          if left.isEmpty, parameter.arity == .rest { throw missing(parameter) }
          parsed.enter(parameter, words: Array(left))
          left = []
        }
      }
      if let extra = left.first {
        throw wrong("unexpected argument '\(spelled(extra))'")
      }
    }

    private func missing(_ parameter: ParameterDeclaration) -> Problem {
      wrong("missing argument <\(parameter.name)>", parameter.summary)
    }

    /// What to try when an option is unknown that may belong to the command to be run elsewhere.
    private var commandHint: String {
      command.parameters.contains { $0.arity != .one }
        ? "a command with options of its own goes after '--'" : ""
    }

    /// A word of the user's, cut so that an error stays readable.
    private func spelled(_ word: String) -> String {
      word.count > 60 ? "\(word.prefix(59))…" : word
    }

    private func wrong(_ summary: String, _ detail: String = "") -> Problem {
      let names = ([parser.program.name] + parsed.path).joined(separator: " ")
      let lines = [
        detail,
        "  Usage: \(HelpText.usage(of: command, names: names))",
        "  See '\(names) --help'.",
      ]
      return Problem(
        summary, detail: lines.filter { !$0.isEmpty }.joined(separator: "\n"), exitStatus: .usage)
    }
  }
}
