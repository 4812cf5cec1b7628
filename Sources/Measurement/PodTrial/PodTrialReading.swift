import ShellPrograms

/// What the program of a trial told; texts are the machine's own, cut to a bearable length.
struct PodTrialReading: Sendable, Hashable {
  /// A pod of the trial, by the API's word.
  struct Pod: Sendable, Hashable {
    var name: String
    var node: String
    var isReady: Bool
    /// Why it does not run, in the API's words; may be empty.
    var reason: String
  }

  /// What came of a pod's asking another.
  enum Reply: String, Sendable, Hashable {
    /// A long answer came whole.
    case whole
    /// Short answers come, long ones do not.
    case small
    /// No answer came.
    case none
  }

  /// What a pod said.
  struct Answers: Sendable, Hashable {
    /// By the node of the pod that was asked.
    var pods: [String: Reply] = [:]
    /// How often the service was asked.
    var tries = 0
    /// How often it did not answer.
    var missed = 0
    /// The nodes of the pods that answered for the service.
    var backends: Set<String> = []
    /// Whether the service was found by its name; nil when that was not asked.
    var findsNames: Bool?
  }

  /// Why there was no trial.
  struct Failure: Sendable, Hashable {
    /// What could not be done: `api`, `create`.
    var step: String
    /// Why, in kubectl's words.
    var words: String
  }

  /// Whether the machine has no cluster.
  var isAbsent = false
  /// Why there was no trial.
  var failure: Failure?
  /// Why not all nodes became ready in time.
  var unreadyNodes: String?
  /// The pods.
  var pods: [Pod] = []
  /// The last warning about each pod.
  var warnings: [String: String] = [:]
  /// What each worker's pod said.
  var answers: [String: Answers] = [:]
  /// Why a worker's pod could not be asked.
  var unasked: [String: String] = [:]
  /// Why the namespace was not seen to go.
  var leftover: String?

  private static let longestList = 10_000

  /// Reads the program's frames; what is not as the program writes it is passed over.
  init(_ frames: [Frame]) {
    for frame in frames {
      let subject = frame.words.dropFirst().first ?? ""
      switch frame.words.first {
      case "absent": isAbsent = true
      case "failed" where subject == "nodes": unreadyNodes = Self.lastLine(frame.text)
      case "failed": failure = Failure(step: subject, words: Self.lastLine(frame.text))
      case "pods": pods = Self.lines(frame.text).compactMap(Pod.init)
      case "events":
        for words in Self.lines(frame.text).map(Self.words) where words.count == 3 {
          warnings[words[0]] = "\(words[1]): \(Self.unquoted(words[2]))"
        }
      case "worker" where ClusterReading.isName(subject):
        answers[subject] = Answers(Self.lines(frame.text))
      case "unasked" where ClusterReading.isName(subject):
        unasked[subject] = Self.lastLine(frame.text)
      case "left": leftover = Self.lastLine(frame.text)
      default: continue
      }
    }
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", maxSplits: longestList).prefix(longestList)
      .filter { $0.utf8.count <= 4096 }
  }

  fileprivate static func words(_ line: Substring) -> [String] {
    line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }

  fileprivate static func unquoted(_ text: String) -> String {
    let inner = text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text
    return String(inner.replacing(#"\""#, with: "\"").prefix(300))
  }

  private static func lastLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    return String((line ?? "").prefix(300))
  }
}

extension PodTrialReading.Pod {
  /// `name node address True|False reason "message"`, with tabs between.
  fileprivate init?(_ line: Substring) {
    let words = PodTrialReading.words(line)
    guard words.count >= 4, ClusterReading.isName(words[0]),
      words[1].isEmpty || ClusterReading.isName(words[1])
    else { return nil }
    name = words[0]
    node = words[1]
    isReady = words[3] == "True"
    let parts = words.dropFirst(4).prefix(2).map(PodTrialReading.unquoted)
    reason = parts.filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

extension PodTrialReading.Answers {
  /// Lines `pod NODE whole|small|none`, `backend NODE`, `service TRIES MISSED`, `names yes|no`.
  fileprivate init(_ lines: [Substring]) {
    for words in lines.map({ $0.split(separator: " ") }) {
      switch (words.first, words.count) {
      case ("pod", 3):
        pods[String(words[1])] = PodTrialReading.Reply(rawValue: String(words[2]))
      case ("backend", 2): backends.insert(String(words[1]))
      case ("service", 3):
        guard let tries = Int(words[1]), let missed = Int(words[2]) else { continue }
        (self.tries, self.missed) = (tries, missed)
      case ("names", 2): findsNames = words[1] == "yes"
      default: continue
      }
    }
  }
}
