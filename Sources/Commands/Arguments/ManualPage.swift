/// Writes docs/cli.md from the declarations, so that the page cannot drift from the program.
package struct ManualPage: Sendable {
  private let parser: ArgumentParser

  /// The page of a program.
  package init(parser: ArgumentParser) { self.parser = parser }

  /// The page, in Markdown.
  package var text: String {
    let program = parser.program
    var blocks = [
      "<!-- Written by CommandsTests from the declarations; PLANETBED_WRITE_SNAPSHOTS=1 renews it. -->",
      "# The command line",
      program.summary,
      "    \(HelpText.usage(of: program, names: program.name))",
      program.discussion,
      "## Common options",
      options(parser.common + [ArgumentParser.help]),
    ]
    for verb in program.verbs { blocks += section(of: verb, names: "\(program.name) \(verb.name)") }
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private func section(of command: CommandDeclaration, names: String) -> [String] {
    let level = names.split(separator: " ").count > 2 ? "###" : "##"
    var blocks = [
      "\(level) `\(names)`",
      command.summary,
      "    \(HelpText.usage(of: command, names: names))",
      command.discussion,
      command.parameters.map { "- `<\($0.name)>`: \($0.summary)" }.joined(separator: "\n"),
      options(command.options),
      command.examples.isEmpty
        ? "" : (["Examples:", ""] + command.examples.map { "    \($0)" }).joined(separator: "\n"),
    ]
    for verb in command.verbs { blocks += section(of: verb, names: "\(names) \(verb.name)") }
    return blocks
  }

  private func options(_ options: [OptionDeclaration]) -> String {
    options.map { "- `\(HelpText.spelling(of: $0))`: \(HelpText.meaning(of: $0))" }
      .joined(separator: "\n")
  }
}
