/// `planetbed kubeconfig`: where the administrator's access was written.
package struct KubeconfigView: ResultView {
  private let file: String
  private let context: String
  private let server: String
  private let master: String
  private let isReachable: Bool

  /// Where it was written, and what it says but for the secret.
  package init(file: String, context: String, server: String, master: String, isReachable: Bool) {
    self.file = file
    self.context = context
    self.server = server
    self.master = master
    self.isReachable = isReachable
  }

  package var verb: String { "kubeconfig" }

  package func text(_ layout: TextLayout) -> String {
    "\(file): context \(context), API at \(server)\n"
      + (isReachable ? "  kubectl --kubeconfig \(file) get nodes\n" : "")
  }

  package var members: [JSONValue.Member] {
    [
      JSONValue.Member("file", .string(file)), JSONValue.Member("context", .string(context)),
      JSONValue.Member("server", .string(server)), JSONValue.Member("host", .string(master)),
      JSONValue.Member("reachable", .boolean(isReachable)),
    ]
  }
}
