import Diagnostics
import Testing

@testable import Roles

@Suite struct RoleMistakeTests {
  private func diagnostics(
    _ role: String, templates: [String: String] = [:]
  ) throws -> [String] {
    let scratch = try Scratch(.dash)
    try scratch.put("", at: "t/.keep")
    try scratch.put(role, at: "r/case/role.toml")
    for (name, text) in templates { try scratch.put(text, at: "t/\(name)") }
    do throws(Problem) {
      _ = try RoleLibrary.load(roles: "\(scratch.root)/r", templates: "\(scratch.root)/t")
      return []
    } catch {
      #expect(error.exitStatus == .usage)
      return error.diagnostics.map { diagnostic in
        let position = diagnostic.position.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
        let detail = diagnostic.detail.isEmpty ? "" : " (\(diagnostic.detail))"
        return (position + diagnostic.summary + detail).replacingEach(scratch.root + "/", by: "")
      }
    }
  }

  @Test func allAreToldAtOnce() throws {
    let found = try diagnostics(
      """
      description = "x"
      [variables]
      port = { type = "integer", description = "x", default = "no" }
      host = { type = "string", description = "x" }
      bad = 1
      [[task]]
      name = "a {{ prot }}"
      when = "port =="
      file = { path = "/etc/a", tempalte = "b" }
      [[task]]
      name = "two kinds"
      package = { name = "x" }
      sysctl = { name = "a.b", value = "1" }
      [[task]]
      name = "c"
      command = { run = "x", register = "Bad" }
      [[task]]
      name = "d"
      file = { path = "/etc/{{ prt }}", template = "used.cnf", mode = "999", owner = "root" }
      [[task]]
      name = "e"
      loop = "[1]"
      command = { run = "x", read_only = true, register = "f" }
      [[task]]
      name = "f"
      command = { run = "x", read_only = true, register = "f" }
      [[task]]
      name = "g"
      file = { path = "/etc/g", template = "used.conf" }
      [[task]]
      name = "h"
      block = { path = "/etc/g", marker = "m", template = "broken.conf", content = "x" }
      [[task]]
      name = "i"
      block = { path = "/etc/g", marker = "m", template = "broken.conf" }
      [[task]]
      name = "j"
      """,
      templates: ["used.conf": "a\nb {{ prot }}\n", "broken.conf": "{% if x %}\n"])
    let expected = [
      "r/case/role.toml:3:57: the default of \"port\" is not of the type integer",
      "r/case/role.toml:4:1: \"host\" cannot be a variable: it has a meaning already",
      "r/case/role.toml:5:7: the variable \"bad\" must be a table, not a whole number (Write it as { type = \"string\", description = \"…\" }.)",
      "r/case/role.toml:8:16: a value is missing",
      "r/case/role.toml:9:27: unknown key \"tempalte\" in file (Did you mean \"template\"?)",
      "r/case/role.toml:9:8: there is no content (Give either content or template.)",
      "r/case/role.toml:10:1: the task has 2 kinds (It takes exactly one of file, directory, package, service, sysctl, kernel_module, line, block, command.)",
      "r/case/role.toml:16:11: nothing says when the command need not be run (It takes exactly one of unless, creates and read_only = true.)",
      "r/case/role.toml:16:35: register is not a fact's name: \"Bad\" (It has small letters, digits, \"_\" and \"-\", and begins with a letter.)",
      "r/case/role.toml:19:46: there is no template \"used.cnf\" (Did you mean \"used.conf\"?)",
      "r/case/role.toml:19:65: mode is not a mode in octal: \"999\" (Write it as \"0644\".)",
      "r/case/role.toml:19:80: owner is not a user and a group: \"root\" (Write it as \"root:root\".)",
      "r/case/role.toml:23:42: a task in a loop cannot register a fact (Each element would overwrite it.)",
      "r/case/role.toml:24:1: two tasks register \"f\"",
      "r/case/role.toml:32:9: there are both content and template (Give either content or template.)",
      "r/case/role.toml:36:1: the task has no kind (It takes exactly one of file, directory, package, service, sysctl, kernel_module, line, block, command.)",
      "t/used.conf:2:6: \"prot\" is not defined (The role case declares no such variable. Did you mean \"port\"?)",
      "t/broken.conf:1:3: \"if\" is not closed with \"endif\"",
    ]
    for diagnostic in expected { #expect(found.contains(diagnostic), "\(found)") }
    #expect(found.count == expected.count, "\(found.filter { !expected.contains($0) })")
  }

  @Test func valuesThatCannotBeAreToldWithTaskAndHost() throws {
    let scratch = try Scratch(.dash)
    func problem(_ task: String, _ variables: [String: Variable] = [:]) throws -> String {
      do {
        _ = try scratch.tasks("[[task]]\nname = \"t\"\n\(task)", variables: variables)
        return ""
      } catch let problem as Problem {
        #expect(problem.diagnostics.allSatisfy { $0.host == "host" })
        return problem.diagnostics.map(\.summary).joined(separator: "; ")
      }
    }
    let fact = Variable.fact(FactReference(host: "h", name: "f"))
    #expect(
      try problem("package = { name = '{{ v }}' }", ["v": fact])
        == "a package's name cannot depend on a fact")
    #expect(try problem("directory = { path = 'a' }") == "\"a\" is not an absolute path")
    #expect(
      try problem("directory = { path = '/a/../b' }") == "\"/a/../b\" is not an absolute path")
    #expect(try problem("package = { name = 'a b' }") == "\"a b\" is not a package's name")
    #expect(
      try problem("package = { name = 'a', version = '1 2' }")
        == "\"1 2\" is not a package's version")
    #expect(try problem("service = { name = 'a/b' }") == "\"a/b\" is not a unit's name")
    #expect(
      try problem("sysctl = { name = '../x', value = '1' }")
        == "\"../x\" is not a kernel parameter's name")
    #expect(try problem("sysctl = { name = 'a.b', value = ' ' }") == "the value is empty")
    #expect(
      try problem("kernel_module = { name = '-r' }") == "\"-r\" is not a kernel module's name")
    #expect(
      try problem("line = { path = '/a', line = '{{ v }}' }", ["v": .string("a\nb")])
        == "the line is empty, or is several lines")
    #expect(
      try problem("loop = 'v'\npackage = { name = 'x' }", ["v": fact])
        == "a loop cannot go over a fact")
    #expect(
      try problem("loop = 'v'\npackage = { name = 'x' }", ["v": .string("x")])
        == "a loop goes over a list, not over a string")
    #expect(
      try problem("file = { path = '/a', content = '{{ v }}' }", ["v": .string("a\0")])
        == "a text cannot hold a NUL character")
  }

  @Test func applicationsMustFitTheirRole() throws {
    let scratch = try Scratch(.dash)
    try scratch.put("", at: "t/.keep")
    try scratch.put(
      """
      description = "x"
      [variables]
      port = { type = "integer", description = "x" }
      name = { type = "string", description = "x" }
      [[task]]
      name = "t"
      command = { run = "x", read_only = true, register = "f" }
      """, at: "r/case/role.toml")
    let library = try RoleLibrary.load(roles: "\(scratch.root)/r", templates: "\(scratch.root)/t")
    #expect(library.roleNames == ["case"])
    func application(_ role: String, _ variables: [String: Variable]) -> RoleApplication {
      RoleApplication(
        RoleApplication.ID(stage: "s", host: "h", role: role, instance: "i"), variables: variables)
    }
    #expect(try library.registeredFacts(of: application("case", [:])) == ["f.i"])
    #expect {
      _ = try library.tasks(
        of: application("case", ["prot": .integer(1), "name": .integer(2)]), facts: Facts())
    } throws: { error in
      (error as? Problem)?.diagnostics.map(\.summary) == [
        "the role case has no variable \"prot\"",
        "the role case is not given its variable \"port\"",
        "the variable \"name\" of the role case must be of the type string",
      ]
    }
    #expect {
      _ = try library.tasks(of: application("caes", [:]), facts: Facts())
    } throws: { error in
      (error as? Problem)?.description == "there is no role \"caes\": Did you mean \"case\"?"
    }
  }

  @Test func aFolderWithoutRolesIsTold() throws {
    let scratch = try Scratch(.dash)
    try scratch.put("", at: "t/.keep")
    try scratch.put("", at: "r/.keep")
    #expect {
      _ = try RoleLibrary.load(roles: "\(scratch.root)/r", templates: "\(scratch.root)/t")
    } throws: { error in
      (error as? Problem)?.diagnostics.first?.summary == "there is no role in \(scratch.root)/r"
        && (error as? Problem)?.exitStatus == .usage
    }
  }
}
