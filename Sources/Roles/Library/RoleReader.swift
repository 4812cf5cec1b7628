import Diagnostics
import TOMLReading

/// Reads one role.toml, and notes everything that is wrong with it and with the templates it uses.
struct RoleReader {
  /// What every role may look up.
  static let builtIns = ["host", "instance", "system"]

  private let name: String
  private let document: TOMLDocument
  private let whole: SourceText
  private let findings: TOMLFindings
  private let templates: TemplateFolder
  /// What is wrong with templates, in the order of finding it.
  private(set) var templateDiagnostics: [Diagnostic] = []

  init(name: String, file: String, templates: TemplateFolder) throws(Problem) {
    let bytes = try SourceFile.bytes(of: file)
    self.name = name
    self.templates = templates
    document = try TOMLDocument.read(bytes, file: file)
    whole = SourceText(file: file, text: String(decoding: bytes, as: UTF8.self))
    findings = TOMLFindings(in: document)
  }

  /// All that is wrong: role.toml's from its top to its end, then the templates'.
  var diagnostics: [Diagnostic] { findings.sorted + templateDiagnostics }

  /// The role, as far as it can be read.
  mutating func role() -> Role {
    let table = TOMLTableReader(
      Located(document.root, at: SourcePosition(file: document.file, line: 1, column: 1)),
      by: RoleSchema.role, findings: findings)
    var role = Role(
      name: name, description: table.read(RoleSchema.description)?.value ?? "", variables: [],
      tasks: [])
    for entry in table.read(RoleSchema.variables)?.value.entries ?? [] {
      if let declaration = declaration(entry) { role.variables.append(declaration) }
    }
    var registered: Set<String> = []
    for located in table.read(RoleSchema.tasks)?.value ?? [] {
      guard let task = task(located) else { continue }
      checkNames(in: task, of: role)
      if case .command(let command) = task.form, let fact = command.register,
        !registered.insert(fact).inserted
      {
        findings.error("two tasks register \"\(fact)\"", at: located.position)
      }
      role.tasks.append(task)
    }
    return role
  }

  private func declaration(_ entry: TOMLTable.Entry) -> Role.Declaration? {
    guard let table = entry.value.table else {
      findings.error(
        "the variable \(tomlLiteral(entry.key)) must be a table, not \(entry.value.typeName)",
        detail: "Write it as { type = \"string\", description = \"…\" }.", at: entry.value.position)
      return nil
    }
    if Self.builtIns.contains(entry.key) || ["item", "loop", "true", "false"].contains(entry.key) {
      findings.error(
        "\(tomlLiteral(entry.key)) cannot be a variable: it has a meaning already",
        at: entry.keyPosition)
    }
    let reader = TOMLTableReader(
      Located(table, at: entry.keyPosition), by: RoleSchema.variable, findings: findings)
    _ = reader.read(RoleSchema.meaning)
    let byDefault = reader.read(RoleSchema.byDefault)
    guard let word = reader.read(RoleSchema.type)?.value, let type = VariableType(rawValue: word)
    else { return nil }
    if let byDefault, !type.admits(byDefault.value) {
      findings.error(
        "the default of \(tomlLiteral(entry.key)) is not of the type \(word)",
        at: byDefault.position)
    }
    return Role.Declaration(name: entry.key, type: type, byDefault: byDefault?.value)
  }

  // MARK: Tasks

