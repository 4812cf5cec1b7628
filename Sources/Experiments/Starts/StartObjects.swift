import ShellPrograms

/// The API objects of an experiment, as JSON.
enum StartObjects {
  /// The Deployment's name, and its label's value.
  static let deployment = "starts"
  /// The object by which a watch is known to be established.
  static let mark = "planetbed-mark"
  /// The label that says, in seconds since 1970, until when a namespace is an experiment's that may be
  /// under way.
  static let untilLabel = "planetbed-measure-until"

  /// The namespace of a run; nil when the run's name makes none (RFC 1123, a label).
  static func namespace(of run: String) -> String? {
    let name = "planetbed-measure-" + run.lowercased().prefix(40)
    let trimmed = String(name.reversed().drop { $0 == "-" }.reversed())
    return isName(trimmed) && !trimmed.contains(".") ? trimmed : nil
  }

  /// Whether an image's name can be one: letters, digits, and what joins its parts.
  static func isImage(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count) && text.first != "-"
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
          || "._:/@-".utf8.contains($0)
      }
  }

  /// A name as Kubernetes allows it (RFC 1123, a subdomain).
  static func isName(_ text: some StringProtocol) -> Bool {
    (1...253).contains(text.utf8.count) && text.first != "-" && text.first != "."
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      }
  }

  /// A pod that no scheduler takes.
  static func markPod(image: String) -> String {
    """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(mark)"},\
    "spec":{"schedulerName":"planetbed-none","automountServiceAccountToken":false,\
    "containers":[{"name":"mark","image":"\(image)"}]}}
    """
  }

  /// The Deployment. Its pods are spread so that no worker has two more than another, and go to no other
  /// node: nodes that are no workers would count as empty ones otherwise.
  static func deployment(
    name: String, replicas: Int, image: String, workers: [String], mountsTokens: Bool
  ) -> String {
    let names = workers.map { "\"\($0)\"" }.joined(separator: ",")
    return """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(name)"},\
      "spec":{"replicas":\(replicas),"selector":{"matchLabels":{"app":"\(name)"}},\
      "template":{"metadata":{"labels":{"app":"\(name)"}},"spec":{\
      "automountServiceAccountToken":\(mountsTokens),"enableServiceLinks":false,\
      "terminationGracePeriodSeconds":1,\
      "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{\
      "nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/hostname",\
      "operator":"In","values":[\(names)]}]}]}}},\
      "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname",\
      "whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"\(name)"}}}],\
      "containers":[{"name":"container","image":"\(image)","imagePullPolicy":"IfNotPresent"}]}}}}
      """
  }
}
