/// `planetbed report`: the page that was written.
package struct ReportView: ResultView {
  private let file: String
  private let bytes: Int
  private let testbed: String
  private let tunnels: Int
  private let paths: Int
  private let run: String?
  private let isOffline: Bool

  /// What was written where, and what is in it; `run` is the one whose container starts are shown.
  package init(
    file: String, bytes: Int, testbed: String, tunnels: Int, paths: Int, run: String?,
    isOffline: Bool
  ) {
    self.file = file
    self.bytes = bytes
    self.testbed = testbed
    self.tunnels = tunnels
    self.paths = paths
    self.run = run
    self.isOffline = isOffline
  }

  package var verb: String { "report" }

  package func text(_ layout: TextLayout) -> String {
    let starts = run.map { "the container starts of \($0)" } ?? "no container starts"
    return "\(layout.style(file, .strong))  \(max(1, bytes / 1000)) kB\n"
      + "  \(testbed): \(Counted.text(tunnels, "tunnel")), \(Counted.text(paths, "measured path")), "
      + "\(starts)\n"
  }

  package var members: [JSONValue.Member] {
    [
      .init("testbed", .string(testbed)), .init("file", .string(file)),
      .init("bytes", .integer(bytes)), .init("offline", .boolean(isOffline)),
      .init("tunnels", .integer(tunnels)), .init("paths", .integer(paths)),
      .init("run", .optional(run)),
    ]
  }
}
