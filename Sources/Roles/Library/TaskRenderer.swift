import Diagnostics
import TOMLReading

/// Puts the values of one application into its role's tasks.
struct TaskRenderer {
  private let role: Role
  private let application: RoleApplication
  private var scope: Scope
  /// The facts that the task being rendered waits for.
  private var missing: Set<FactReference> = []

  init(
    _ role: Role, _ application: RoleApplication, values: [String: Variable], facts: Facts
  ) {
    self.role = role
    self.application = application
    scope = Scope(
      values: values.mapValues { Value($0, facts: facts) },
      suggest: { Suggestion.closest(to: $0, among: $1) })
    scope.values["host"] = .string(application.id.host)
    scope.values["instance"] = .string(application.id.instance)
    scope.values["system"] = Self.system(of: application.id.host, facts)
  }

  /// The facts of the machine's system.
  private static func system(of host: String, _ facts: Facts) -> Value {
    guard let system = facts.hosts[host]?.system else {
      return .unknown([FactReference(host: host, name: "system")])
    }
    return .table([
      "os_id": .string(system.osID), "os_version": .string(system.osVersion),
      "os_name": .string(system.osName), "kernel": .string(system.kernel),
      "architecture": .string(system.architecture), "has_tun": .boolean(system.hasTun),
      "has_systemd": .boolean(system.hasSystemd),
      "versions": .table(system.versions.mapValues(Value.string)),
      "addresses": .table(
        system.addresses.mapValues { .list($0.map(Value.string)) }),
    ])
  }

  /// The names of the fields of `system`, for the reference.
  static let systemFields = [
    "os_id", "os_version", "os_name", "kernel", "architecture", "has_tun", "has_systemd",
    "versions", "addresses",
  ]

  /// The tasks. Everything that is wrong with them is told at once.
  mutating func tasks() throws(Problem) -> [RoleTask] {
    var tasks: [RoleTask] = []
    var diagnostics: [Diagnostic] = []
    var index = 0
    for template in role.tasks {
      do throws(Problem) {
        let outer = scope
        defer { scope = outer }
        for item in try items(of: template) {
          if let item { scope.values["item"] = item }
          let id = TaskID(application: application.id, index: index)
          index += 1
          if let task = try task(template, id) { tasks.append(task) }
        }
      } catch {
        diagnostics += error.diagnostics.map { diagnostic in
          var diagnostic = diagnostic
          diagnostic.host = application.id.host
          diagnostic.task = diagnostic.task ?? role.name
          return diagnostic
        }
      }
    }
    guard diagnostics.isEmpty else { throw Problem(diagnostics, exitStatus: .usage) }
    return tasks
  }

  /// The elements of a task's loop; one nil for a task without.
  private func items(of template: TaskTemplate) throws(Problem) -> [Value?] {
    guard let loop = template.loop else { return [nil] }
    let value = try value(of: loop)
    guard case .list(let elements) = value else {
      throw Problem(
        [
          loop.source.diagnostic(
            TemplateError(
              value.missing.isEmpty
                ? "a loop goes over a list, not over \(value.typeName)"
                : "a loop cannot go over a fact", at: loop.expression.place))
        ], exitStatus: .usage)
    }
    return elements
  }

  private func value(of formula: Formula) throws(Problem) -> Value {
    do throws(TemplateError) {
      return try scope.value(of: formula.expression)
    } catch {
      throw Problem([formula.source.diagnostic(error)], exitStatus: .usage)
    }
  }

  private mutating func task(
    _ template: TaskTemplate, _ id: TaskID
  ) throws(Problem) -> RoleTask? {
    missing = []
    if let when = template.when {
      let value = try value(of: when)
      if value.missing.isEmpty, !value.truth { return nil }
      missing = value.missing
    }
    let kind = try kind(of: template.form)
    // A name is for people: what it waits for holds nothing up.
    let waiting = missing
    let rendered = try rendered(template.name)
    return RoleTask(
      id: id, name: VisibleText.line(rendered.text), missingFacts: waiting.sorted(), kind: kind)
  }

  private func rendered(_ text: TextTemplate) throws(Problem) -> Template.Rendered {
    do throws(TemplateError) {
      return try text.template.rendered(in: scope)
    } catch {
      throw Problem([text.source.diagnostic(error)], exitStatus: .usage)
    }
  }

  /// A text that may wait for facts; nil while it does.
  private mutating func late(_ text: TextTemplate) throws(Problem) -> String? {
    let rendered = try rendered(text)
    missing.formUnion(rendered.missing)
    guard rendered.missing.isEmpty else { return nil }
    guard !rendered.text.utf8.contains(0) else {
      throw wrong("a text cannot hold a NUL character", text)
    }
    return rendered.text
  }

  /// A text that must be known before any machine is asked.
  private func fixed(
    _ text: TextTemplate, _ what: String, _ isRight: (String) -> Bool
  ) throws(Problem) -> String {
    let rendered = try rendered(text)
    guard rendered.missing.isEmpty else {
      let names = rendered.missing.sorted().map { "\($0.name) of \($0.host)" }
      throw wrong(
        "\(what) cannot depend on a fact", text,
        detail: "It must be known before the machine is asked, and it holds "
          + names.joined(separator: ", ") + ".")
    }
    guard isRight(rendered.text) else {
      throw wrong("\"\(VisibleText.line(rendered.text))\" is not \(what)", text)
    }
    return rendered.text
  }

  private func wrong(_ summary: String, _ text: TextTemplate, detail: String = "") -> Problem {
    let error = TemplateError(summary, detail: detail, at: TextPlace(line: 1, column: 1))
    return Problem([text.source.diagnostic(error)], exitStatus: .usage)
  }

