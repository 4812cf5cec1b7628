import Diagnostics
import Experiments
import Inventories

/// What `planetbed measure` is asked for, by its command line.
enum MeasureArguments {
  static let rtt = OptionDeclaration(
    "rtt", value: .init("times", standard: "100ms,300ms,500ms"),
    "The round-trip times between the masters' site and the workers' sites; 0ms leaves the testbed's own delays."
  )
  static let containers = OptionDeclaration(
    "containers", value: .init("numbers", standard: "4,20,100"),
    "How many containers are started at once, spread over all workers.")
  static let runs = OptionDeclaration(
    "runs", value: .init("number", standard: "5"),
    "How often each is measured; a warm-up before is not counted.")
  static let image = OptionDeclaration(
    "image", value: .init("name"),
    "The containers' image, which runs by itself; kubeadm's pause image unless said otherwise.")
  static let seed = OptionDeclaration(
    "seed", value: .init("number"),
    "What the order of delays and numbers comes from; a new one each time unless said otherwise.")
  static let ordered = OptionDeclaration(
    "ordered", "Take delays and numbers in the order in which they are given.")
  static let deadline = OptionDeclaration(
    "deadline", value: .init("time", standard: "10min"),
    "When a start is cut off and counted as incomplete.")
  static let mountTokens = OptionDeclaration(
    "mount-tokens", "Have service-account tokens mounted, which are left out otherwise.")
  static let null = OptionDeclaration(
    "null", "Measure the instrument itself too, by starts of no containers.")
  static let resume = OptionDeclaration(
    "resume", value: .init("run", assumed: MeasureArguments.newest),
    "Go on with an experiment that was interrupted: the newest, or this run or the beginning of its name. What it was asked for holds."
  )

  /// The options of which an experiment consists, that `--resume` takes from the journal.
  static let matrix = [
    rtt, containers, runs, image, seed, ordered, deadline, mountTokens, null,
  ]

  /// The word for the newest experiment.
  static let newest = "last"

  /// Longer round trips are a mistake: Kubernetes gives nodes up first.
  private static let longestRTT = 60_000.0
  /// As many pods as no cluster that Kubernetes promises to carry goes beyond (150,000 in its own
  /// documentation, "Considerations for large clusters") are no experiment on start times.
  private static let mostContainers = 10_000

  /// What the options ask for.
  /// - Parameter freshSeed: the seed when none is given and the order is free.
  /// - Throws: `Problem` of wrong usage.
  static func request(
    _ arguments: ParsedArguments, freshSeed: UInt64
  ) throws(Problem) -> StartRequest {
    if arguments.has(seed), arguments.has(ordered) {
      throw Problem(
        "--seed and --ordered", detail: "The order comes from the one or the other.",
        exitStatus: .usage)
    }
    var request = StartRequest(
      delays: try list(arguments, rtt, "times up to 60s, each once, such as 0ms,100ms") { word in
        guard let milliseconds = Notation.milliseconds(word), milliseconds <= longestRTT else {
          return nil
        }
        return .some(milliseconds == 0 ? nil : milliseconds)
      },
      containers: try list(
        arguments, containers, "numbers from 1 to \(mostContainers), each once, such as 4,20,100"
      ) { number($0, 1...mostContainers) },
      runs: try value(arguments, runs, "a number from 1 to 1000") { number($0, 1...1000) },
      image: nil,
      seed: arguments.has(ordered) ? nil : freshSeed,
      deadlineSeconds: try value(arguments, deadline, "a time from 1s to 24h, such as 10min") {
        guard let milliseconds = Notation.milliseconds($0),
          (1000...86_400_000).contains(milliseconds)
        else { return nil }
        return milliseconds / 1000
      },
      mountsTokens: arguments.has(mountTokens), measuresInstrument: arguments.has(null))
    if arguments.has(image) {
      request.image = try value(arguments, image, "an image's name, such as k8s.gcr.io/pause:3.2") {
        isImage($0) ? $0 : nil
      }
    }
    if arguments.has(seed) {
      request.seed = try value(arguments, seed, "a number from 0 to \(UInt64.max)") { UInt64($0) }
    }
    return request
  }

  /// The name of a run that was interrupted, of those that have an experiment, the newest first.
  /// - Throws: `Problem` of wrong usage when there is none, or several begin so.
  static func run(named name: String, among runs: [String]) throws(Problem) -> String {
    guard let last = runs.first else {
      throw Problem(
        "there is no experiment to go on with",
        detail: "The journal of this inventory has none. Begin one without --resume.",
        exitStatus: .usage)
    }
    if name == newest { return last }
    let found = runs.filter { $0.hasPrefix(name) }
    if found.count == 1 || found.contains(name) { return found.first { $0 == name } ?? found[0] }
    let listed = (found.isEmpty ? runs : found).prefix(10).joined(separator: "\n  ")
    throw Problem(
      found.isEmpty
        ? "there is no experiment '\(VisibleText.line(name, limit: 60))'"
        : "\(found.count) experiments begin with '\(VisibleText.line(name, limit: 60))'",
      detail: "Those of this inventory are:\n  \(listed)", exitStatus: .usage)
  }

  /// - Throws: `Problem` of wrong usage when an option is given that the experiment to go on with has an
  ///   answer to.
  static func checkResumption(_ arguments: ParsedArguments) throws(Problem) {
    guard let option = matrix.first(where: { arguments.has($0) }) else { return }
    throw Problem(
      "--\(option.name) and --resume",
      detail:
        "What was asked for at the beginning holds to the end. Leave out --\(option.name), or "
        + "begin anew without --resume.", exitStatus: .usage)
  }

  /// An image's name, as the registries' and containerd's rules have it: nothing that would mean
  /// something else to a shell or a template.
  private static func isImage(_ word: String) -> Bool {
    (1...255).contains(word.utf8.count)
      && word.utf8.first.map { isLetterOrDigit($0) } == true
      && word.utf8.allSatisfy { isLetterOrDigit($0) || "./:@_-".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func number(_ word: String, _ range: ClosedRange<Int>) -> Int? {
    guard (1...6).contains(word.utf8.count), word.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(word), range.contains(number)
    else { return nil }
    return number
  }

  private static func list<Value: Hashable>(
    _ arguments: ParsedArguments, _ option: OptionDeclaration, _ form: String,
    _ read: (String) -> Value?
  ) throws(Problem) -> [Value] {
    try value(arguments, option, form) { text in
      let words = text.split(separator: ",", omittingEmptySubsequences: false)
      let values = words.compactMap { read(String($0)) }
      return values.count == words.count && Set(values).count == values.count && words.count <= 100
        ? values : nil
    }
  }

  private static func value<Value>(
    _ arguments: ParsedArguments, _ option: OptionDeclaration, _ form: String,
    _ read: (String) -> Value?
  ) throws(Problem) -> Value {
    let text = arguments.value(option) ?? ""
    guard let value = read(text) else {
      throw Problem(
        "'\(VisibleText.line(text, limit: 60))' is no value for option '--\(option.name)'",
        detail: "It is \(form).", exitStatus: .usage)
    }
    return value
  }
}
