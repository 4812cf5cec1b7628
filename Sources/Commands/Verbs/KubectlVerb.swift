import Diagnostics
import Execution
import Glibc
import Inventories
import Reporting
import ShellPrograms
import Synchronization
import Transport

/// `planetbed kubectl`
enum KubectlVerb: Verb {
  static let words = ParameterDeclaration(
    "arguments", arity: .rest, "What follows 'kubectl'.")

  static let declaration = CommandDeclaration(
    "kubectl", "Run kubectl on a master, as the cluster's administrator.",
    discussion: """
      It runs on the first master that answers, over SSH, wherever the API can be reached from. What \
      is piped in is passed on when kubectl is told to read it ('-f -', '-i'); files of this computer \
      are not there. There is no terminal for 'exec -it' or 'edit'. The exit status is kubectl's.
      """,
    parameters: [CommonParameters.inventory, words], options: ConnectionOptions.all,
    examples: [
      "planetbed kubectl inventory/lab.toml -- get nodes -o wide",
      "planetbed kubectl inventory/lab.toml -- apply -f - < deployment.yaml",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let setup = try RunSetup(invocation)
    let arguments = invocation.arguments.words(words)
    let call = KubectlCall(arguments)
    if let file = call.files.first(where: { access($0, F_OK) == 0 }) {
      throw Problem(
        "kubectl runs on a master, where \(file) of this computer is not",
        detail: "Pipe the file in: planetbed kubectl \(setup.inventory.file) -- … -f - < \(file)",
        exitStatus: .usage)
    }
    let input = invocation.surroundings.input
    if call.readsInput, !call.isInteractive, input.isTerminal() {
      throw Problem(
        "kubectl is to read standard input, and nothing is piped in",
        detail: "planetbed kubectl \(setup.inventory.file) -- … -f - < FILE", exitStatus: .usage)
    }
    let bytes = call.readsInput && !input.isTerminal() ? try await input.readAll() : nil
    let interruption = Interruption()
    let runner = KubectlRunner(
      inventory: setup.inventory, connector: try setup.connector(), interruption: interruption)
    let output = KubectlOutput(invocation)
    let result = try await invocation.surroundings.interrupts.handling {
      interruption.request()
    } while: {
      try await runner.run(arguments, input: bytes) { output.take($0) }
    }
    output.finish()
    invocation.report(KubectlView(result: result, written: output.written))
    if interruption.level > .none { return .interrupted }
    switch result.ending {
    case .exited(let status): return ExitStatus(rawValue: status)
    case .signalled(let name):
      throw Problem(
        "kubectl was ended by signal \(name)", host: result.master, exitStatus: .failure)
    }
  }
}

/// What kubectl's arguments say of files and of standard input.
struct KubectlCall {
  /// The files and folders that it is to read.
  private(set) var files: [String] = []
  /// Whether it is to read standard input.
  private(set) var readsInput = false
  /// Whether what it reads goes to a container, which may do without.
  private(set) var isInteractive = false

  /// Reads what follows `kubectl`; what follows a `--` is a container's.
  init(_ words: [String]) {
    // There, -f follows.
    if words.first(where: { !$0.hasPrefix("-") }) == "logs" { return }
    var rest = words[...]
    while let word = rest.popFirst(), word != "--" {
      switch word {
      case "-f", "--filename", "-k", "--kustomize", "--from-file", "--patch-file":
        if let value = rest.popFirst() { take(value) }
      case "-i", "--stdin", "-it", "-ti", "--stdin=true":
        readsInput = true
        isInteractive = true
      default:
        for prefix in ["--filename=", "--kustomize=", "--from-file=", "--patch-file="]
        where word.hasPrefix(prefix) {
          take(String(word.dropFirst(prefix.count)))
        }
        if word.hasPrefix("-f"), !word.hasPrefix("-f=") { take(String(word.dropFirst(2))) }
        if word.hasPrefix("-f=") { take(String(word.dropFirst(3))) }
      }
    }
  }

  private mutating func take(_ value: String) {
    if value == "-" {
      readsInput = true
    } else if !value.contains("://") {
      // --from-file may name the key first: KEY=FILE.
      files.append(value.split(separator: "=", maxSplits: 1).last.map(String.init) ?? value)
    }
  }
}

/// Hands on what kubectl writes, or keeps it for the result.
private final class KubectlOutput: Sendable {
  private struct State {
    var output = LineAssembler()
    var errors = LineAssembler()
    var kept: (output: [UInt8], errors: [UInt8]) = ([], [])
  }

  private let invocation: Invocation
  private let state = Mutex(State())

  init(_ invocation: Invocation) { self.invocation = invocation }

  var written: ExecView.Written {
    state.withLock {
      ExecView.Written(
        output: String(decoding: $0.kept.output, as: UTF8.self),
        errors: String(decoding: $0.kept.errors, as: UTF8.self))
    }
  }

  func take(_ chunk: OutputChunk) {
    state.withLock { state in
      switch (chunk, invocation.format) {
      case (.output(let bytes), .text):
        Self.write(bytes, to: invocation.console.output, &state.output)
      case (.errors(let bytes), .text):
        Self.write(bytes, to: invocation.console.errors, &state.errors)
      case (.output(let bytes), _): state.kept.output += bytes
      case (.errors(let bytes), _): state.kept.errors += bytes
      }
    }
  }

  /// To be called when nothing more comes.
  func finish() {
    state.withLock { state in
      state.output.finish { Self.show($0, on: invocation.console.output) }
      state.errors.finish { Self.show($0, on: invocation.console.errors) }
    }
  }

  /// Programs and files get what was written; a terminal must not do what a machine tells it.
  private static func write(
    _ bytes: [UInt8], to stream: Console.Stream, _ lines: inout LineAssembler
  ) {
    if stream.isTerminal {
      lines.add(bytes) { show($0, on: stream) }
    } else {
      stream.writeBytes(bytes)
    }
  }

  private static func show(_ line: [UInt8], on stream: Console.Stream) {
    stream.write(VisibleText.lines(line) + "\n")
  }
}
