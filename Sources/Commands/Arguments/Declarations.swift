/// An option of a command, by which its values are also asked for.
package struct OptionDeclaration: Sendable, Hashable {
  /// What an option's value is.
  package struct Value: Sendable, Hashable {
    /// What help calls it: `file`.
    package var name: String
    /// The only values that it may have; empty for any.
    package var choices: [String]
    /// What it is when the option is not given.
    package var standard: String?
    /// What it is when the option is given without one; it is then given as `--name=value` alone, so
    /// that the word after the option stays a word. Nil when it must be given.
    package var assumed: String?

    /// What an option's value is.
    package init(
      _ name: String, choices: [String] = [], standard: String? = nil, assumed: String? = nil
    ) {
      self.name = name
      self.choices = choices
      self.standard = standard
      self.assumed = assumed
    }
  }

  /// The long name, without `--`.
  package var name: String
  /// The one-letter name, without `-`.
  package var letter: Character?
  /// What its value is; nil for a flag.
  package var value: Value?
  /// Whether it may be given several times and each counts; else the last one does.
  package var repeats: Bool
  /// What it does.
  package var summary: String

  /// An option of a command.
  package init(
    _ name: String, letter: Character? = nil, value: Value? = nil, repeats: Bool = false,
    _ summary: String
  ) {
    self.name = name
    self.letter = letter
    self.value = value
    self.repeats = repeats
    self.summary = summary
  }
}

/// A word of a command line that stands for itself: an inventory, a host.
package struct ParameterDeclaration: Sendable, Hashable {
  /// How many words it takes.
  package enum Arity: Sendable, Hashable {
    /// One, which must be there.
    case one
    /// All that are left, at least one.
    case rest
    /// All that are left, which may be none.
    case optionalRest
  }

  /// What help calls it.
  package var name: String
  /// How many words it takes.
  package var arity: Arity
  /// What it is.
  package var summary: String

  /// A word of a command line.
  package init(_ name: String, arity: Arity = .one, _ summary: String) {
    self.name = name
    self.arity = arity
    self.summary = summary
  }
}

/// A command: the program itself, a verb, or a verb's verb (`lab up`).
package struct CommandDeclaration: Sendable, Hashable {
  /// Its name.
  package var name: String
  /// What it does, in one line.
  package var summary: String
  /// What more there is to say; paragraphs are parted by empty lines.
  package var discussion: String
  /// Its words, in order.
  package var parameters: [ParameterDeclaration]
  /// Its options, but for the common ones.
  package var options: [OptionDeclaration]
  /// Its verbs; a command with verbs has no words of its own.
  package var verbs: [CommandDeclaration]
  /// Command lines that show its use.
  package var examples: [String]

  /// A command.
  package init(
    _ name: String, _ summary: String, discussion: String = "",
    parameters: [ParameterDeclaration] = [], options: [OptionDeclaration] = [],
    verbs: [CommandDeclaration] = [], examples: [String] = []
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.parameters = parameters
    self.options = options
    self.verbs = verbs
    self.examples = examples
  }

  /// Its verb of that name.
  package func verb(_ name: String) -> CommandDeclaration? { verbs.first { $0.name == name } }

  /// The command to which a path of verbs leads.
  package func command(at path: [String]) -> CommandDeclaration? {
    path.reduce(Optional(self)) { $0?.verb($1) }
  }
}

/// What a command line says, once it is known to be well-formed.
package struct ParsedArguments: Sendable {
  /// The verbs: `["lab", "up"]`; empty for the program itself.
  package var path: [String] = []
  /// Whether help was asked for; nothing else has been checked then.
  package var asksForHelp = false
  /// How often each option was given, with its values, by its long name.
  private var given: [String: [String]] = [:]
  /// The words, by their parameters' names.
  private var words: [String: [String]] = [:]

  package init() {}

  /// Enters an option; a flag's value is empty.
  mutating func enter(_ option: OptionDeclaration, value: String = "") {
    given[option.name, default: []].append(value)
  }

  /// Enters the words of a parameter.
  mutating func enter(_ parameter: ParameterDeclaration, words values: [String]) {
    words[parameter.name] = values
  }

  /// How often an option was given.
  package func count(_ option: OptionDeclaration) -> Int { given[option.name]?.count ?? 0 }

  /// Whether an option was given.
  package func has(_ option: OptionDeclaration) -> Bool { count(option) > 0 }

  /// An option's last value, or what it is when it is not given.
  package func value(_ option: OptionDeclaration) -> String? {
    given[option.name]?.last ?? option.value?.standard
  }

  /// All values of an option, in order.
  package func values(_ option: OptionDeclaration) -> [String] { given[option.name] ?? [] }

  /// The word of a parameter; the parser has seen to it that one that must be there is.
  package func word(_ parameter: ParameterDeclaration) -> String {
    words[parameter.name]?.first ?? ""
  }

  /// The words of a parameter.
  package func words(_ parameter: ParameterDeclaration) -> [String] { words[parameter.name] ?? [] }

  /// Whether a parameter was given.
  package func has(_ parameter: ParameterDeclaration) -> Bool { !words(parameter).isEmpty }
}
