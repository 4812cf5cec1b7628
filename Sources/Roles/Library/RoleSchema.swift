import TOMLReading

/// The keys of role.toml, which reading and the reference (docs/roles.md) both follow.
enum RoleSchema {
  static let description = TOMLKey<String>(
    "description", .string, .required, "What the role is for.")
  static let variables = TOMLKey(
    "variables", .table, .optional("none"), "The variables that a stage gives it, each a table.")
  static let tasks = TOMLKey("task", .tables, .required, "What must be so, in this order.")
  static let role = TOMLTableSchema(
    "role.toml", "A role.", keys: [description, variables, tasks])

  static let type = TOMLKey(
    "type", .oneOf(VariableType.allCases.map(\.rawValue)), .required, "What its value is.")
  static let meaning = TOMLKey("description", .string, .required, "What it means.")
  static let byDefault = TOMLKey(
    "default", anyVariable, .optional("it must be given"), "What it is when it is not given.")
  static let variable = TOMLTableSchema(
    "[variables]", "A variable.", keys: [type, meaning, byDefault])

  static let name = TOMLKey("name", .string, .required, "What people are shown.")
  static let when = TOMLKey(
    "when", .string, .optional("always"),
    "The expression that must hold, else there is no such task.")
  static let loop = TOMLKey(
    "loop", .string, .optional("one task"),
    "The expression of a list: the task is there for each element, which is `item`.")
  static let kinds: [TOMLKey<TOMLTable>] = kindSchemas.map {
    TOMLKey($0.header, .table, .optional("another kind is given"), $0.meaning)
  }
  static let task = TOMLTableSchema(
    "[[task]]", "A task: a name, and exactly one kind.", keys: [name, when, loop] + kinds)

  static let kindSchemas: [TOMLTableSchema] = [
    file, directory, package, service, sysctl, kernelModule, line, block, command,
  ]

  static let path = TOMLKey("path", .string, .required, "Where it is, absolute.")
  static let owner = TOMLKey(
    "owner", ownership, .byDefault(.root), "Its user and group, by name or number.")
  static let fileMode = TOMLKey("mode", mode, .byDefault(0o644), "Its permissions.")
  static let folderMode = TOMLKey("mode", mode, .byDefault(0o755), "Its permissions.")
  static let content = TOMLKey(
    "content", text, .optional("`template` is given"), "The text itself.")
  static let template = TOMLKey(
    "template", .string, .optional("`content` is given"), "A file below templates/ that makes it.")
  static let validate = TOMLKey(
    "validate", .string, .optional("nothing is asked"),
    "A command that must accept the file, `%s` being a temporary one beside it; without `%s`, the file is put in place "
      + "first, and the old one put back when the command fails.")
  static let secretFile = TOMLKey(
    "secret", .boolean, .byDefault(false), "Whether its content is never shown.")
  static let file = TOMLTableSchema(
    "file", "A regular file with this content.",
    keys: [path, content, template, owner, fileMode, validate, secretFile])
  static let directory = TOMLTableSchema(
    "directory", "A folder, in one that exists.", keys: [path, owner, folderMode])
  static let packageName = TOMLKey("name", .string, .required, "The Debian package's name.")
  static let packageVersion = TOMLKey(
    "version", text, .optional("any version; so does an empty text"),
    "The version that must be installed, `*` at its end standing for any rest: `1.34.2-*`. Another one is "
      + "upgraded or downgraded to it.")
  static let hold = TOMLKey(
    "hold", .boolean, .byDefault(false),
    "Whether it is kept from being upgraded by others (`apt-mark hold`); `false` leaves that as it is."
  )
  static let package = TOMLTableSchema(
    "package",
    "An installed Debian package. Those of tasks that follow one another are installed by one call of apt-get, "
      + "which first reads the lists of packages when a file below /etc/apt has changed.",
    keys: [packageName, packageVersion, hold])

  static let unit = TOMLKey(
    "name", .string, .required, "The unit; `.service` is added when it has no suffix.")
  static let enabled = TOMLKey(
    "enabled", .boolean, .optional("left as it is"), "Whether it is started at boot.")
  static let state = TOMLKey(
    "state", .oneOf(["started", "stopped"]), .byDefault("started"), "Whether it runs.")
  static let restartOn = TOMLKey(
    "restart_on", .oneOrMoreStrings, .optional("none"),
    "Files: when planetbed changes one, the unit is restarted.")
  static let reload = TOMLKey(
    "reload", .boolean, .byDefault(false), "Whether it is reloaded rather than restarted.")
  static let service = TOMLTableSchema(
    "service", "A systemd unit.", keys: [unit, enabled, state, restartOn, reload])

