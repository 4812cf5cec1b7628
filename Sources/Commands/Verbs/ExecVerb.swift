import Inventories
import Diagnostics
import Execution
import Reporting
import ShellPrograms
import Synchronization

/// `planetbed exec`
enum ExecVerb: Verb {
  static let command = ParameterDeclaration(
    "command", arity: .rest,
    "The command: one word is a text for sh, several are a program and its arguments.")
  static let asUser = OptionDeclaration(
    "as-user", "Run it as the user that logs in, and not as root.")
  static let timeout = OptionDeclaration(
    "timeout", value: .init("seconds"), "Give a machine up that takes longer.")

  static let declaration = CommandDeclaration(
    "exec", "Run a command on every machine at once.",
    discussion: """
      What it writes is shown line by line as it comes, after the machine's name. Exit status 1 \
      when it failed somewhere.
      """,
    parameters: [CommonParameters.inventory, command],
    options: [CommonParameters.limit, asUser, timeout] + ConnectionOptions.all,
    examples: [
      "planetbed exec inventory/lab.toml -- ip route",
      "planetbed exec inventory/lab.toml --limit host=lb -- 'systemctl status haproxy | head -3'",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let machines = try setup.machinesInScope()
    let deadline = try deadline(invocation)
    let interruption = Interruption()
    let runner = ExecRunner(
      machines: machines, connector: try setup.connector(), interruption: interruption,
      clock: invocation.surroundings.clock)
    let lines = Lines(
      invocation, widest: machines.map { TextWidth.of($0.name) }.max() ?? 0)
    let words = invocation.arguments.words(command)
    let text =
      words.count == 1 ? words[0] : words.map { ShellQuoting.quoted($0) }.joined(separator: " ")
    let result = await invocation.surroundings.interrupts.handling {
      interruption.request()
    } while: {
      await runner.exec(
        text, asRoot: !invocation.arguments.has(asUser), deadline: deadline
      ) { lines.take($0, $1, $2) }
    }
    let view = ExecView(result: result, written: lines.written)
    invocation.tell(view.diagnostics)
    invocation.report(view)
    return result.interrupted ? .interrupted : result.failed > 0 ? .failure : .success
  }

  private static func deadline(_ invocation: Invocation) throws(Problem) -> Duration? {
    guard let text = invocation.arguments.value(timeout) else { return nil }
    guard let seconds = Int(text), (1...86_400).contains(seconds) else {
      throw Problem(
        "'\(text)' is no value for option '--timeout'",
        detail: "It is a number of whole seconds, from 1 to 86400.", exitStatus: .usage)
    }
    return .seconds(seconds)
  }

  /// Shows lines as they come, or keeps them for the result.
  private final class Lines: Sendable {
    private let invocation: Invocation
    private let widest: Int
    private let kept = Mutex<[String: ExecView.Written]>([:])

    init(_ invocation: Invocation, widest: Int) {
      self.invocation = invocation
      self.widest = widest
    }

    var written: [String: ExecView.Written] { kept.withLock { $0 } }

    func take(_ host: String, _ stream: ExecStream, _ bytes: [UInt8]) {
      let line = String(decoding: bytes, as: UTF8.self)
      let console = invocation.console
      switch invocation.format {
      case .text:
        let target = stream == .output ? console.output : console.errors
        target.write(ExecView.line(line, from: host, widest: widest, target.layout))
      case .json:
        kept.withLock { kept in
          switch stream {
          case .output: kept[host, default: .init()].output += line + "\n"
          case .errors: kept[host, default: .init()].errors += line + "\n"
          }
        }
      case .jsonLines:
        let event: JSONValue = [
          "event": "line", "host": .string(host), "stream": .string(stream.rawValue),
          "line": .string(line),
        ]
        console.output.write(event.compact + "\n")
      }
    }
  }
}
