import CPlatform
import Diagnostics

#if canImport(Glibc)
  import Glibc
#endif

/// A program of this computer, run with an argument list and nothing of a shell's.
struct HostCommand: Sendable {
  /// What a program said.
  struct Output: Sendable {
    /// Its exit status, or 128 and the signal's number.
    var status: Int32
    /// Its standard output, the first 8 MiB.
    var text: String
    /// Its standard error, the last 64 KiB.
    var errors: String
  }

  /// The program's name, looked for in the folders of `searchPath`.
  var program: String
  /// Its arguments, without the program's own name.
  var arguments: [String]
  /// What it reads from its standard input.
  var input = ""
  /// What it has in its environment beside the search path, `LC_ALL=C` and the proxies.
  var environment: [String: String] = [:]

  /// A program and its arguments.
  init(
    _ program: String, _ arguments: [String], input: String = "",
    environment: [String: String] = [:]
  ) {
    self.program = program
    self.arguments = arguments
    self.input = input
    self.environment = environment
  }

  /// The folders that programs are looked for in; root's, whatever the caller's are.
  static let searchPath = [
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
  ]

  /// The path of a program; nil when it is not there.
  static func path(of program: String) -> String? {
    searchPath.lazy.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  /// The environment that the program gets: little, and the same for every caller, but for the
  /// proxies, without which some computers reach no package.
  var wholeEnvironment: [String] {
    var all = [
      "PATH": Self.searchPath.joined(separator: ":"), "HOME": "/root", "LC_ALL": "C",
      "DEBIAN_FRONTEND": "noninteractive",
    ]
    for name in ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "TMPDIR"] {
      if let value = getenv(name) { all[name] = String(cString: value) }
    }
    all.merge(environment) { $1 }
    return all.map { "\($0)=\($1)" }.sorted()
  }

  /// Starts it with these three descriptors. The child has a session of its own, so that a Ctrl-C
  /// on the terminal reaches it only through planetbed. Returns its process id.
  func start(_ descriptors: [Int32], outlivesUs: Bool) throws(Problem) -> pid_t {
    guard let path = Self.path(of: program) else {
      throw Problem("the program \(program) is missing", exitStatus: .failure)
    }
    let child = withCStrings([program] + arguments) { argv in
      withCStrings(wholeEnvironment) { envp in
        planetbed_spawn(path, argv, envp, descriptors, 1, outlivesUs ? 0 : 1)
      }
    }
    if child < 0 { throw Problem.system("cannot start \(path)", errno) }
    return child
  }

  /// Runs it to its end. Throws when it cannot be started, fails, or `interruption` says so: then
  /// it is ended first.
  @discardableResult
  func run(_ interruption: Interruption) throws(Problem) -> Output {
    let output = try runToEnd(interruption)
    guard output.status != 0 else { return output }
    let said = output.errors.isEmpty ? output.text : output.errors
    throw Problem(
      "\(program) failed with status \(output.status)",
      detail: "It was run as: \(([program] + arguments).joined(separator: " "))\n"
        + VisibleText.lastLines(of: Array(said.utf8), count: 12).joined(separator: "\n"),
      exitStatus: .failure)
  }

  /// Runs it to its end, whatever its status is; `eachLine` is given each line of its standard output
  /// when it is there, with what could steer a terminal made visible.
  func runToEnd(
    _ interruption: Interruption, eachLine: ((String) -> Void)? = nil
  ) throws(Problem) -> Output {
    try interruption.check()
    let standardInput = try StreamPair(feeding: true)
    let standardOutput = try StreamPair(feeding: false)
    let standardError = try StreamPair(feeding: false)
    let child = try start(
      [standardInput.theirs, standardOutput.theirs, standardError.theirs], outlivesUs: false)
    for stream in [standardInput, standardOutput, standardError] { stream.closeTheirs() }
    var input = Array(input.utf8)[...]
    if input.isEmpty { standardInput.closeOurs() }
    var text: [UInt8] = []
    var errors: [UInt8] = []
    var unfinishedLine: [UInt8] = []
    var interrupted = false
    while standardOutput.ours >= 0 || standardError.ours >= 0 {
      var entries = [
        pollfd(fd: standardOutput.ours, events: Int16(POLLIN), revents: 0),
        pollfd(fd: standardError.ours, events: Int16(POLLIN), revents: 0),
        pollfd(fd: standardInput.ours, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: interrupted ? -1 : interruption.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&entries, nfds_t(entries.count), -1) < 0 { continue }
      if entries[3].revents != 0 {
        interrupted = true
        // It has a group of its own. What it leaves half done has a name that nobody takes for whole.
        kill(-child, SIGKILL)
      }
      if entries[2].revents != 0 { standardInput.feed(&input) }
      if entries[0].revents != 0 {
        let bytes = standardOutput.drain()
        text = Array((text + bytes).prefix(8 << 20))
        if let eachLine {
          let parts = (unfinishedLine + bytes).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
          for line in parts.dropLast() {
            eachLine(VisibleText.line(String(decoding: line, as: UTF8.self)))
          }
          unfinishedLine = Array((parts.last ?? []).suffix(64 << 10))
        }
      }
      if entries[1].revents != 0 { errors = (errors + standardError.drain()).suffix(64 << 10) }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if interrupted { throw Interruption.problem }
    let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    return Output(
      status: code, text: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }
}

/// One of a child's standard streams and our end of it. What it reads comes from a socket, not from a
/// pipe: writing to one whose reader has gone is an error then, and not a signal.
private final class StreamPair {
  private(set) var ours: Int32
  private(set) var theirs: Int32

  init(feeding: Bool) throws(Problem) {
    (ours, theirs) = feeding ? try Descriptors.sockets() : try Descriptors.pipe()
  }

  deinit {
    closeOurs()
    closeTheirs()
  }

  func closeOurs() {
    if ours >= 0 { close(ours) }
    ours = -1
  }

  func closeTheirs() {
    if theirs >= 0 { close(theirs) }
    theirs = -1
  }

  /// What there is to read, after poll(2) said so; closes our end at the other's end.
  func drain() -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(ours, &buffer, buffer.count)
    if count > 0 { return buffer[..<count] }
    if count == 0 || errno != EINTR { closeOurs() }
    return []
  }

  /// Writes what can be written without waiting; closes our end after the last byte, or when nobody
  /// reads any more.
  func feed(_ bytes: inout ArraySlice<UInt8>) {
    let count = bytes.withUnsafeBytes {
      send(
        ours, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }
    if count >= 0 {
      bytes = bytes.dropFirst(count)
    } else if errno != EAGAIN && errno != EINTR {
      bytes = []
    }
    if bytes.isEmpty { closeOurs() }
  }
}

/// Calls `body` with the texts as C wants an argument list: pointers, and a null at the end.
private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return body(copies)
}
