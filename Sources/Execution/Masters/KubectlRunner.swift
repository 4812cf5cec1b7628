import Diagnostics
import Inventories
import ShellPrograms
import Synchronization
import Transport

/// How a kubectl ended.
package struct KubectlResult: Sendable {
  /// The master that it ran on.
  package var master: String
  /// How it ended.
  package var ending: ProgramResult.Ending

  /// How a kubectl ended.
  package init(master: String, ending: ProgramResult.Ending) {
    self.master = master
    self.ending = ending
  }
}

/// Runs kubectl as the cluster's administrator on the first master that answers.
package struct KubectlRunner: Sendable {
  private let inventory: Inventory
  private let connector: any Connector
  private let interruption: Interruption

  /// The connector is closed at the end of the command.
  package init(inventory: Inventory, connector: any Connector, interruption: Interruption) {
    self.inventory = inventory
    self.connector = connector
    self.interruption = interruption
  }

  /// Runs it. The user's first interruption is passed on to it; the second gives it up.
  /// - Parameters:
  ///   - words: what follows `kubectl`.
  ///   - input: what it reads; nil for nothing.
  ///   - onOutput: called with what it writes as it comes, in order; the bytes are unchecked.
  package func run(
    _ words: [String], input: [UInt8]?,
    onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> KubectlResult {
    do {
      let result = try await FirstMaster(inventory: inventory, connector: connector).run {
        master, connection in
        try await run(words, input: input, on: master, connection, onOutput)
      }
      await connector.close()
      return result
    } catch {
      await connector.close()
      throw error
    }
  }

  private func run(
    _ words: [String], input: [UInt8]?, on master: Host, _ connection: any Connection,
    _ onOutput: @escaping @Sendable (OutputChunk) -> Void
  ) async throws -> KubectlResult? {
    let call = FrameFormat.randomBoundary()
    let program = Self.program(words, input: input, call: call)
    let opening = SharedOpening()
    return try await interruption.cancelling(at: .givingUp) {
      try await withThrowingTaskGroup(of: ProgramResult?.self) { group in
        group.addTask {
          try await connection.run(program) { chunk in
            switch chunk {
            case .errors: onOutput(chunk)
            case .output(let bytes):
              let rest = opening.state.withLock { $0.take(bytes) }
              if !rest.isEmpty { onOutput(.output(rest)) }
            }
          }
        }
        group.addTask {
          for await level in interruption.levels() where level >= .finishing { break }
          // Ended by the cancellation below when kubectl has ended by itself.
          if Task.isCancelled { return nil }
          if let process = opening.state.withLock({ $0.process }) {
            _ = try await connection.run(Self.stop(process, call: call))
          }
          return nil
        }
        defer { group.cancelAll() }
        while let ended = try await group.next() {
          guard let ended else { continue }
          if opening.state.withLock({ $0.isAbsent }) { return nil }
          return KubectlResult(master: master.name, ending: ended.ending)
        }
        throw CancellationError()
      }
    }
  }

  /// The program: its first line says that there is no cluster, or which process kubectl is.
  /// kubectl's cache goes into a home of its own, which goes with it.
  static func program(_ words: [String], input: [UInt8]?, call: String) -> RemoteProgram {
    let arguments = words.map { ShellQuoting.quoted($0) }.joined(separator: " ")
    let kubectl = """
      sh -c 'printf "planetbed 1 %s\\n" "$$"; exec kubectl "$@"' sh \(arguments)
      """
    let run =
      input.map { "base64 -d <<'\(call)' | \(kubectl)\n\(Base64.lines($0))\(call)" }
      ?? "\(kubectl) </dev/null"
    return RemoteProgram(
      ShellLibrary.surroundings + """
        if ! { \(AdministratorShell.isMaster); }; then
          echo 'planetbed 1 absent'
          exit 0
        fi
        HOME=$(mktemp -d) || exit 1
        trap 'rm -rf "$HOME"' EXIT
        trap 'exit 130' HUP INT TERM
        KUBECONFIG=\(AdministratorShell.configuration) PLANETBED_CALL=\(call)
        export HOME KUBECONFIG PLANETBED_CALL
        \(run)
        exit "$?"

        """)
  }

  /// Interrupts the process, if it still is the one.
  static func stop(_ process: Int, call: String) -> RemoteProgram {
    RemoteProgram(
      """
      if tr '\\0' '\\n' </proc/\(process)/environ | grep -qx PLANETBED_CALL=\(call); then
        kill -INT \(process)
      fi

      """, deadline: .seconds(60))
  }
}

/// The opening, which the run and its interruption look at.
private final class SharedOpening: Sendable {
  let state = Mutex(KubectlOpening())
}

/// Takes the first line of the program's output, which is for us and not for the user.
struct KubectlOpening {
  private var line: [UInt8]? = []
  /// kubectl's process; nil until it is told.
  private(set) var process: Int?
  /// Whether the machine has no cluster.
  private(set) var isAbsent = false

  /// The longest first line that can be ours.
  private static let longest = 40

  /// What of the next piece is the user's.
  mutating func take(_ bytes: [UInt8]) -> [UInt8] {
    guard let begun = line else { return bytes }
    let all = begun + bytes
    guard let end = all.firstIndex(of: UInt8(ascii: "\n")) else {
      line = all
      // Not ours: the user may know what it is.
      guard all.count > Self.longest else { return [] }
      line = nil
      return all
    }
    line = nil
    let words = String(decoding: all[..<end], as: UTF8.self).split(separator: " ")
    guard words.count == 3, words[0] == "planetbed", words[1] == "1" else { return all }
    isAbsent = words[2] == "absent"
    process = Int(words[2]).flatMap { (2...0x3f_ffff).contains($0) ? $0 : nil }
    return Array(all[(end + 1)...])
  }
}
