import Lab
import Diagnostics
import Glibc
import Reporting

/// `planetbed lab logs`
enum LabLogsVerb: Verb {
  static let declaration = CommandDeclaration(
    "logs", "Show what one of the lab's machines said on its console, its journal included.",
    parameters: [CommonParameters.inventory, LabShellVerb.host],
    examples: ["planetbed lab logs inventory/lab.toml vyos01"])

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try LabSetup(invocation)
    let path = try setup.lab.logs(of: invocation.arguments.word(LabShellVerb.host))
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var rest: [UInt8] = []
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      rest += buffer.prefix(count)
      // Whole lines only, so that no character is cut in two; but a line may not grow for ever.
      let end = rest.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
      let whole = count == 0 || rest.count > 1 << 20 ? rest.count : end ?? 0
      invocation.console.output.write(VisibleText.lines(rest.prefix(whole)))
      rest.removeFirst(whole)
      if count == 0 { return .success }
    }
  }

  private static func unreadable(_ path: String) -> Problem {
    Problem(
      "cannot read \(path)", detail: String(cString: strerror(errno)), exitStatus: .failure)
  }
}