  static let parameter = TOMLKey("name", .string, .required, "Its name, as sysctl takes it.")
  static let value = TOMLKey("value", .string, .required, "Its value.")
  static let sysctl = TOMLTableSchema(
    "sysctl", "A kernel parameter, now and after a boot.", keys: [parameter, value])
  static let module = TOMLKey("name", .string, .required, "Its name, as modprobe takes it.")
  static let kernelModule = TOMLTableSchema(
    "kernel_module", "A kernel module that is there, now and after a boot; built in counts.",
    keys: [module])

  static let lineText = TOMLKey("line", .string, .required, "The line.")
  static let match = TOMLKey(
    "match", .string, .optional("it is added at the end"),
    "A shell pattern (`*`, `?`, `[…]`) for a whole line: the line takes the place of the first that it matches."
  )
  static let line = TOMLTableSchema(
    "line", "A line of a text file.", keys: [path, lineText, match])
  static let marker = TOMLKey(
    "marker", .string, .required, "What tells it from other blocks; part of the lines around it.")
  static let block = TOMLTableSchema(
    "block", "Lines of a text file between two `#` comments that mark them.",
    keys: [path, marker, content, template])

  static let run = TOMLKey(
    "run", text, .required, "The sh text; it ends at the first command that fails.")
  static let unless = TOMLKey(
    "unless", .string, .optional("another condition is given"),
    "An sh text: nothing is run when it ends with status 0.")
  static let creates = TOMLKey(
    "creates", .string, .optional("another condition is given"),
    "A path: nothing is run when it exists.")
  static let readOnly = TOMLKey(
    "read_only", .boolean, .byDefault(false),
    "Whether it changes nothing, and is run to learn what it writes.")
  static let register = TOMLKey(
    "register", factName, .optional("nothing is registered"),
    "The name of the fact that its standard output becomes, line ends at its end left out; for an application with an "
      + "instance, the name, a point and the instance.")
  static let input = TOMLKey("input", text, .optional("none"), "Its standard input.")
  static let undo = TOMLKey(
    "undo", text, .optional("nothing is taken back"), "The sh text that `reset` runs.")
  static let secretCommand = TOMLKey(
    "secret", .boolean, .byDefault(false), "Whether what it writes is never shown.")
  static let command = TOMLTableSchema(
    "command", "An sh text, and exactly one of `unless`, `creates` and `read_only`.",
    keys: [run, unless, creates, readOnly, register, input, undo, secretCommand])

  // Forms that only roles have.

  /// A string that may be empty.
  private static let text = TOMLForm<String>(
    "text", decode: { value throws(TOMLMismatch) in try value.expectString() }, write: tomlLiteral)

  private static let ownership = TOMLForm<Ownership>.parsed(
    "user:group", what: "is not a user and a group", detail: "Write it as \"root:root\".",
    write: { tomlLiteral($0.text) }
  ) { text in
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ part in
        !part.isEmpty
          && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "._-".utf8.contains($0) }
      })
    else { return nil }
    return Ownership(user: String(parts[0]), group: String(parts[1]))
  }

  private static let mode = TOMLForm<UInt16>.parsed(
    "octal permissions", what: "is not a mode in octal", detail: "Write it as \"0644\".",
    write: { "\"0" + String($0, radix: 8) + "\"" }
  ) { text in
    guard (3...4).contains(text.utf8.count), let mode = UInt16(text, radix: 8), mode <= 0o7777
    else { return nil }
    return mode
  }

  private static let factName = TOMLForm<String>.parsed(
    "name", what: "is not a fact's name",
    detail: "It has small letters, digits, \"_\" and \"-\", and begins with a letter."
  ) { text in
    guard let first = text.utf8.first, isSmallLetter(first),
      text.utf8.allSatisfy({ isSmallLetter($0) || isDigit($0) || "_-".utf8.contains($0) })
    else { return nil }
    return text
  }

  private static let anyVariable = TOMLForm<Variable>(
    "a value of that type",
    decode: { value throws(TOMLMismatch) in try decoded(value) }, write: { _ in "" })

  private static func decoded(_ value: TOMLValue) throws(TOMLMismatch) -> Variable {
    switch value.content {
    case .string(let text): return .string(text)
    case .integer(let number): return .integer(Int(number))
    case .boolean(let truth): return .boolean(truth)
    case .array(let elements):
      var list: [Variable] = []
      for element in elements { list.append(try decoded(element)) }
      return .list(list)
    case .table(let table):
      var fields: [String: Variable] = [:]
      for entry in table.entries { fields[entry.key] = try decoded(entry.value) }
      return .table(fields)
    case .float, .dateTime:
      throw TOMLMismatch(
        "cannot hold \(value.typeName)", detail: "Write it as a string.", at: value.position)
    }
  }

  private static func isSmallLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isLetter(_ byte: UInt8) -> Bool { isSmallLetter(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