  private func path(_ text: TextTemplate) throws(Problem) -> String {
    try fixed(text, "an absolute path", Names.isPath)
  }

  private mutating func kind(of form: TaskTemplate.Form) throws(Problem) -> RoleTask.Kind {
    switch form {
    case .file(let file):
      return .file(
        FileTask(
          path: try path(file.path), content: try late(file.content).map { Array($0.utf8) },
          owner: file.owner, mode: file.mode,
          validate: try optional(file.validate, "a validation command", Names.isText),
          secret: file.secret))
    case .directory(let path, let owner, let mode):
      return .directory(DirectoryTask(path: try self.path(path), owner: owner, mode: mode))
    case .package(let name, let version, let hold):
      let version = try optional(version, "a package's version", Names.isVersionPattern)
      return .package(
        PackageTask(
          name: try fixed(name, "a package's name", Names.isPackage),
          version: version?.isEmpty == true ? nil : version, isHeld: hold))
    case .service(let service):
      var restartOn: [String] = []
      for path in service.restartOn { restartOn.append(try self.path(path)) }
      let unit = try fixed(service.name, "a unit's name", Names.isUnit)
      return .service(
        ServiceTask(
          unit: Names.withSuffix(unit), enabled: service.enabled, started: service.started,
          restartOn: restartOn, reload: service.reload))
    case .sysctl(let name, let value):
      let rendered = try late(value).map(ProbeReading.fields)
      guard rendered?.isEmpty != true else { throw wrong("the value is empty", value) }
      return .sysctl(
        SysctlTask(
          name: try fixed(name, "a kernel parameter's name", Names.isParameter), value: rendered))
    case .kernelModule(let name):
      return .kernelModule(try fixed(name, "a kernel module's name", Names.isModule))
    case .line(let path, let line, let match):
      let rendered = try late(line)
      if let rendered, !Names.isLine(rendered) {
        throw wrong("the line is empty, or is several lines", line)
      }
      return .line(
        LineTask(
          path: try self.path(path), line: rendered,
          match: try optional(match, "a pattern for one line", Names.isLine)))
    case .block(let path, let marker, let content):
      let rendered = try late(content)
      return .block(
        BlockTask(
          path: try self.path(path), marker: try fixed(marker, "one line", Names.isLine),
          content: rendered.map { $0.isEmpty || $0.hasSuffix("\n") ? $0 : $0 + "\n" }))
    case .command(let command): return .command(try self.command(command))
    }
  }

  private func optional(
    _ text: TextTemplate?, _ what: String, _ isRight: (String) -> Bool
  ) throws(Problem) -> String? {
    guard let text else { return nil }
    return try fixed(text, what, isRight)
  }

  private mutating func command(
    _ command: TaskTemplate.CommandForm
  ) throws(Problem) -> CommandTask {
    let guardian: CommandTask.Guard =
      if let unless = command.unless {
        .unless(try fixed(unless, "an sh text", Names.isText))
      } else if let creates = command.creates {
        .creates(try path(creates))
      } else {
        .readOnly
      }
    var input: String?
    if let text = command.input { input = try late(text) }
    var undo: String?
    if let text = command.undo { undo = try late(text) }
    return CommandTask(
      run: try late(command.run), guardian: guardian,
      register: command.register.map(application.id.factName), input: input, undo: undo,
      secret: command.secret)
  }
}

/// What names of things on a machine may be, so that no program can take them for anything else.
enum Names {
  private static func consists(_ text: String, of others: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || others.utf8.contains(byte)
      }
  }

  /// An absolute path without a backslash, control characters, or parts that lead elsewhere.
  static func isPath(_ text: String) -> Bool {
    guard text.hasPrefix("/"), text.utf8.count < 4_000 else { return false }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 200 }
      && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") }
  }
  /// A text that a program can hold.
  static func isText(_ text: String) -> Bool { !text.isEmpty && !text.utf8.contains(0) }
  /// One line that is not empty.
  static func isLine(_ text: String) -> Bool {
    isText(text) && !text.utf8.contains(UInt8(ascii: "\n"))
  }
  /// Debian Policy, section 5.6.7, and an architecture.
  static func isPackage(_ text: String) -> Bool {
    consists(text, of: "+-.:") && !"+-.:".contains(text.prefix(1))
  }
  /// Debian Policy, section 5.6.12, and perhaps a `*` at its end; or empty.
  static func isVersionPattern(_ text: String) -> Bool {
    let version = text.hasSuffix("*") ? String(text.dropLast()) : text
    return version.isEmpty || consists(version, of: ".+-:~") && !"+-.:~".contains(version.prefix(1))
  }
  /// systemd.unit(5), without escapes.
  static func isUnit(_ text: String) -> Bool { consists(text, of: ":-_.@") && !text.hasPrefix("-") }
  /// The unit with the suffix that systemctl would add.
  static func withSuffix(_ unit: String) -> String {
    let suffixes = ["service", "socket", "timer", "target", "mount", "path", "device", "slice"]
    let suffix = unit.split(separator: ".").last.map(String.init) ?? ""
    return unit.contains(".") && suffixes.contains(suffix) ? unit : "\(unit).service"
  }
  /// A name with dots, and slashes for dots of an interface's name.
  static func isParameter(_ text: String) -> Bool {
    consists(text, of: "._-/@:") && text.contains(".") && !text.contains("..")
      && !text.contains("//") && text.first != "/" && text.first != "."
  }
  /// A module's name.
  static func isModule(_ text: String) -> Bool { consists(text, of: "_-") && !text.hasPrefix("-") }
}
