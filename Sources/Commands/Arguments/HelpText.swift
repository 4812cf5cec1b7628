import Reporting

/// Draws what `--help` shows.
package struct HelpText: Sendable {
  private let parser: ArgumentParser
  private let path: [String]
  private let command: CommandDeclaration
  private let layout: TextLayout

  /// The help of the command that `path` leads to; that of the program when it leads nowhere.
  package init(parser: ArgumentParser, path: [String], layout: TextLayout) {
    self.parser = parser
    self.path = path
    self.command = parser.program.command(at: path) ?? parser.program
    self.layout = layout
  }

  /// A usage line, without "Usage:".
  package static func usage(of command: CommandDeclaration, names: String) -> String {
    if !command.verbs.isEmpty { return "\(names) <command> [<options>]" }
    let words = command.parameters.map { parameter in
      switch parameter.arity {
      case .one: "<\(parameter.name)>"
      case .rest: "-- <\(parameter.name)>…"
      case .optionalRest: "[-- <\(parameter.name)>…]"
      }
    }
    let firsts = words.filter { !$0.contains("--") }
    let rest = words.filter { $0.contains("--") }
    return ([names] + firsts + ["[<options>]"] + rest).joined(separator: " ")
  }

  /// An option as it is written: `-o, --output <format>`.
  package static func spelling(of option: OptionDeclaration) -> String {
    let letter = option.letter.map { "-\($0), " } ?? ""
    let value = option.value.map { $0.assumed == nil ? " <\($0.name)>" : "[=<\($0.name)>]" } ?? ""
    return "\(letter)--\(option.name)\(value)"
  }

  /// What an option does, with its choices and its default.
  package static func meaning(of option: OptionDeclaration) -> String {
    var parts = [option.summary]
    if let value = option.value, !value.choices.isEmpty {
      parts.append("One of: \(value.choices.joined(separator: ", ")).")
    }
    if let standard = option.value?.standard { parts.append("Default: \(standard).") }
    if option.repeats, option.value != nil { parts.append("May be given several times.") }
    return parts.joined(separator: " ")
  }

  /// The text, which ends with a line end.
  package var text: String {
    let names = ([parser.program.name] + path).joined(separator: " ")
    var sections = [prose(command.summary)]
    sections.append(
      "\(heading("Usage:")) \(Self.usage(of: command, names: names))")
    if !command.discussion.isEmpty { sections.append(prose(command.discussion)) }
    sections.append(table("Commands:", command.verbs.map { ($0.name, $0.summary) }))
    sections.append(
      table("Arguments:", command.parameters.map { ("<\($0.name)>", $0.summary) }))
    sections.append(options("Options:", command.options))
    sections.append(options("Common options:", parser.common + [ArgumentParser.help]))
    if !command.examples.isEmpty {
      sections.append(
        ([heading("Examples:")] + command.examples.map { "  \($0)" }).joined(separator: "\n"))
    }
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private func heading(_ text: String) -> String { layout.style(text, .strong) }

  private func prose(_ text: String) -> String {
    TextWidth.wrapped(text, to: layout.columns).joined(separator: "\n")
  }

  private func options(_ title: String, _ options: [OptionDeclaration]) -> String {
    // Options without a letter are set in, so that the long names stand below each other.
    table(
      title,
      options.map {
        (($0.letter == nil ? "    " : "") + Self.spelling(of: $0), Self.meaning(of: $0))
      })
  }

  /// Two columns; where the first is too wide, the second begins on a line of its own.
  private func table(_ title: String, _ rows: [(String, String)]) -> String {
    if rows.isEmpty { return "" }
    let widest = rows.map { TextWidth.of($0.0) }.filter { $0 <= layout.columns / 3 }.max() ?? 0
    let indent = widest + 4
    var lines = [heading(title)]
    for (name, meaning) in rows {
      let wrapped = TextWidth.wrapped(meaning, to: max(16, layout.columns - indent))
      let blank = String(repeating: " ", count: indent)
      if TextWidth.of(name) > widest {
        lines.append("  \(name)")
        lines += wrapped.map { blank + $0 }
      } else {
        lines.append("  \(TextWidth.padded(name, to: widest))  \(wrapped[0])")
        lines += wrapped.dropFirst().map { blank + $0 }
      }
    }
    return lines.joined(separator: "\n")
  }
}
