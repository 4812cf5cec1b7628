import Inventories
import ShellPrograms

/// The program by which a master tells on what containers are started: the cluster's version, its nodes
/// and where its pods are. What an experiment that was cut off has left is taken away first.
enum GroundProgram {
  /// How much is taken of what one command writes.
  static let outputLimit = 4 << 20
  /// How long the API may take to take away what was left, in seconds.
  static let removalPatience = 300

  static let nodeTemplate = """
    {{range .items}}{{.metadata.name}}{{"\\t"}}\
    {{if .spec.unschedulable}}cordoned{{else}}open{{end}}{{"\\t"}}\
    {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}{{"\\t"}}\
    {{.status.allocatable.pods}}{{"\\t"}}{{.status.nodeInfo.containerRuntimeVersion}}{{"\\t"}}\
    {{range .spec.taints}}{{if ne .effect "PreferNoSchedule"}}{{.key}},{{end}}{{end}}{{"\\n"}}{{end}}
    """
  static let podTemplate = """
    {{range .items}}{{with .spec.nodeName}}{{.}}{{"\\n"}}{{end}}{{end}}
    """
  static let leftoverTemplate = """
    {{range .items}}{{.metadata.name}} {{index .metadata.labels "\(StartObjects.untilLabel)"}}\
    {{"\\n"}}{{end}}
    """

  /// The program. Its frames: `absent`; `failed api|left|nodes|pods` with the reason; `busy NAME UNTIL`
  /// for the namespace of another experiment; `version`, `nodes`, `pods`.
  static func program(
    namespace: String, address: IPv4Address, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings
        + AdministratorShell.kubectl + WatchShell.opening(namespace: namespace, address: address)
          + """
          patience=30
          admin "$server" get --raw /readyz >/dev/null 2>"$folder/errors" || fail api
          admin "$server" get --raw /version >"$folder/output" 2>"$folder/errors" || fail api
          frame version "$(sed -n 's/^ *"gitVersion": *"\\(v[0-9A-Za-z.+-]*\\)".*/\\1/p' "$folder/output")"
          admin "$server" get namespaces -l \(StartObjects.untilLabel) -o go-template=\
          \(ShellQuoting.quoted(leftoverTemplate)) >"$folder/left" 2>"$folder/errors" || fail left
          while read -r old until; do
            case $until in *[!0-9]* | '' | ???????????*) until=0 ;; esac
            if [ "$old" = "$name" ] || [ "$until" -lt "$(date +%s)" ]; then
              patience=\(removalPatience + 30)
              admin "$server" delete namespace "$old" --ignore-not-found \\
                --timeout=\(removalPatience)s >/dev/null 2>"$folder/errors" || fail left
              patience=30
            else
              frame "busy $old $until" ''
            fi
          done <"$folder/left"
          admin "$server" get nodes -o go-template=\(ShellQuoting.quoted(nodeTemplate)) \\
            >"$folder/output" 2>"$folder/errors" || fail nodes
          frame nodes "$(head -c \(outputLimit) "$folder/output")"
          admin "$server" get pods --all-namespaces \\
            --field-selector status.phase!=Succeeded,status.phase!=Failed -o go-template=\
          \(ShellQuoting.quoted(podTemplate)) >"$folder/output" 2>"$folder/errors" || fail pods
          frame pods "$(sort "$folder/output" | uniq -c | head -c \(outputLimit))"
          exit 0

          """, deadline: .seconds(5 * (removalPatience + 30)))
  }
}

/// What a master told of the ground; texts are the machine's own, and bounded.
struct GroundReading: Sendable {
  /// A node, by the API's word.
  struct Node: Sendable, Hashable {
    /// Its name.
    var name: String
    /// Whether pods may be put on it.
    var isOpen: Bool
    /// Whether it is ready.
    var isReady: Bool
    /// How many pods it takes in all.
    var allocatable: Int
    /// Its container runtime, `containerd 1.6.20`.
    var runtime: String
    /// The taints that keep pods away.
    var taints: String
  }

  /// Whether the master has no cluster.
  var isAbsent = false
  /// What failed, and the last words about it.
  var failure: (step: String, words: String)?
  /// The cluster's version without `v`; empty when it was not told.
  var version = ""
  /// Another experiment's namespace, and until when it may be under way, in seconds since 1970.
  var busy: (namespace: String, until: Int64)?
  /// The nodes.
  var nodes: [Node] = []
  /// How many pods each node has.
  var pods: [String: Int] = [:]

  private static let longestList = 5000

  /// Reads the frames of `GroundProgram`; what is not as the program writes it is passed over.
  init(_ frames: [Frame]) {
    for frame in frames {
      let subject = frame.words.count > 1 ? frame.words[1] : ""
      switch frame.words.first {
      case "absent": isAbsent = true
      case "failed": failure = (subject, frame.lastLine)
      case "version": version = String(frame.text.drop { $0 == "v" }.prefix(40))
      case "busy" where StartObjects.isName(subject) && frame.words.count == 3:
        busy = (subject, Int64(frame.words[2]) ?? 0)
      case "nodes": nodes = frame.lines(Self.longestList).compactMap(Node.init)
      case "pods":
        for words in frame.lines(Self.longestList).map({ $0.split(separator: " ") }) {
          guard words.count == 2, let count = Int(words[0]), (0...100_000).contains(count) else {
            continue
          }
          pods[String(words[1])] = count
        }
      default: continue
      }
    }
  }

  /// Those of these workers that containers can be started on, and why the others are left out.
  func workers(_ names: [String]) -> (usable: [StartWorker], leftOut: [(String, String)]) {
    var usable: [StartWorker] = []
    var leftOut: [(String, String)] = []
    for name in names {
      guard let node = nodes.first(where: { $0.name == name }) else {
        leftOut.append((name, "the cluster has no such node"))
        continue
      }
      if !node.isReady {
        leftOut.append((name, "it is not ready"))
      } else if !node.isOpen {
        leftOut.append((name, "it is cordoned"))
      } else if !node.taints.isEmpty {
        leftOut.append((name, "its taints keep pods away: \(node.taints)"))
      } else {
        usable.append(
          StartWorker(name: name, free: max(0, node.allocatable - pods[name, default: 0])))
      }
    }
    return (usable, leftOut)
  }
}

extension GroundReading.Node {
  /// `name open|cordoned True|False|Unknown pods runtime://version taint,…`, with tabs between.
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count == 6, StartObjects.isName(words[0]), let pods = Int(words[3]),
      (0...100_000).contains(pods)
    else { return nil }
    name = String(words[0])
    isOpen = words[1] == "open"
    isReady = words[2] == "True"
    allocatable = pods
    runtime = String(words[4].replacing("://", with: " ").prefix(60))
    taints = words[5].split(separator: ",").prefix(8).joined(separator: ", ")
  }
}

extension Frame {
  /// At most so many lines of its content, and none that is longer than any that a program of ours writes.
  func lines(_ most: Int) -> [Substring] {
    text.split(separator: "\n", maxSplits: most).prefix(most).filter { $0.utf8.count <= 4096 }
  }

  /// The last line that is not empty, at most 300 characters of it.
  var lastLine: String {
    let line = text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
    return String((line ?? "").prefix(300))
  }
}