  private mutating func task(_ table: Located<TOMLTable>) -> TaskTemplate? {
    let reader = TOMLTableReader(table, by: RoleSchema.task, findings: findings)
    let name = reader.read(RoleSchema.name).flatMap(template)
    let when = reader.read(RoleSchema.when).flatMap(formula)
    let loop = reader.read(RoleSchema.loop).flatMap(formula)
    let given = RoleSchema.kinds.indices.filter { reader.has(RoleSchema.kinds[$0]) }
    guard given.count == 1 else {
      let kinds = RoleSchema.kinds.map(\.name).joined(separator: ", ")
      findings.error(
        given.isEmpty ? "the task has no kind" : "the task has \(given.count) kinds",
        detail: "It takes exactly one of \(kinds).", at: table.position)
      return nil
    }
    guard let kind = reader.read(RoleSchema.kinds[given[0]]) else { return nil }
    let schema = RoleSchema.kindSchemas[given[0]]
    let values = TOMLTableReader(kind, by: schema, findings: findings)
    guard let form = form(schema.header, values), let name else { return nil }
    if case .command(let command) = form, command.register != nil, loop != nil {
      findings.error(
        "a task in a loop cannot register a fact", detail: "Each element would overwrite it.",
        at: values.keyPosition(RoleSchema.register))
    }
    return TaskTemplate(position: table.position, name: name, when: when, loop: loop, form: form)
  }

  private mutating func form(_ kind: String, _ table: TOMLTableReader) -> TaskTemplate.Form? {
    switch kind {
    case "file": return file(table)
    case "directory":
      let (path, owner) = (
        text(RoleSchema.path, table), table.readOrDefault(RoleSchema.owner)?.value
      )
      guard let mode = table.readOrDefault(RoleSchema.folderMode)?.value, let path, let owner
      else { return nil }
      return .directory(path: path, owner: owner, mode: mode)
    case "package":
      let version = text(RoleSchema.packageVersion, table)
      let hold = table.readOrDefault(RoleSchema.hold)?.value
      guard let name = text(RoleSchema.packageName, table), let hold else { return nil }
      return .package(name: name, version: version, hold: hold)
    case "service": return service(table)
    case "sysctl":
      let name = text(RoleSchema.parameter, table)
      guard let value = text(RoleSchema.value, table), let name else { return nil }
      return .sysctl(name: name, value: value)
    case "kernel_module": return text(RoleSchema.module, table).map { .kernelModule($0) }
    case "line":
      let (path, match) = (text(RoleSchema.path, table), text(RoleSchema.match, table))
      guard let line = text(RoleSchema.lineText, table), let path else { return nil }
      return .line(path: path, line: line, match: match)
    case "block":
      let (path, marker) = (text(RoleSchema.path, table), text(RoleSchema.marker, table))
      guard let content = content(table), let path, let marker else { return nil }
      return .block(path: path, marker: marker, content: content)
    default: return command(table)
    }
  }

  private mutating func file(_ table: TOMLTableReader) -> TaskTemplate.Form? {
    let (path, content) = (text(RoleSchema.path, table), content(table))
    let validate = text(RoleSchema.validate, table)
    let owner = table.readOrDefault(RoleSchema.owner)?.value
    let mode = table.readOrDefault(RoleSchema.fileMode)?.value
    let secret = table.readOrDefault(RoleSchema.secretFile)?.value
    guard let path, let content, let owner, let mode, let secret else { return nil }
    return .file(
      TaskTemplate.FileForm(
        path: path, content: content, owner: owner, mode: mode, validate: validate, secret: secret))
  }

  private mutating func service(_ table: TOMLTableReader) -> TaskTemplate.Form? {
    let name = text(RoleSchema.unit, table)
    let restartOn = table.read(RoleSchema.restartOn)
    let state = table.readOrDefault(RoleSchema.state)?.value
    let reload = table.readOrDefault(RoleSchema.reload)?.value
    let enabled = table.read(RoleSchema.enabled)?.value
    guard let name, let state, let reload else { return nil }
    return .service(
      TaskTemplate.ServiceForm(
        name: name, enabled: enabled, started: state == "started",
        restartOn: (restartOn?.value ?? []).compactMap {
          template(Located($0, at: restartOn?.position ?? table.position))
        }, reload: reload))
  }

