import Diagnostics

/// A role: what a kind of machine must be, as tasks.
struct Role: Sendable {
  /// Its name: the folder's.
  var name: String
  /// What it is for.
  var description: String
  /// What it asks of the stage that gives it.
  var variables: [Declaration]
  /// Its tasks, in order.
  var tasks: [TaskTemplate]

  /// A variable of a role.
  struct Declaration: Sendable {
    var name: String
    var type: VariableType
    /// What it is when it is not given; nil when it must be.
    var byDefault: Variable?
  }
}

/// What a variable may be.
enum VariableType: String, Sendable, CaseIterable {
  case string, integer, boolean, list, table

  /// Whether a value is such; a fact is a text.
  func admits(_ variable: Variable) -> Bool {
    switch (self, variable) {
    case (.string, .string), (.string, .fact), (.integer, .integer), (.boolean, .boolean),
      (.list, .list), (.table, .table):
      true
    default: false
    }
  }
}

/// A task of a role, before its values are in it.
struct TaskTemplate: Sendable {
  /// Where it begins.
  var position: SourcePosition
  var name: TextTemplate
  var when: Formula?
  var loop: Formula?
  var form: Form

  /// What the task is about.
  enum Form: Sendable {
    case file(FileForm)
    case directory(path: TextTemplate, owner: Ownership, mode: UInt16)
    case package(name: TextTemplate, version: TextTemplate?, hold: Bool)
    case service(ServiceForm)
    case sysctl(name: TextTemplate, value: TextTemplate)
    case kernelModule(TextTemplate)
    case line(path: TextTemplate, line: TextTemplate, match: TextTemplate?)
    case block(path: TextTemplate, marker: TextTemplate, content: TextTemplate)
    case command(CommandForm)
  }

  struct FileForm: Sendable {
    var path: TextTemplate
    var content: TextTemplate
    var owner: Ownership
    var mode: UInt16
    var validate: TextTemplate?
    var secret: Bool
  }

  struct ServiceForm: Sendable {
    var name: TextTemplate
    var enabled: Bool?
    var started: Bool
    var restartOn: [TextTemplate]
    var reload: Bool
  }

  struct CommandForm: Sendable {
    var run: TextTemplate
    var unless: TextTemplate?
    var creates: TextTemplate?
    var register: String?
    var input: TextTemplate?
    var undo: TextTemplate?
    var secret: Bool
  }

  /// Its texts, to be looked through for names.
  var texts: [TextTemplate] {
    let own: [TextTemplate?] =
      switch form {
      case .file(let file): [file.path, file.content, file.validate]
      case .directory(let path, _, _): [path]
      case .package(let name, let version, _): [name, version]
      case .kernelModule(let name): [name]
      case .service(let service): [service.name] + service.restartOn
      case .sysctl(let name, let value): [name, value]
      case .line(let path, let line, let match): [path, line, match]
      case .block(let path, let marker, let content): [path, marker, content]
      case .command(let command):
        [command.run, command.unless, command.creates, command.input, command.undo]
      }
    return [name] + own.compactMap { $0 }
  }
}
