import Diagnostics
import TOMLReading

/// All roles, read from their folders.
package struct RoleLibrary: Sendable {
  private let roles: [String: Role]

  /// Reads `roles`/NAME/role.toml of every NAME, and the templates that they name.
  /// - Throws: `Problem` with exit status 2 and everything that is wrong with them.
  package static func load(roles: String, templates: String) throws(Problem) -> RoleLibrary {
    let folder = try TemplateFolder(templates)
    var found: [String: Role] = [:]
    var diagnostics: [Diagnostic] = []
    for path in try Folder.files(below: roles) {
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count == 2, parts[1] == "role.toml" else {
        diagnostics.append(
          Diagnostic(
            .error, "\(roles)/\(path) belongs to no role",
            detail: "A role is a folder with one file, role.toml."))
        continue
      }
      do throws(Problem) {
        var reader = try RoleReader(name: parts[0], file: "\(roles)/\(path)", templates: folder)
        found[parts[0]] = reader.role()
        diagnostics += reader.diagnostics
      } catch {
        diagnostics += error.diagnostics
      }
    }
    // Two roles may use one wrong template: it is told once.
    var seen: Set<Diagnostic> = []
    diagnostics = diagnostics.filter { seen.insert($0).inserted }
    guard diagnostics.isEmpty else { throw Problem(diagnostics, exitStatus: .usage) }
    guard !found.isEmpty else {
      throw Problem(
        "there is no role in \(roles)", detail: "A role is a folder with one file, role.toml.",
        exitStatus: .usage)
    }
    return RoleLibrary(roles: found)
  }

  /// The roles' names, sorted.
  package var roleNames: [String] { roles.keys.sorted() }

  /// The application's tasks, rendered with what is known; a task whose condition does not hold is left out.
  /// - Throws: `Problem` with exit status 2 for an unknown role, a variable that is missing, undeclared or of another type,
  ///   and a value that cannot be; with the place in the role or the template where it was found.
  package func tasks(of application: RoleApplication, facts: Facts) throws(Problem) -> [RoleTask] {
    let role = try role(of: application)
    let values = try values(of: role, application)
    var renderer = TaskRenderer(role, application, values: values, facts: facts)
    return try renderer.tasks()
  }

  /// The facts that the application registers, as in `FactReference.name`, in the order of its tasks.
  /// - Throws: `Problem` for an unknown role.
  package func registeredFacts(of application: RoleApplication) throws(Problem) -> [String] {
    try role(of: application).tasks.compactMap { task in
      guard case .command(let command) = task.form, let name = command.register else { return nil }
      return application.id.factName(name)
    }
  }

  private func role(of application: RoleApplication) throws(Problem) -> Role {
    let name = application.id.role
    guard let role = roles[name] else {
      let meant = Suggestion.closest(to: name, among: roleNames)
      throw Problem(
        "there is no role \"\(name)\"",
        detail: meant.map { "Did you mean \"\($0)\"?" }
          ?? "Roles: \(roleNames.joined(separator: ", ")).", host: application.id.host,
        exitStatus: .usage)
    }
    return role
  }

  /// The variables' values, all that is wrong with them told at once.
  private func values(
    of role: Role, _ application: RoleApplication
  ) throws(Problem) -> [String: Variable] {
    var values: [String: Variable] = [:]
    var diagnostics: [Diagnostic] = []
    let names = role.variables.map(\.name)
    for name in application.variables.keys.sorted() where !names.contains(name) {
      let meant = Suggestion.closest(to: name, among: names)
      diagnostics.append(
        Diagnostic(
          .error, "the role \(role.name) has no variable \"\(name)\"",
          detail: meant.map { "Did you mean \"\($0)\"?" } ?? "", host: application.id.host))
    }
    for declaration in role.variables {
      guard let value = application.variables[declaration.name] ?? declaration.byDefault else {
        diagnostics.append(
          Diagnostic(
            .error, "the role \(role.name) is not given its variable \"\(declaration.name)\"",
            host: application.id.host))
        continue
      }
      if !declaration.type.admits(value) {
        diagnostics.append(
          Diagnostic(
            .error,
            "the variable \"\(declaration.name)\" of the role \(role.name) must be of the type "
              + declaration.type.rawValue, host: application.id.host))
      }
      values[declaration.name] = value
    }
    guard diagnostics.isEmpty else { throw Problem(diagnostics, exitStatus: .usage) }
    return values
  }
}

extension RoleApplication.ID {
  /// What a fact that a role registers is called: with the instance, where there is one.
  func factName(_ name: String) -> String { instance.isEmpty ? name : "\(name).\(instance)" }
}
