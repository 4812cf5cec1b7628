import Diagnostics
import ShellPrograms

private let unfinished = Problem("this part of the program is not there yet", exitStatus: .failure)

package struct RoleLibrary: Sendable {
  package static func load(roles: String, templates: String) throws(Problem) -> RoleLibrary {
    throw unfinished
  }
  package var roleNames: [String] { [] }
  package func tasks(of application: RoleApplication, facts: Facts) throws(Problem) -> [RoleTask] {
    throw unfinished
  }
  package func registeredFacts(of application: RoleApplication) throws(Problem) -> [String] {
    throw unfinished
  }
}

package struct ChangeCompiler {
  package static func program(for tasks: [RoleTask], testbed: String) -> RemoteProgram {
    RemoteProgram("")
  }
}

package struct ChangeDecoder: Sendable {
  package init(tasks: [RoleTask], host: String) {}
  package mutating func consume(_ bytes: [UInt8]) throws(Problem) -> [ChangeEvent] {
    throw unfinished
  }
  package mutating func finish(_ result: ProgramResult) throws(Problem) { throw unfinished }
}

package struct ResetCompiler {
  package static func program(testbed: String) -> RemoteProgram { RemoteProgram("") }
}

package struct ResetDecoder: Sendable {
  package init(host: String) {}
  package mutating func consume(_ bytes: [UInt8]) throws(Problem) -> [ResetEvent] {
    throw unfinished
  }
  package mutating func finish(_ result: ProgramResult) throws(Problem) { throw unfinished }
}
