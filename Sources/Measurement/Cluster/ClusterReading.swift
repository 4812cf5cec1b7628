import ShellPrograms

/// What a master told of the cluster; texts are the machine's own, cut to a bearable length.
package struct ClusterReading: Sendable, Hashable {
  /// A node, by the API's word.
  package struct Node: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its kubelet's version, `v1.34.2`.
    package var version: String
    /// Whether no new pods are put on it.
    package var isCordoned: Bool
    /// Its addresses of the type InternalIP.
    package var addresses: [String]
    /// Whether it is ready.
    package var isReady: Bool
    /// Why it is as it is, in the API's words: `KubeletNotReady: …`; empty when it is ready.
    package var reason: String
  }

  /// A part of the control plane on one master, by the API's word.
  package struct Component: Sendable, Hashable {
    /// What it is: `kube-apiserver`.
    package var name: String
    /// The node that it runs on.
    package var node: String
    /// Whether it is ready.
    package var isReady: Bool
    /// What it waits for, in the API's words: `CrashLoopBackOff`; may be empty.
    package var reason: String

    /// Whether it is being made, or runs and the kubelet has not told the API that it answers: it asks
    /// every ten seconds and tells up to a minute later. What never answers is ended by the kubelet, and
    /// waits.
    package var isStarting: Bool {
      !isReady && [Self.starting, "ContainerCreating", "PodInitializing"].contains(reason)
    }
    /// The reason that the program gives then: no word of the API's, which begin with capitals.
    static let starting = "starting"
  }

  /// A member of etcd, by the word of the master's own one.
  package struct Member: Sendable, Hashable {
    /// Its number in hexadecimal.
    package var id: String
    /// Its name, which kubeadm makes the node's; empty until it has started for the first time.
    package var name: String
    /// Whether it has ever started.
    package var isStarted: Bool
    /// Whether it learns only, and has no vote yet.
    package var isLearner: Bool
  }

  /// A certificate of the master's.
  package struct Certificate: Sendable, Hashable {
    /// What kubeadm calls it: `apiserver`.
    package var name: String
    /// When it ends, `2027-11-21T17:00Z`.
    package var expires: String
    /// How many whole days are left, less than 0 when it has ended.
    package var days: Int
  }

  /// Whether the API answers at the load balancer, or why not; nil when nothing was told of it.
  package var endpoint: Answer?
  /// Whether the master's own API server answers, or why not.
  package var own: Answer?
  /// The nodes; nil when the API did not tell them.
  package var nodes: [Node]?
  /// The control plane's parts; nil when the API did not tell them.
  package var components: [Component]?
  /// The members of etcd; nil when the master's own one did not tell them.
  package var members: [Member]?
  /// Whether the master's own member of etcd can still agree with the others.
  package var etcd: Answer?
  /// The master's certificates; nil when kubeadm did not tell them.
  package var certificates: [Certificate]?

  /// What came of a question.
  package enum Answer: Sendable, Hashable {
    /// It was answered.
    case well
    /// It was not, with these words.
    case failed(String)
  }

  /// What is taken of one list; more is not believed.
  private static let longestList = 5000
  /// What is taken of one text.
  private static let longestText = 300

  /// Nothing yet.
  package init() {}

  /// Reads the frames of `ClusterProgram`; nil when the master says that it has no cluster. What is
  /// not as the program writes it is passed over.
  package init?(_ frames: [Frame]) {
    for frame in frames {
      let isFailure = frame.words.first == "failed"
      let text = frame.text
      let answer = isFailure ? Answer.failed(Self.lastLine(text)) : .well
      switch isFailure ? frame.words.dropFirst().first : frame.words.first {
      case "absent": return nil
      case "own": own = answer
      case "endpoint": endpoint = answer
      case "health": etcd = answer
      case "nodes" where !isFailure: nodes = Self.lines(text).compactMap(Node.init)
      case "components" where !isFailure: components = Self.lines(text).compactMap(Component.init)
      case "members" where !isFailure: members = Self.lines(text).compactMap(Member.init)
      case "certificates" where !isFailure:
        certificates = Self.lines(text).compactMap(Certificate.init)
      default: continue
      }
    }
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", maxSplits: longestList).prefix(longestList)
      .filter { $0.utf8.count <= 4096 }
  }

  private static func lastLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    return String((line ?? "").prefix(longestText))
  }

  /// A name as Kubernetes allows it (RFC 1123, a subdomain).
  static func isName(_ text: some StringProtocol) -> Bool {
    (1...253).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      }
  }
}

extension ClusterReading.Node {
  /// `name version open|cordoned address,… True|False|Unknown reason "message"`, with tabs between.
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count >= 4, ClusterReading.isName(words[0]) else { return nil }
    name = String(words[0])
    version = String(words[1].prefix(40))
    isCordoned = words[2] == "cordoned"
    addresses = words[3].split(separator: ",").prefix(8).map { String($0.prefix(45)) }
    isReady = words.count > 4 && words[4] == "True"
    reason = ""
    if isReady { return }
    // A node that has only just joined has no conditions yet.
    let message = words.count > 6 ? words[6].dropFirst().dropLast() : ""
    let parts = words.count > 5 ? [words[5], message] : ["it has not reported yet"]
    reason = parts.filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

extension ClusterReading.Component {
  /// `component node True|False reason`, with tabs between.
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count >= 3, ClusterReading.isName(words[0]), ClusterReading.isName(words[1]) else {
      return nil
    }
    name = String(words[0])
    node = String(words[1])
    isReady = words[2] == "True"
    reason = words.count > 3 ? String(words[3].prefix(80)) : ""
  }
}

extension ClusterReading.Member {
  /// `id, started|unstarted, name, peer URLs, client URLs, is a learner` (etcdctl member list).
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.drop { $0 == " " }
    }
    guard words.count >= 5, (1...16).contains(words[0].utf8.count),
      words[0].allSatisfy(\.isHexDigit), words[2].isEmpty || ClusterReading.isName(words[2])
    else { return nil }
    id = String(words[0])
    isStarted = words[1] == "started"
    name = String(words[2])
    isLearner = words.last == "true"
  }
}

extension ClusterReading.Certificate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// A row of the tables of `kubeadm certs check-expiration`:
  /// `apiserver   Nov 21, 2027 17:00 UTC   364d   ca   no`.
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count >= 7, words[5] == "UTC",
      let month = Self.months.firstIndex(of: String(words[1])),
      let day = Int(words[2].dropLast()), (1...31).contains(day), let year = Int(words[3]),
      (1970...9999).contains(year), words[4].utf8.count == 5, words[0].utf8.count <= 64,
      let days = Self.days(words[6])
    else { return nil }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    name = String(words[0])
    expires = "\(year)-\(two(month + 1))-\(two(day))T\(words[4])Z"
    self.days = days
  }

  /// What kubeadm says is left: `364d`, `9y`, `12h`, `<invalid>` (duration.ShortHumanDuration).
  private static func days(_ text: Substring) -> Int? {
    if text == "<invalid>" { return -1 }
    guard let unit = text.last, let number = Int(text.dropLast()), (0...100_000).contains(number)
    else { return nil }
    switch unit {
    case "y": return number * 365
    case "d": return number
    case "h", "m", "s": return 0
    default: return nil
    }
  }
}