  private mutating func command(_ table: TOMLTableReader) -> TaskTemplate.Form? {
    let run = text(RoleSchema.run, table)
    let unless = text(RoleSchema.unless, table)
    let creates = text(RoleSchema.creates, table)
    let input = text(RoleSchema.input, table)
    let undo = text(RoleSchema.undo, table)
    let register = table.read(RoleSchema.register)?.value
    guard let readOnly = table.readOrDefault(RoleSchema.readOnly)?.value,
      let secret = table.readOrDefault(RoleSchema.secretCommand)?.value
    else { return nil }
    let conditions = [
      table.has(RoleSchema.unless), table.has(RoleSchema.creates), readOnly,
    ].filter { $0 }.count
    if conditions != 1 {
      findings.error(
        conditions == 0
          ? "nothing says when the command need not be run"
          : "the command has \(conditions) conditions",
        detail: "It takes exactly one of unless, creates and read_only = true.", at: table.position)
    }
    guard let run else { return nil }
    return .command(
      TaskTemplate.CommandForm(
        run: run, unless: unless, creates: creates, register: register, input: input, undo: undo,
        secret: secret))
  }

  // MARK: Texts

  private func text(_ key: TOMLKey<String>, _ table: TOMLTableReader) -> TextTemplate? {
    table.read(key).flatMap(template)
  }

  /// The content, from `content` or from `template`, of which exactly one must be given.
  private mutating func content(_ table: TOMLTableReader) -> TextTemplate? {
    let hasContent = table.has(RoleSchema.content)
    guard hasContent != table.has(RoleSchema.template) else {
      findings.error(
        hasContent ? "there are both content and template" : "there is no content",
        detail: "Give either content or template.", at: table.position)
      return nil
    }
    if hasContent { return text(RoleSchema.content, table) }
    guard let path = table.read(RoleSchema.template) else { return nil }
    switch templates.template(path.value) {
    case .found(let template): return template
    case .wrong(let diagnostic):
      templateDiagnostics.append(diagnostic)
      return nil
    case .missing(let meant):
      findings.error(
        "there is no template \(tomlLiteral(path.value))",
        detail: meant.map { "Did you mean \(tomlLiteral($0))?" }
          ?? "Templates are looked for in \(templates.root).", at: path.position)
      return nil
    }
  }

  private func template(_ text: Located<String>) -> TextTemplate? {
    let source = SourceText(in: whole, at: text.position)
    do throws(TemplateError) {
      return TextTemplate(template: try Template(text.value), source: source)
    } catch {
      note(error, in: source)
      return nil
    }
  }

  private func formula(_ text: Located<String>) -> Formula? {
    let source = SourceText(in: whole, at: text.position)
    do throws(TemplateError) {
      return Formula(expression: try ExpressionParser.parse(text.value), source: source)
    } catch {
      note(error, in: source)
      return nil
    }
  }

  private func note(_ error: TemplateError, in source: SourceText) {
    let diagnostic = source.diagnostic(error)
    guard let position = diagnostic.position else { return }
    findings.error(error.summary, detail: error.detail, at: position)
  }

  /// Notes the names that nothing defines.
  private mutating func checkNames(in task: TaskTemplate, of role: Role) {
    let known = role.variables.map(\.name) + Self.builtIns
    func undefined(_ name: String, _ place: TextPlace, _ known: [String]) -> TemplateError? {
      guard !known.contains(name) else { return nil }
      let meant = Suggestion.closest(to: name, among: known)
      return TemplateError(
        "\"\(name)\" is not defined",
        detail: "The role \(role.name) declares no such variable."
          + (meant.map { " Did you mean \"\($0)\"?" } ?? ""), at: place)
    }
    for (name, place) in task.loop?.expression.names ?? [] {
      if let error = undefined(name, place, known), let loop = task.loop {
        note(error, in: loop.source)
      }
    }
    let inner = known + (task.loop == nil ? [] : ["item"])
    for (name, place) in task.when?.expression.names ?? [] {
      if let error = undefined(name, place, inner), let when = task.when {
        note(error, in: when.source)
      }
    }
    for text in task.texts {
      for (name, place) in text.template.names {
        guard let error = undefined(name, place, inner) else { continue }
        if text.source.file == whole.file {
          note(error, in: text.source)
        } else {
          templateDiagnostics.append(text.source.diagnostic(error))
        }
      }
    }
  }
}
