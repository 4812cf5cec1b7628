/// The program that planetbed leaves on routers, which puts delays there and takes them away:
/// `templates/latency/agent`.
package struct RouterAgent: Sendable, Hashable {
  /// The testbed's name.
  package var testbed: String

  /// The program of a testbed's routers.
  package init(testbed: String) { self.testbed = testbed }

  /// Its path on a router.
  package var path: String { "/etc/planetbed/\(testbed)/latency/agent" }
}
